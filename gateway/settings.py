"""The operator's file, `gateway.yaml`, and the environment: the only reader of either.

The environment wins over the file: `GATEWAY_LISTENERS__PUBLIC=0.0.0.0:8080` is `listeners: {public: …}`. What is wrong
is told with file, line, column and a hint, all of it at once. Where anything is in doubt, there are no settings.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway import marked_yaml
from gateway.errors import ConfigurationError, Finding
from gateway.keys import parse_root
from gateway.marked_yaml import Document
from gateway.region.locate import Edge, Locator
from gateway.web.limits import Limits

PREFIX = "GATEWAY_"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SIZES = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])\Z")
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB|)\Z")
_LISTENER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):([0-9]{1,5})\Z")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_FEW_BYTES = 16  # 32 random bytes have fewer than 16 different ones once in 10^20 keys


def _seconds(value: Any) -> Any:
    """`90s`, `15m`, `24h`, `180d` or a number of seconds."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    return int(match[1]) * _UNITS[match[2]] if match else value


def _bytes(value: Any) -> Any:
    """`64KiB`, `1GiB` or a number of bytes."""
    match = _SIZE.match(value) if isinstance(value, str) else None
    return int(match[1]) * _SIZES[match[2]] if match else value


def _list(value: Any) -> Any:
    """A list; in the environment also JSON or words with commas."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.startswith("[") else [word.strip() for word in value.split(",") if word.strip()]


def _reference(value: Any) -> Any:
    """A bare string stands for the secret itself."""
    return {"value": value} if isinstance(value, str) else value


def _listener(value: Any) -> Any:
    match = _LISTENER.match(value) if isinstance(value, str) else None
    if match is None or int(match[3]) > 65_535:
        raise ValueError("a listener is host:port, such as 127.0.0.1:8080")
    return Address(match[1] or match[2], int(match[3]))


class Address(NamedTuple):
    """Where a listener is bound. Port 0 takes a free one."""

    host: str
    port: int


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Words = Annotated[list[str], BeforeValidator(_list)]
Listener = Annotated[Address, BeforeValidator(_listener)]


class _Closed(BaseModel):
    """A part of the settings: no unknown keys, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(_Closed):
    """Where a secret is: in a file, in a variable of the environment, or (warned about) written right here."""

    file: Path | None = None
    env: str | None = None
    value: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one(self) -> "SecretRef":
        if sum(given is not None for given in (self.file, self.env, self.value)) != 1:
            raise ValueError("a secret is either {file: …} or {env: …}")
        return self


Secret = Annotated[SecretRef, BeforeValidator(_reference)]


class Listeners(_Closed):
    """The public listener, and the admin listener that nobody outside should reach."""

    public: Listener = Address("127.0.0.1", 8080)
    admin: Listener = Address("127.0.0.1", 9090)


class DestinationSettings(_Closed):
    """How a destination of the policy is reached: its vendor's manifest, the account there, and who feeds it.

    `sources` are pixel ids, and `events` for our own endpoints. `endpoint` replaces scheme and host of the vendor;
    `allow_loopback` lets it be on this machine. Both are for tests and demonstrations. `enabled: false` says that a
    destination of the policy is not connected here: it needs no vendor and gets nothing.
    """

    enabled: bool = True
    vendor: str = ""
    settings: dict[str, str | int | float | bool] = {}
    secrets: dict[str, Secret] = {}
    sources: Words = []
    endpoint: str | None = None
    allow_loopback: bool = False

    @model_validator(mode="after")
    def _connected(self) -> "DestinationSettings":
        if self.enabled and not (self.vendor and self.sources):
            raise ValueError("an enabled destination has a vendor and sources; {enabled: false} connects nothing")
        return self


class KeySettings(_Closed):
    """The root key, 32 random bytes in base64 (`gateway keys new`)."""

    root: Secret


class Delivery(_Closed):
    """How long delivery is tried, how long failures are kept, and how much may wait on disk."""

    retry_for: Seconds = 86_400
    keep_dead_letters: Seconds = 7 * 86_400
    most_waiting: Bytes = 4 << 30
    drain: Seconds = 5


class ConsentSettings(_Closed):
    """How long a choice made at `/consent` is kept."""

    lifetime: Seconds = 180 * 86_400


