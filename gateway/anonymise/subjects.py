"""Tell whom an event is about by what it names its visitor by, so that a refusal or an erasure finds it again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.anonymise.identifiers import text_of
from gateway.keys import Subjects

# An event is found again by so many names beside its first.
MOST_ALSO = 4

# Only what is sent can be asked about later, and a hash of the day is nobody's any more when the day is over.
_LASTING = ("raw", "keyed_hash", "hash")
_GROUPS = ("id", "contact")

# An account before an address, an address before a browser.
KINDS = ("user", "email", "phone", "client")


class Person(NamedTuple):
    """A field that tells somebody apart for longer than a day, and the kind of subject that it names."""

    field: str
    kind: str


def persons_among(levels: Iterable[tuple[str, str]]) -> tuple[Person, ...]:
    """Those among fields at their levels that tell somebody apart, in the order of `KINDS`."""
    found = [
        Person(field, kind_of(field))
        for field, level in levels
        if level in _LASTING and field.partition(".")[0] in _GROUPS
    ]
    return tuple(sorted(found, key=lambda person: (KINDS.index(person.kind), person.field)))


def kind_of(field: str) -> str:
    """What kind of subject a field of the groups `id` and `contact` names."""
    group, _, name = field.partition(".")
    if group == "contact":
        return name.partition("_")[0]
    return "user" if name == "user" else "client"


def subject_value(person: Person, value: str) -> str:
    """What of a field is keyed: browsers' ids of different makers must not meet."""
    return f"{person.field}\n{value}" if person.kind == "client" else value


def subjects_of(
    subjects: Subjects, persons: Sequence[Person], carried: Mapping[str, Any], sent: Mapping[str, Any]
) -> list[str]:
    """The subjects of those fields that are sent, each once, and one more than MOST_ALSO at most. `carried` is what the
    pixel said, `sent` what is left of it: of a contact its hash, of everything else perhaps a pseudonym. Our own cookie
    is carried by no pixel, and says nothing without the record of its consent."""
    found: list[str] = []
    for person in persons:
        field, kind = person
        if field not in sent or len(found) > MOST_ALSO:
            continue
        value = text_of(carried.get(field)) if field.startswith("id.") else sent[field]
        subject = subjects.of(kind, subject_value(person, value)) if value else ""
        if subject and subject not in found:
            found.append(subject)
    return found


def filed(record: str, named: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The subject of an event and those that it is found by as well: that of the consent record first, if there is one,
    then those that the event names its visitor by."""
    if not named:
        return record, ()
    subject, *also = (record, *named) if record else named
    return subject, tuple(also[:MOST_ALSO])
