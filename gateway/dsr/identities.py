"""Read what somebody says to be known by: as the subjects it is filed under, and as what a vendor may be told of it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.anonymise.identifiers import text_of
from gateway.anonymise.subjects import Person, kind_of, subject_value
from gateway.dsr.problems import InvalidDraft, InvalidIdentity, UnsupportedIdentity
from gateway.dsr.request import Identity
from gateway.keys import Subjects
from gateway.taxonomy import is_field
from gateway.vendors.contact import EMAIL, PHONE, fields

# Type -> the formats it may have. Beside these, each field of the group `id` is a type of its own, raw.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "email": ("raw", "sha256"),
    "phone": ("raw", "sha256"),
    "user_id": ("raw",),
    "visitor_id": ("raw",),
}

# What OpenDSR 2.0 (section 5.1) calls them.
ALIASES: Mapping[str, str] = {"controller_customer_id": "user_id"}

MOST = 16
_MOST_CHARACTERS = 4096
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


class Record(NamedTuple):
    """A consent record of ours: what its pseudonym is made of, when it was given, and the purposes it grants."""

    reference: str
    given: int
    granted: tuple[str, ...]


class Whom(NamedTuple):
    """Whom a request is about. `proven` is what a vendor may be told, by field (`id.user`) or in clear (`email`);
    `records` are the consent records among it."""

    subjects: tuple[str, ...]
    proven: Mapping[str, str]
    records: tuple[Record, ...] = ()

    def __repr__(self) -> str:
        return f"<Whom {len(self.subjects)}>"


class Reader:
    """Reads identities. `record` opens the value of our own consent cookie, of whatever site; None where it is none."""

    def __init__(self, subjects: Subjects, record: Callable[[str], Record | None]) -> None:
        self._subjects = subjects
        self._record = record

    def read(self, identities: Sequence[Identity]) -> Whom:
        """Whom they name together. UnsupportedIdentity and InvalidIdentity tell which one is none."""
        if not 0 < len(identities) <= MOST:
            raise InvalidDraft(f"a request has 1 to {MOST} identities")
        subjects: list[str] = []
        proven: dict[str, str] = {}
        records: list[Record] = []
        for place, identity in enumerate(identities):
            whom = self._one(place, identity)
            subjects += [each for each in whom.subjects if each not in subjects]
            proven |= {name: value for name, value in whom.proven.items() if name not in proven}
            records += whom.records
        return Whom(tuple(subjects), proven, tuple(records))

    def _one(self, place: int, identity: Identity) -> Whom:
        kind = canonical_type(identity.type)
        formats = FORMATS.get(kind) or (("raw",) if _is_id(kind) else ())
        if not formats:
            raise UnsupportedIdentity(place, "unsupported-type")
        if identity.format not in formats:
            raise UnsupportedIdentity(place, "unsupported-format")
        if len(identity.value) > _MOST_CHARACTERS:
            raise InvalidIdentity(place, "too-long")
        if kind in (EMAIL, PHONE):
            return self._contact(place, kind, identity)
        if kind == "visitor_id":
            return self._visitor(place, identity.value)
        return self._id(place, "id.user" if kind == "user_id" else kind, identity.value)

    def _contact(self, place: int, kind: str, identity: Identity) -> Whom:
        text = identity.value.strip()
        hashed = _SHA256.fullmatch(text) is not None
        ways = fields(kind, text) if hashed == (identity.format == "sha256") else {}
        if not ways:
            raise InvalidIdentity(place, f"not-{'a-hash' if identity.format == 'sha256' else f'an-{kind}'}")
        clear = {} if hashed else {kind: text.lower() if kind == EMAIL else text}
        return Whom(tuple(self._every(kind, ways.values())), {**ways, **clear})

    def _visitor(self, place: int, value: str) -> Whom:
        record = self._record(value.strip())
        if record is None:
            raise InvalidIdentity(place, "not-a-cookie-of-ours")
        return Whom((self._subjects.digest(record.reference),), {}, (record,))

    def _id(self, place: int, field: str, value: str) -> Whom:
        text = text_of(value.strip())
        if text is None:
            raise InvalidIdentity(place, "not-an-id")
        kind = kind_of(field)
        return Whom(tuple(self._every(kind, [subject_value(Person(field, kind), text)])), {field: text})

    def _every(self, kind: str, values: Iterable[str]) -> Iterator[str]:
        return (subject for value in dict.fromkeys(values) for subject in self._subjects.every(kind, value))


def canonical_type(name: str) -> str:
    """Our own name for the type of an identity."""
    return ALIASES.get(name, name)


def _is_id(name: str) -> bool:
    return name.startswith("id.") and is_field(name)
