"""Ask a policy again about recorded facts, which say what a decision was taken from and not about whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.decision import Decision, Reason
from gateway.facts import Facts, Signals, Vote
from gateway.policy.decide import Policy
from gateway.policy.impact import differences
from gateway.policy.schema import GIVEN_FLAGS

_REASONS = frozenset(Reason)
_FACTS = frozenset(("regions", "votes", "age", "unreadable", *GIVEN_FLAGS))
_VOTE = frozenset(Vote._fields)


class RecordError(ValueError):
    """A line of a log that is no record; its message is a sentence for people."""


class Record(NamedTuple):
    """One decision as it was recorded. `day` (days since 1970-01-01) is None where the record does not say it.

    `outcomes` gives the recorded answer of each destination, allow with its reason; empty where none was recorded.
    """

    facts: Facts
    event: str
    day: int | None
    outcomes: Mapping[str, tuple[bool, str]]


class Changed(NamedTuple):
    """What is decided otherwise, alike in several records."""

    destination: str
    event: str
    regions: str
    text: str
    wider: bool


@dataclass(slots=True)
class Replay:
    """What became of a log: records read, verdicts compared, and each change with the number of records it is for."""

    records: int = 0
    compared: int = 0
    changes: dict[Changed, int] = field(default_factory=dict)

    @property
    def widens(self) -> bool:
        """Whether more would leave than before, in any record."""
        return any(change.wider for change in self.changes)


def replay(records: Iterable[Record], before: Policy | None, after: Policy, day: int) -> Replay:
    """Ask `after` again what was asked; compare with what `before` says, or without it with what was recorded.

    `day` is the day of records that do not say theirs.
    """
    result = Replay()
    for record in records:
        result.records += 1
        at = day if record.day is None else record.day
        names = tuple(record.outcomes) or tuple({**(before.destinations if before else {}), **after.destinations})
        new = after.decide(record.facts, record.event, names, at)
        if before is None:
            found = list(_recorded(record, new))
            result.compared += len(record.outcomes)
        else:
            found = list(differences(before.decide(record.facts, record.event, names, at), new))
            result.compared += len(names)
        for name, text, wider in found:
            changed = Changed(name, record.event, ",".join(record.facts.regions) or "unknown", text, wider)
            result.changes[changed] = result.changes.get(changed, 0) + 1
    return result


def _recorded(record: Record, decision: Decision) -> Iterator[tuple[str, str, bool]]:
    """The verdicts that are not what was recorded. A reason alone that is another changes nothing that leaves."""
    for verdict in decision.verdicts:
        allowed, _ = record.outcomes[verdict.destination]
        if verdict.allow != allowed:
            words = ("deny", "allow")
            yield verdict.destination, f"{words[allowed]} -> {words[verdict.allow]} ({verdict.reason})", verdict.allow


def read_records(line: Any) -> Iterator[Record]:
    """The records of one line of a log: an object with `facts` and `event`, or a line of `gateway simulate`.

    Raises RecordError with a sentence for people where it is none. A simulated hit without an event gives nothing.
    """
    if not isinstance(line, dict):
        raise RecordError("a record is an object")
    if "recognised" in line and "facts" not in line:
        return
    facts, day = read_facts(line.get("facts")), line.get("day")
    if not (day is None or _is_whole(day)):
        raise RecordError("day is a number of days since 1970-01-01")
    for entry in (line, *_batch(line.get("batch", []))):
        read = entry.get("read")
        event = read.get("event") if isinstance(read, dict) else entry.get("event")
        if not isinstance(event, str):
            raise RecordError("a record names its event")
        if entry.get("destinations") == {}:
            continue  # a hit that no destination wanted
        yield Record(facts, event, day, _outcomes(entry.get("destinations", {})))


def _batch(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise RecordError("batch is a list of objects")
    return value


def read_facts(data: Any) -> Facts:
    """Facts as `gateway simulate` writes them. Raises RecordError where something else is said, such as a person."""
    if not isinstance(data, dict) or data.keys() - _FACTS:
        raise RecordError(f"facts are an object of these: {', '.join(sorted(_FACTS))}")
    flags = {name: _flag(name, data.get(name, False)) for name in GIVEN_FLAGS}
    age = data.get("age")
    if not (age is None or (_is_whole(age) and 0 <= age <= 150)):
        raise RecordError("age is a number of years")
    votes = data.get("votes", [])
    if not isinstance(votes, list):
        raise RecordError("votes are a list")
    signals = Signals(
        tuple(map(_vote, votes)), flags["gpc"], flags["dnt"], flags["notified"], _texts(data, "unreadable")
    )
    return Facts(_texts(data, "regions"), signals, flags["bot"], age, flags["suppressed"])


def _vote(data: Any) -> Vote:
    if not isinstance(data, dict) or data.keys() - _VOTE or not {"purpose", "source", "grant"} <= data.keys():
        raise RecordError(f"a vote is an object of these: {', '.join(Vote._fields)}")
    vote = Vote(**data)
    texts, flags = (vote.purpose, vote.source, vote.destination), (vote.grant, vote.explicit, vote.trusted)
    right = all(isinstance(text, str) for text in texts) and all(isinstance(flag, bool) for flag in flags)
    if not right or not (vote.day is None or _is_whole(vote.day)):
        raise RecordError("a vote has texts, truth values and a day of the wrong kind")
    return vote


def _outcomes(data: Any) -> dict[str, tuple[bool, str]]:
    if not isinstance(data, dict):
        raise RecordError("destinations are an object")
    return {name: _outcome(verdict) for name, verdict in data.items()}


def _outcome(verdict: Any) -> tuple[bool, str]:
    reason = verdict.get("reason") if isinstance(verdict, dict) else None
    if not isinstance(reason, str) or reason not in _REASONS:
        raise RecordError("a destination has allow, and a reason of the closed list")
    return _flag("allow", verdict.get("allow")), reason


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RecordError(f"{key} is a list of texts")
    return tuple(values)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise RecordError(f"{name} is true or false")
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
