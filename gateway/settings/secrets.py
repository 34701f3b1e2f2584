"""Read what the secret references of the operator's file point to."""

import os
from collections.abc import Mapping
from pathlib import Path

from gateway import marked_yaml
from gateway.errors import Finding
from gateway.keys import parse_roots, readers
from gateway.marked_yaml import Document
from gateway.settings.model import DestinationSettings, StoreSettings
from gateway.settings.opendsr import OpenDsrSettings
from gateway.settings.role import Role
from gateway.settings.scalars import SecretRef
from gateway.store.redis.address import FORMS, Address, parse
from gateway.vendors.signing import key_problem


class Secrets:
    """Reads what secret references point to, as far as the role may know it, and gathers what is wrong with them."""

    def __init__(self, document: Document, role: Role = Role.ALL) -> None:
        self._document = document
        self._role = role
        self._directory = Path(document.file).parent
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def roots(self, ref: SecretRef) -> tuple[bytes, ...]:
        """The root keys, the current one first; none and an error where one of them is no good. A worker has none."""
        path = ("keys", "root")
        text = self.read(path, ref) if self._role.collects else ""
        if not text:
            return ()
        try:
            return parse_roots(text)
        except ValueError as error:
            self._error(path, "G012", str(error), "`gateway keys new` makes one")
            return ()

    def vendors(self, ref: SecretRef | None) -> tuple[bytes, ...]:
        """The keys of which a worker makes those of its destinations and its store, the current one first; or none."""
        path = ("keys", "vendors")
        text = self.read(path, ref) if ref and not self._role.collects else ""
        if not text:
            return ()
        try:
            return parse_roots(text)
        except ValueError:
            self._error(path, "G012", "no key of `gateway keys vendors`", "gateway keys vendors root.key vendors.key")
            return ()

    def opendsr(self, settings: OpenDsrSettings | None) -> str:
        """The key that answers to OpenDSR are signed with, in PEM; a worker takes no requests."""
        return self.read(("opendsr", "key"), settings.key) if settings and self._role.collects else ""

    def webhooks(self, ref: SecretRef | None) -> str:
        """What signs the messages about requests; empty where none are sent."""
        path = ("rights", "webhooks", "secret")
        text = self.read(path, ref) if ref else ""
        problem = key_problem(text) if text else ""
        if problem:
            self._error(path, "G012", f"the secret of webhooks cannot sign: {problem}")
        return text

    def destinations(self, settings: Mapping[str, DestinationSettings]) -> dict[str, dict[str, str]]:
        """The secrets of each destination, by name. A collector has none."""
        if not self._role.delivers:
            return {}
        return {
            name: {key: self.read(("destinations", name, "secrets", key), ref) for key, ref in each.secrets.items()}
            for name, each in settings.items()
        }

    def share(self, ref: SecretRef | None) -> Address | None:
        """Where the server is that replicas agree over; None without one, and a worker has no salt to agree on."""
        if ref is None or not self._role.collects:
            return None
        path = ("salt", "share")
        return self._address(path, ref, "G015")

    def store(self, settings: StoreSettings) -> Address | None:
        """Where the server is that keeps the events, with what is needed to get in; None without one."""
        if settings.url is None:
            return None
        address = self._address(("store", "url"), settings.url, "G090")
        if address is None:
            return None
        password, sentinel = settings.password, settings.sentinel_password
        return address._replace(
            user=settings.user or address.user,
            password=self.read(("store", "password"), password) if password else address.password,
            sentinel_password=self.read(("store", "sentinel_password"), sentinel) if sentinel else "",
        )

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

    def _address(self, path: marked_yaml.Path, ref: SecretRef, code: str) -> Address | None:
        """The address of a server; only one with a password is secret. None and an error where it is none."""
        url = ref.value if ref.value is not None and "@" not in ref.value else self.read(path, ref)
        try:
            return parse(url) if url else None
        except ValueError as error:
            self._error(path, code, str(error), f"one of {', '.join(FORMS)}")
            return None

    def _of_file(self, path: marked_yaml.Path, file: Path) -> str:
        try:
            mode = file.stat().st_mode
            text = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            self._error(path, "G013", f"cannot read the secret's file {file}: {reason}", _remedy(path, file, error))
            return ""
        if readers(mode) == "everybody":
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


def _remedy(path: marked_yaml.Path, file: Path, error: Exception) -> str:
    """What to do where a secret cannot be read. Never make a key anew that is there: that would lose the old one."""
    if isinstance(error, PermissionError):
        return f"it is somebody else's: give {file} to the user that the gateway runs as, and chmod 600"
    if not isinstance(error, FileNotFoundError):
        return "name the file that holds the secret"
    return "`gateway keys new` makes one" if path == ("keys", "root") else "put it there, readable by this user alone"
