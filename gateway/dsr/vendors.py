"""Delete a person at one vendor: the identifiers it got from us, its own requests, and what the answers come to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from gateway.dsr.request import Task, TaskState
from gateway.outbound import Erased, Outbound, Reply
from gateway.sender import Forbidden, Route, Still
from gateway.vendors.erasure import PROVEN
from gateway.vendors.request import Destination

# Between two tries of a deletion that failed for now, in seconds; after the last it waits for a person.
WAITS = (60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400)
_LONGEST = 86_400.0
_MOST_CHARACTERS = 200


class Courier(Protocol):
    """The way out."""

    async def send(self, outbound: Outbound, route: Route, still: Still = ...) -> Reply:
        """The answer to a request. Forbidden where the route does not allow it."""


class Target(NamedTuple):
    """A destination, and where the requests of its erasure may go."""

    destination: Destination
    route: Route


def persons(
    needs: frozenset[str], sent: Mapping[str, Sequence[str]], proven: Mapping[str, str]
) -> list[dict[str, str]]:
    """What each deletion is asked with: every identifier the vendor needs, as it was sent it; in clear only what the
    person handed in. One for each value it knows the person by, none where something is missing."""
    values = {
        name: ([proven[name]] if name in proven else []) if name in PROVEN else [*sent.get(name, ())] for name in needs
    }
    if not values or not all(values.values()):
        return []
    rounds = max(map(len, values.values()))
    return [{name: each[min(at, len(each) - 1)] for name, each in values.items()} for at in range(rounds)]


def unable(destination: Destination, whom: Sequence[Mapping[str, str]]) -> tuple[TaskState, str] | None:
    """Why a deletion is not even asked for, in the state that says so; None where it can be."""
    erasure = destination.manifest.erasure
    if erasure.supported == "no":
        return TaskState.UNSUPPORTED, erasure.note or "the vendor deletes nobody"
    if destination.erasure_lacks:
        return TaskState.FAILED, f"the operator has not given {', '.join(destination.erasure_lacks)}"
    if not whom:
        return TaskState.UNSUPPORTED, f"the vendor deletes by {', '.join(sorted(erasure.needs))}, which it never got"
    return None


async def delete(task: Task, target: Target, whom: Sequence[Mapping[str, str]], courier: Courier, now: float) -> Task:
    """The task after one more try. What was deleted by an earlier round of it is not asked for again."""
    refused = unable(target.destination, whom)
    if refused:
        state, note = refused
        return replace(task, state=state, note=note, at=int(now), retry_at=0, matched=1)
    for at in range(task.step, len(whom)):
        erased, reply = await _asked(target, whom[at], courier, now)
        if erased not in (Erased.DONE, Erased.ACCEPTED, Erased.NO_MATCH):
            return _failed(task, erased, reply, now)
        task = _counted(replace(task, step=at + 1), erased, _reference(reply, whom[at]))
    return _concluded(task, target.destination, now)


async def _asked(target: Target, who: Mapping[str, str], courier: Courier, now: float) -> tuple[Erased, Reply]:
    """What one person's deletion came to, with the answer that says so."""
    destination, answer, reply = target.destination, None, Reply(0, sent=False)
    steps = len(destination.manifest.erasure.steps)
    erased = Erased.FAILED
    for step in range(steps):
        outbound = destination.erase(who, now, step, answer)
        if outbound is None:
            return Erased.NO_MATCH if step else Erased.FAILED, reply
        try:
            reply = await courier.send(outbound, target.route)
        except Forbidden:
            return Erased.DISABLE, Reply(0, sent=False)
        erased = destination.erased(reply)
        if erased in (Erased.RETRY, Erased.THROTTLE, Erased.DISABLE, Erased.FAILED):
            return erased, reply
        answer = _json(reply.body)
    return erased, reply


def _counted(task: Task, erased: Erased, reference: str) -> Task:
    """`running` in between; what was promised once stays a promise, whatever is done beside it."""
    if erased is Erased.NO_MATCH:
        return replace(task, state=TaskState.RUNNING)
    promised = erased is Erased.ACCEPTED or bool(task.vendor_ref)
    ref = (reference or "accepted") if promised and not task.vendor_ref else task.vendor_ref
    deleted = task.deleted + (erased is Erased.DONE)
    return replace(task, state=TaskState.RUNNING, matched=task.matched + 1, deleted=deleted, vendor_ref=ref)


def _concluded(task: Task, destination: Destination, now: float) -> Task:
    erasure = destination.manifest.erasure
    settled = replace(task, at=int(now), retry_at=0, note="")
    if not task.matched:
        return replace(settled, state=TaskState.NOT_FOUND)
    if task.vendor_ref or erasure.supported == "partial":
        return replace(settled, state=TaskState.ACCEPTED, note=erasure.note)
    return replace(settled, state=TaskState.DONE)


def _failed(task: Task, erased: Erased, reply: Reply, now: float) -> Task:
    """Tried again later, or for a person to look at."""
    note = f"the vendor answered {reply.status}" if reply.status else "no answer came"
    again = erased in (Erased.RETRY, Erased.THROTTLE) and task.tries < len(WAITS)
    if not again:
        return replace(task, state=TaskState.FAILED, note=note, at=int(now), retry_at=0, tries=task.tries + 1)
    wait = max(WAITS[task.tries], min(reply.retry_after or 0.0, _LONGEST))
    retry_at = int(now + wait)
    return replace(task, state=TaskState.FAILED, note=note, at=int(now), retry_at=retry_at, tries=task.tries + 1)


def _reference(reply: Reply, who: Mapping[str, str]) -> str:
    """What the vendor calls the deletion it promised, where that is a plain short word and nothing of the person."""
    told = _json(reply.body)
    if not isinstance(told, dict):
        return ""
    names = ("deletionRequestTime", "id", "request_id", "requestId", "job_id", "task_id", "tracking_id")
    found = next((str(told[name]) for name in names if isinstance(told.get(name), str | int)), "")
    plain = found.isprintable() and "@" not in found and len(found) <= _MOST_CHARACTERS
    return found if plain and not any(value in found or found in value for value in who.values()) else ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
