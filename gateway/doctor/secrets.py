"""Look at who can read and who can change the files of secrets."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from gateway.bootstrap.machine import FILE as MACHINE
from gateway.doctor.result import Result, doubtful, fine, wrong
from gateway.keys import fingerprint, readers
from gateway.settings.read import Configured
from gateway.settings.scalars import SecretRef

CHECK = "secrets"
_ROOTS = "keys.root"


def secrets(configured: Configured, user: int, groups: frozenset[int]) -> Iterator[Result]:
    """Every file and variable that the settings name, and what the machine keeps itself. `user` and `groups` are those
    of the process that looks."""
    for name, ref in references(configured.settings):
        if ref.file is not None:
            yield from _file(name, configured.beside(ref.file), user, groups)
        elif ref.env is not None:
            do = "a file is seen by fewer: children and crash reports get the environment too"
            yield doubtful(CHECK, name, f"stands in the variable {ref.env}", do)
    if configured.roots:
        yield fine(CHECK, _ROOTS, f"current {fingerprint(configured.roots[0])}, {len(configured.roots) - 1} older")
    settings = configured.settings
    yield from _file("API keys", configured.beside(settings.api_keys), user, groups, digests=True)
    yield from _file("the machine's key", configured.beside(settings.data_dir) / MACHINE, user, groups)


def references(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, SecretRef]]:
    """Every secret that settings point to, by the dotted name of the setting."""
    if isinstance(value, SecretRef):
        yield ".".join(path), value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from references(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from references(inner, (*path, str(name)))


def _file(name: str, path: Path, user: int, groups: frozenset[int], *, digests: bool = False) -> Iterator[Result]:
    """One file. What is not there a role has no need of, or reading the files has told already. Where only `digests`
    stand in it, whoever reads it gets in nowhere."""
    try:
        state = path.stat()
    except OSError:
        return
    about = f"{name} ({path})"
    mode = stat.S_IMODE(state.st_mode)
    if mode & 0o022:
        yield wrong(CHECK, about, f"others can change it (mode {mode:04o})", f"chmod go-w {path}")
    elif state.st_uid not in (user, 0):
        yield doubtful(CHECK, about, "belongs to another user, who can change it", f"chown {user} {path}")
    elif digests or not _read_by_others(mode, state, user, groups):
        yield fine(CHECK, about, f"mode {mode:04o}")
    else:
        yield doubtful(CHECK, about, f"{readers(mode)} can read it (mode {mode:04o})", f"chmod 600 {path}")


def _read_by_others(mode: int, state: os.stat_result, user: int, groups: frozenset[int]) -> bool:
    """Whether anybody gets at it beside us. A Secret of Kubernetes belongs to root, and to us by our group alone."""
    ours_by_group = state.st_uid != user and state.st_gid in groups
    return bool(readers(mode)) and not (ours_by_group and readers(mode) == "its group")
