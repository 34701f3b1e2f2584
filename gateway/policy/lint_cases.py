"""Warn of tests and promises that nothing could break: about an event or a kind of recipient that does not exist."""

from collections.abc import Iterator

from gateway.decision import Reason
from gateway.policy.cursor import Cursor, did_you_mean
from gateway.policy.model import Place
from gateway.policy.schema import THIRD_PARTIES
from gateway.policy.subject import Subject


def lint_cases(subject: Subject) -> None:
    """P083, at the event or at the word for the recipients."""
    for entry in _entries(subject.root, "tests"):
        _event(subject, entry, entry.get("given"))
        expect = entry.get("expect")
        for word in expect.mapping().values() if expect and isinstance(expect.value, dict) else ():
            _recipients(subject, str(word.path[-1]), word.key_place)
    for entry in _entries(subject.root, "always"):
        _event(subject, entry, entry.get("when"))
        deny = entry.get("deny")
        for word in deny.sequence() if deny and isinstance(deny.value, list) else ():
            _recipients(subject, str(word.value), word.place)


def _entries(root: Cursor, key: str) -> Iterator[Cursor]:
    cursor = root.get(key)
    if cursor and isinstance(cursor.value, list):
        yield from cursor.sequence()


def _event(subject: Subject, entry: Cursor, inputs: Cursor | None) -> None:
    """An event that nobody lists is refused by all: fine where that is what is expected, else a slip of the pen."""
    event = inputs.get("event") if inputs else None
    listed = {name for rule in subject.draft.destinations.values() for name in rule.events}
    if event is None or not isinstance(event.value, str) or event.value in listed:
        return
    if Reason.EVENT_NOT_LISTED not in str(entry.value.get("expect")):
        message = f'no destination lists the event "{event.value}", so all refuse it'
        hint = did_you_mean(event.value, listed) or f"if that is meant: deny ({Reason.EVENT_NOT_LISTED})"
        subject.warn(event.place, "P083", message, hint)


def _recipients(subject: Subject, word: str, place: Place) -> None:
    if word == THIRD_PARTIES and not any(rule.party == "third" for rule in subject.draft.destinations.values()):
        subject.warn(place, "P083", f'"{word}" stands for nobody in this policy, so nothing is proved')
