"""Look at the data directory, on what it is and how much room is left, and at the place of the journal of erasures."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gateway.doctor.result import Result, doubtful, fine, wrong
from gateway.settings.read import Configured

CHECK = "store"
MOUNTS = Path("/proc/self/mountinfo")
# SQLite needs locks and shared memory that a network does not keep: https://www.sqlite.org/wal.html#noshm
_REMOTE = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "glusterfs", "fuse.glusterfs", "ceph", "lustre")
)
_FLEETING = {"tmpfs": "is memory", "ramfs": "is memory", "overlay": "is the container's own layer"}
_MIB = 1 << 20


def disk(configured: Configured, mounts: Path = MOUNTS) -> Iterator[Result]:
    """The directory, also where events wait elsewhere: evidence and what is kept aside stand in it."""
    path = configured.beside(configured.settings.data_dir).absolute()
    there = next(each for each in (path, *path.parents) if each.exists())
    about = str(path)
    if not os.access(there, os.W_OK | os.X_OK):
        yield wrong(CHECK, about, "cannot be written to", f"chown it to the gateway's user, number {os.getuid()}")
        return
    if there == path and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield doubtful(CHECK, about, "others on this machine can look into it", f"chmod 700 {path}")
    if configured.store is None:
        yield from _room(configured, there, about)
        yield from _medium(file_system(there, mounts), about)
    else:
        yield fine(CHECK, about, "can be written to")


def journal(configured: Configured) -> Iterator[Result]:
    """The journal of erasures: without it no gateway becomes ready, and within the data it would not outlive it."""
    path = configured.beside(configured.settings.rights.journal).absolute()
    data = configured.beside(configured.settings.data_dir).absolute()
    about = f"rights.journal ({path})"
    there = path if path.exists() else path.parent
    if not os.access(there, os.W_OK):
        do = f"a directory that the gateway's user, number {os.getuid()}, can write to; /readyz says no until then"
        yield wrong(CHECK, about, "cannot be written", do)
    elif path.is_relative_to(data):
        do = "a volume of its own: who was erased comes back with a restored backup of the data"
        yield wrong(CHECK, about, "stands among the data, and in its backups", do)
    else:
        yield fine(CHECK, about, "can be written, apart from the data")


def _room(configured: Configured, there: Path, about: str) -> Iterator[Result]:
    state = os.statvfs(there)
    free, most = state.f_bavail * state.f_frsize, configured.settings.delivery.most_waiting
    says = f"{free // _MIB} MiB are free, {most // _MIB} MiB may wait (delivery.most_waiting)"
    if free < most:
        do = "a greater volume, or a smaller delivery.most_waiting: before it is reached hits are answered 503"
        yield doubtful(CHECK, about, says, do)
    else:
        yield fine(CHECK, about, says)


def _medium(kind: str, about: str) -> Iterator[Result]:
    if kind in _REMOTE:
        do = "a disk of this machine, or a server that replicas share (docs/how-to/redis.md)"
        yield wrong(CHECK, about, f"is on a network ({kind}), where SQLite cannot lock", do)
    elif kind in _FLEETING:
        do = "a volume, in a chart `persistence.enabled`: what was acknowledged is lost with it"
        yield doubtful(CHECK, about, f"{_FLEETING[kind]} ({kind}), and goes with it", do)


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The kind of the file system that a path is on, as proc(5) has it; nothing where there is no such table."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    found: dict[str, str] = {}
    for line in lines:
        left, _, right = line.partition(" - ")
        point = left.split()[4].replace("\\040", " ")
        if path.is_relative_to(point):
            found[point] = right.split()[0]
    return found[max(found, key=len)] if found else ""
