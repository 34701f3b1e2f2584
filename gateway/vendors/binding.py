"""What an operator sets for a destination, held against what the manifest asks for."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gateway.vendors.auth import secret_problem
from gateway.vendors.manifest import Manifest, Secret, Setting

MISSING = "is missing"


class Binding(NamedTuple):
    """One destination of the operator: its name in the policy, settings, secrets (in clear), and optionally another
    endpoint (`http://127.0.0.1:9000`) in the place of the vendor's scheme and host. `key` is for `hmac`; with
    `test` the vendor only tries its events."""

    name: str
    settings: Mapping[str, Any] = {}
    secrets: Mapping[str, str] = {}
    endpoint: str = ""
    key: bytes = b""
    test: bool = False


class Problem(NamedTuple):
    """Something wrong with a binding: where in it, and what. Never the value, which may be a secret."""

    path: tuple[str, ...]
    message: str


def filled(manifest: Manifest, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings with the manifest's defaults."""
    defaults = {name: setting.default for name, setting in manifest.settings.items() if setting.default is not None}
    return {**defaults, **given}


def problems(manifest: Manifest, binding: Binding) -> list[Problem]:
    """Everything that keeps a destination from working; empty when it can be built."""
    return [found for look in (_settings, _secrets, _endpoint, _test) for found in look(manifest, binding)]


def _settings(manifest: Manifest, binding: Binding) -> Iterator[Problem]:
    for name in binding.settings:
        if name not in manifest.settings:
            yield Problem(("settings", name), f"{manifest.id} has no such setting")
    for name, setting in manifest.settings.items():
        value = filled(manifest, binding.settings).get(name)
        message = _setting(setting, value)
        if message:
            yield Problem(("settings", name), message)


def _setting(setting: Setting, value: Any) -> str:
    if value is None:
        return "" if setting.optional else MISSING
    if setting.is_map:
        return "" if isinstance(value, Mapping) else "must be a mapping"
    if isinstance(value, Mapping | list):
        return "must be text"
    if setting.pattern and not setting.pattern.fullmatch(str(value)):
        return f"must match {setting.pattern.pattern}"
    return "" if str(value).isprintable() else "must be printable"


def _secrets(manifest: Manifest, binding: Binding) -> Iterator[Problem]:
    for name in binding.secrets:
        if name not in manifest.secrets:
            yield Problem(("secrets", name), f"{manifest.id} has no such secret")
    serves = {auth.secret: auth.kind for auth in (manifest.erasure.auth, manifest.api.auth)}
    for name, secret in manifest.secrets.items():
        message = _secret(secret, binding.secrets.get(name, ""), serves.get(name, ""))
        if message:
            yield Problem(("secrets", name), message)


def _secret(secret: Secret, value: str, kind: str) -> str:
    """What is wrong with a secret, or nothing; `kind` is that of the authentication it serves."""
    if not value:
        return "" if secret.optional else MISSING
    problem = secret_problem(kind, value)
    # A signing secret may be of another kind than the one its prefix names; its own check knows both.
    wrong = not problem and kind != "standard_webhooks" and not value.strip().startswith(secret.prefix)
    return f"must begin with {secret.prefix}" if wrong else problem


def _test(manifest: Manifest, binding: Binding) -> Iterator[Problem]:
    """A destination that is only tried must not send in earnest because something for the trial is missing."""
    if not binding.test:
        return
    overlay = manifest.api.test
    if overlay is None:
        yield Problem(("test",), f"{manifest.id} has no test mode")
        return
    settings = filled(manifest, binding.settings)
    for name in sorted({flow.source.split(".")[1] for flow in overlay.flows if flow.source.startswith("settings.")}):
        if settings.get(name) is None:
            yield Problem(("settings", name), "is missing: the test mode needs it")


def _endpoint(manifest: Manifest, binding: Binding) -> Iterator[Problem]:
    if not binding.endpoint:
        return
    parts = urlsplit(binding.endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        yield Problem(("endpoint",), "must be http:// or https:// and a host")
