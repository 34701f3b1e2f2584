"""Keep the machine's own key: what signs its log of evidence, and what lets in who works at the machine.

It is in the data directory, 32 random bytes readable by one user alone, and never leaves it. Other than the root key
each machine has its own, also one that delivers only and may not hold the root.
"""

import base64
import secrets
from contextlib import suppress
from pathlib import Path

from gateway import durable
from gateway.addresses import LOOPBACK
from gateway.api_keys.grant import LOCAL, SCOPES, Grant
from gateway.api_keys.token import presented, written
from gateway.keys import ROOT_BYTES, Keys, keys_of, parse_roots, readers

FILE = "machine.key"
_FOREVER = 1 << 40


def machine_keys(directory: Path) -> Keys:
    """The key, made where there is none; several processes that begin together have the same one. OSError where there
    can be none, ValueError where it is no key or others can read it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / FILE
    if not path.exists():
        _make(path)
    return read_keys(directory)


def read_keys(directory: Path) -> Keys:
    """The key that is there. OSError where there is none, ValueError as above."""
    path = directory / FILE
    roots = parse_roots(path.read_text("utf-8"))
    if readers(path.stat().st_mode):
        raise ValueError(f"others can read {path}")
    return Keys(roots[0], roots[1:])


def log_seeds(keys: Keys) -> list[bytes]:
    """The keys that sign the log, the current one first."""
    return keys_of(keys.ring("audit-log"))


def local_key(keys: Keys) -> str:
    """The API key of who can read the machine's own."""
    return written(LOCAL, keys.derive("admin"))


def local_grant(keys: Keys) -> Grant:
    """What that key may: everything, and on this machine alone."""
    shown = presented(local_key(keys))
    if shown is None:
        raise ValueError("the local key has no form")
    return Grant(LOCAL, shown.digest, frozenset(SCOPES), LOOPBACK, 0, _FOREVER)


def _make(path: Path) -> None:
    """Have a whole key appear at once, unless somebody else was faster."""
    beside = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    try:
        durable.create(beside, base64.b64encode(secrets.token_bytes(ROOT_BYTES)) + b"\n")
        with suppress(FileExistsError):
            path.hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)
    durable.keep_names(path.parent)
