"""Run our scripts on a server, several in one round trip, and tell it the text of those that it does not know."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from gateway.errors import StoreUnavailable


class Script(NamedTuple):
    """A script and what the server calls it: the SHA-1 of its text (https://redis.io/docs/latest/commands/evalsha/)."""

    text: str
    sha: str


class Call(NamedTuple):
    """A script to run on what stands behind a tag."""

    script: Script
    tag: str
    arguments: tuple[str | bytes | float, ...] = ()


def _read(name: str, before: str = "") -> Script:
    """A script, with the text of another one behind its first line."""
    folder = Path(__file__).with_name("lua")
    flags, text = folder.joinpath(f"{name}.lua").read_text("utf-8").split("\n", 1)
    shared = folder.joinpath(f"{before}.lua").read_text("utf-8") if before else ""
    whole = f"{flags}\n{shared}{text}"
    return Script(whole, hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest())


APPEND = _read("append")
LEASE = _read("lease", before="common")
END_LEASE = _read("end_lease", before="common")
BEAT = _read("beat")
PEEK = _read("peek")
EXHUME = _read("exhume", before="common")
REFUSE = _read("refuse")
RECALL = _read("recall")
LIFT = _read("lift")
DOUBT = _read("doubt")
NOTE_ERASED = _read("note_erased")
DESTROY = _read("destroy")
SIFT = _read("sift", before="common")
KEYS_OF = _read("keys_of")
REWRAP = _read("rewrap")
LASTING = _read("lasting")
END_MONTHS = _read("end_months")
END_KEYS = _read("end_keys", before="common")
LINK = _read("link")
LINKED = _read("linked")
UNLINK = _read("unlink")
WRITE_SHEET = _read("write_sheet")
READ_SHEETS = _read("read_sheets")
STRIKE_SHEET = _read("strike_sheet")
EXPIRE = _read("expire")


class Replication(NamedTuple):
    """How many replicas must have a change before it counts as kept, and how many milliseconds they are waited for."""

    replicas: int = 0
    milliseconds: int = 0


ALONE = Replication()


async def run(client: Redis, calls: Sequence[Call], replication: Replication = ALONE) -> list[Any]:
    """What each call returned. RedisError where one failed, StoreUnavailable where too few replicas have the changes;
    others may have been made even so."""
    results = await _send(client, calls, replication)
    if any(isinstance(result, NoScriptError) for result in results):
        results = await _send(client, calls, replication, known=False)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if replication.replicas and results.pop() < replication.replicas:
        raise StoreUnavailable("too few replicas of the store have it")
    return results


async def _send(client: Redis, calls: Sequence[Call], replication: Replication, *, known: bool = True) -> list[Any]:
    """The answers, or the errors in their place. A full server learns no script, but runs one it is told."""
    pipeline = client.pipeline(transaction=False)
    for script, tag, arguments in calls:
        pipeline.execute_command(*(("EVALSHA", script.sha) if known else ("EVAL", script.text)), 1, tag, *arguments)
    if replication.replicas:
        pipeline.execute_command("WAIT", replication.replicas, replication.milliseconds)
    results: list[Any] = await pipeline.execute(raise_on_error=False)
    return results
