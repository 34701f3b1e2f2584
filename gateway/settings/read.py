"""Read `gateway.yaml` and the environment, or say everything that is wrong with them.

The environment wins over the file: `GATEWAY_LISTENERS__PUBLIC=0.0.0.0:8080` is `listeners: {public: …}`. What is wrong
is told with file, line, column and a hint, all of it at once. Where anything is in doubt, there are no settings.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from gateway import marked_yaml
from gateway.errors import ConfigurationError, Finding
from gateway.marked_yaml import Document
from gateway.region.edge import Edge
from gateway.region.locate import Locator
from gateway.settings.mail import MailSettings
from gateway.settings.model import (
    PREFIX,
    ConsentSettings,
    Delivery,
    DestinationSettings,
    GeoSettings,
    KeySettings,
    Listeners,
    SaltSettings,
    ScrubSettings,
    Settings,
    StoreSettings,
    TraceSettings,
    TruncateSettings,
)
from gateway.settings.oidc import IssuerSettings
from gateway.settings.opendsr import OpenDsrSettings
from gateway.settings.rights import RightsSettings
from gateway.settings.role import Role
from gateway.settings.scalars import SecretRef
from gateway.settings.secrets import Secrets
from gateway.settings.webhooks import WebhookSettings
from gateway.store.redis.address import Address
from gateway.web.limits import Limits


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings that may be used, the secrets they point to, and where in the file each thing stands.

    Relative paths are already relative to the file's own directory. `warnings` do not keep the gateway from starting.
    What the `role` has no need of is not there: a worker has no `roots`, a collector no `secrets`. `process` is the
    number of the process among those of one start.
    """

    settings: Settings
    document: Document = field(repr=False)
    roots: tuple[bytes, ...] = field(repr=False)
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    share: Address | None = field(repr=False)
    warnings: tuple[Finding, ...] = ()
    store: Address | None = field(default=None, repr=False)
    role: Role = Role.ALL
    vendors: tuple[bytes, ...] = field(default=(), repr=False)
    opendsr_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    process: int = 0

    def finding(self, path: marked_yaml.Path, code: str, message: str, hint: str = "") -> Finding:
        """An error at the key of `path`."""
        return Finding(self.document.file, *self.document.key_at(path), code, message, hint)

    def beside(self, path: Path) -> Path:
        """A path of the file, seen from where the process runs."""
        return Path(self.document.file).parent / path


def load_settings(path: Path) -> Settings:
    """Read and check what needs no secret. ConfigurationError as for `load`."""
    return _settings(_document(path))


def load(path: Path, role: Role = Role.ALL) -> Configured:
    """Read, check and resolve everything that a role needs. ConfigurationError with every finding."""
    document = _document(path)
    settings = _settings(document)
    reading = Secrets(document, role)
    roots = reading.roots(settings.keys.root)
    share = reading.share(settings.salt.share)
    store = reading.store(settings.store)
    secrets = reading.destinations(settings.destinations)
    vendors = reading.vendors(settings.keys.vendors)
    signing = reading.opendsr(settings.opendsr)
    hooks = reading.webhooks(settings.rights.webhooks.secret)
    errors = [*document.findings, *reading.errors, *_unsafe(settings, document)]
    if errors:
        raise ConfigurationError(errors)
    warnings = (*reading.warnings, *_unknown_variables())
    return Configured(settings, document, roots, secrets, share, warnings, store, role, vendors, signing, hooks)


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
        "keys.root": SecretRef, "keys.vendors": SecretRef, "limits": Limits,
        "delivery": Delivery, "consent": ConsentSettings, "geo": GeoSettings,
        "salt": SaltSettings, "salt.share": SecretRef, "store": StoreSettings, "store.url": SecretRef,
        "store.password": SecretRef, "store.sentinel_password": SecretRef,
        "truncate": TruncateSettings, "scrub": ScrubSettings,
        "mail": MailSettings, "rights": RightsSettings, "rights.webhooks": WebhookSettings,
        "rights.webhooks.secret": SecretRef, "oidc.*": IssuerSettings,
        "opendsr": OpenDsrSettings, "opendsr.key": SecretRef,
        "destinations.*.secrets.*": SecretRef, "traces": TraceSettings,
    }  # fmt: skip
    named = {"destinations": (1, 3), "oidc": (1,)}.get(str(path[0]) if path else "", ())
    steps = ["*" if index in named else str(step) for index, step in enumerate(path)]
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
    if not sys.flags.hash_randomization or os.environ.get("PYTHONHASHSEED", "random") not in ("", "random"):
        hint = "unset it: who knows the number can choose parameters that collide"
        findings.append(Finding("environment", 1, 1, "G011", "PYTHONHASHSEED makes hashing predictable", hint))
    return findings


def _unknown_variables() -> list[Finding]:
    """Variables that look like ours and are not. Kubernetes sets some of that look itself, so these only warn."""
    known = {*Settings.model_fields, "config"}
    names = [name for name in os.environ if name.upper().startswith(PREFIX)]
    strange = [name for name in names if name[len(PREFIX) :].lower().partition("__")[0] not in known]
    message = "is no setting and is not read"
    return [Finding(name, 1, 1, "G005", message, severity="warning") for name in strange]