class Settings(BaseSettings):
    """Everything an operator may say."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, enable_decoding=False
    )

    listeners: Listeners = Listeners()
    data_dir: Path = Path("data")
    policy: Path = Path("policy.yaml")
    vendors_dir: Path | None = None
    sites: dict[str, Words]
    trusted_proxies: Words = []
    edge: Edge | None = None
    forwarded: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    destinations: dict[str, DestinationSettings]
    keys: KeySettings
    limits: Limits = Limits()
    delivery: Delivery = Delivery()
    consent: ConsentSettings = ConsentSettings()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("sites")
    @classmethod
    def _hosts(cls, sites: dict[str, list[str]]) -> dict[str, list[str]]:
        hosts = [host for listed in sites.values() for host in listed]
        if not hosts or not all(sites.values()):
            raise ValueError("each site has at least one host")
        if len(set(hosts)) != len(hosts):
            raise ValueError("a host belongs to one site")
        if not all(_HOST.match(host) or re.fullmatch(r"\[[0-9a-f:.]+\]", host) for host in hosts):
            raise ValueError("a host is a bare name in lower case, without scheme, port or path")
        return sites

    @field_validator("limits")
    @classmethod
    def _positive(cls, limits: Limits) -> Limits:
        if any(getattr(limits, name) <= 0 for name in Limits.__slots__):
            raise ValueError("a limit is more than 0")
        return limits

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: Any, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the file (which arrives as the arguments of the constructor)."""
        return named["env_settings"], named["init_settings"]


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings that may be used, the secrets they point to, and where in the file each thing stands.

    Relative paths are already relative to the file's own directory. `warnings` do not keep the gateway from starting.
    """

    settings: Settings
    document: Document = field(repr=False)
    root: bytes = field(repr=False)
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    warnings: tuple[Finding, ...] = ()

    def finding(self, path: marked_yaml.Path, code: str, message: str, hint: str = "") -> Finding:
        """An error at the key of `path`."""
        return Finding(self.document.file, *self.document.key_at(path), code, message, hint)

    def beside(self, path: Path) -> Path:
        """A path of the file, seen from where the process runs."""
        return Path(self.document.file).parent / path


def load(path: Path) -> Configured:
    """Read, check and resolve everything. ConfigurationError with every finding."""
    document = _document(path)
    settings = _settings(document)
    reading = _Secrets(document)
    root = reading.root(settings.keys.root)
    secrets = {
        name: {key: reading.read(("destinations", name, "secrets", key), ref) for key, ref in each.secrets.items()}
        for name, each in settings.destinations.items()
    }
    errors = [*document.findings, *reading.errors, *_unsafe(settings, document)]
    if errors:
        raise ConfigurationError(errors)
    return Configured(settings, document, root, secrets, (*reading.warnings, *_unknown_variables()))


def _document(path: Path) -> Document:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = (error.strerror or "cannot be read") if isinstance(error, OSError) else "not UTF-8"
        hint = "docs/examples/gateway.yaml is one to begin with"
        raise ConfigurationError([Finding(str(path), 1, 1, "G001", problem, hint)]) from None
    document = marked_yaml.load(text, str(path))
    if not isinstance(document.value, dict):
        raise ConfigurationError([Finding(str(path), 1, 1, "G001", "the file is a mapping of settings")])
    return document


def _settings(document: Document) -> Settings:
    try:
        return Settings(**document.value)
    except ValidationError as error:
        explained = [_explain(details, document) for details in error.errors(include_url=False)]
        findings = sorted(explained, key=lambda finding: finding.code)
    except SettingsError as error:
        findings = [Finding("environment", 1, 1, "G003", str(error))]
    raise ConfigurationError([*document.findings, *findings]) from None


def _explain(details: ErrorDetails, document: Document) -> Finding:
    """What pydantic found, at the place it stands, without the value it found there."""
    loc = tuple(step for step in details["loc"] if step != "[key]")
    file, (line, column) = document.file, document.key_at(loc)
    variable = (PREFIX + "__".join(str(step) for step in loc)).upper()
    if loc not in document.values and any(name.upper() == variable for name in os.environ):
        file, line, column = variable, 1, 1
    name = ".".join(str(step) for step in loc)
    if details["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        close = get_close_matches(str(loc[-1]), _known(loc[:-1]), 1)
        hint = f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(_known(loc[:-1]))}"
        return Finding(file, line, column, "G002", f'unknown setting "{name}"', hint)
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] in ("missing", "missing_argument"):
        return Finding(file, *document.key_at(loc[:-1]), "G004", f'the setting "{name}" is missing')
    return Finding(file, line, column, "G003", f"{name}: {message[:1].lower()}{message[1:]}")


def _known(path: tuple[Any, ...]) -> list[str]:
    """The settings that may stand under a path."""
    parts: dict[str, Any] = {
        "": Settings, "listeners": Listeners, "edge": Edge, "destinations.*": DestinationSettings, "keys": KeySettings,
        "keys.root": SecretRef, "limits": Limits, "delivery": Delivery, "consent": ConsentSettings,
        "destinations.*.secrets.*": SecretRef,
    }  # fmt: skip
    steps = ["*" if index in (1, 3) and path[0] == "destinations" else str(step) for index, step in enumerate(path)]
    part = parts.get(".".join(steps), SecretRef)
    return sorted(getattr(part, "model_fields", None) or part.__dataclass_fields__)


def _unsafe(settings: Settings, document: Document) -> list[Finding]:
    """What could be read and must not be run."""
    findings = []
    try:
        Locator(settings.trusted_proxies, settings.edge, settings.forwarded)
    except ValueError as error:
        text = str(error)
        path = ("trusted_proxies",) if "trusted_proxies" in text else ("edge",)
        message = text.removeprefix("trusted_proxies: ")
        findings.append(Finding(document.file, *document.key_at(path), "G010", message))
    if not sys.flags.hash_randomization:
        hint = "unset PYTHONHASHSEED: without it, anybody can choose parameters that collide"
        findings.append(Finding("environment", 1, 1, "G011", "PYTHONHASHSEED=0 makes hashing predictable", hint))
    return findings


def _unknown_variables() -> list[Finding]:
    """Variables that look like ours and are not. Kubernetes sets some of that look itself, so these only warn."""
    known = {*Settings.model_fields, "config"}
    names = [name for name in os.environ if name.upper().startswith(PREFIX)]
    strange = [name for name in names if name[len(PREFIX) :].lower().partition("__")[0] not in known]
    message = "is no setting and is not read"
    return [Finding(name, 1, 1, "G005", message, severity="warning") for name in strange]


class _Secrets:
    """Reads what secret references point to, and gathers what is wrong with them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._directory = Path(document.file).parent
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def root(self, ref: SecretRef) -> bytes:
        """The root key; empty bytes and an error where there is no good one."""
        path = ("keys", "root")
        text = self.read(path, ref)
        if not text:
            return b""
        try:
            root = parse_root(text)
        except ValueError as error:
            self._error(path, "G012", str(error), "`gateway keys new` makes one")
            return b""
        if len(set(root)) < _FEW_BYTES:
            self._error(path, "G012", "the root key is not random", "`gateway keys new` makes one")
        return root

    def read(self, path: marked_yaml.Path, ref: SecretRef) -> str:
        """The secret, without the line end of its file; empty and an error where there is none."""
        if ref.file is not None:
            return self._of_file(path, self._directory / ref.file)
        if ref.env is not None:
            return self._of_variable(path, ref.env)
        if path in self._document.values:
            place = self._document.key_at(path)
            message, hint = "a secret is written into the file", "use {file: …} or {env: …}"
            self.warnings.append(Finding(self._document.file, *place, "G030", message, hint, "warning"))
        return ref.value or ""

    def _of_file(self, path: marked_yaml.Path, file: Path) -> str:
        try:
            mode = file.stat().st_mode
            text = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            root = path == ("keys", "root")
            hint = "`gateway keys new` makes one" if root else "put it there, readable by this user alone"
            self._error(path, "G013", f"cannot read the secret's file {file}", hint)
            return ""
        if mode & 0o007:
            self._error(path, "G014", f"everybody on this machine can read {file}", f"chmod 600 {file}")
        if not text:
            self._error(path, "G013", f"{file} is empty")
        return text

    def _of_variable(self, path: marked_yaml.Path, name: str) -> str:
        text = os.environ.get(name, "").strip()
        if not text:
            self._error(path, "G013", f"the variable {name} is not set")
        return text

    def _error(self, path: marked_yaml.Path, code: str, message: str, hint: str = "") -> None:
        self.errors.append(Finding(self._document.file, *self._document.key_at(path), code, message, hint))
