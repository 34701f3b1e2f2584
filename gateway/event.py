"""An event: what remains of a hit for one destination once policy has been applied. It may be stored and sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from gateway.facts import Facts

# As many different situations as a busy hour has; facts hold no identifier.
_SITUATIONS = 4096

_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
_encode_anything = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(slots=True)
class Event:
    """One event for one destination.

    `id` is a UUID, ULID or keyed digest. Pages give one id to events of several names, accounts and orders: `apart` is
    a keyed digest that tells those apart, and empty where the id is the event's own. `record` is the subject where that
    is a consent record's. Both are not written with the event.
    `fields` maps dotted names to weakened JSON values, `levels` says how each was weakened, `kept` are technical
    parameters of the fronted pixel. `received` is POSIX seconds, rounded down. `subject` is a keyed pseudonym of the
    consent record the answer came from, else of what the event names its visitor by, or empty; `also` are those of what
    else it names it by. Their key is in no store. `policy` is the fingerprint of the policy that permitted the event,
    `grants` the Google consent types that it granted.
    """

    id: str
    destination: str
    name: str
    received: int
    site: str
    facts: Facts
    fields: Mapping[str, Any]
    levels: Mapping[str, str]
    pixel: str = ""
    account: str = ""
    subject: str = ""
    policy: str = ""
    kept: Mapping[str, str] | None = None
    grants: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    apart: str = field(default="", compare=False)
    record: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What names it, beside its destination: put into a queue twice, it is kept once."""
        return self.apart or self.id

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everybody whose refusal refuses it; nobody where it is about nobody who can be told from others."""
        return (self.subject, *self.also) if self.subject else ()

    def to_json(self) -> str:
        """Two lines of JSON, the facts and the rest; `from_json` reads them back."""
        rest = _encoded([
            self.id, self.destination, self.name, self.received, self.site, self.fields, self.levels, self.pixel,
            self.account, self.subject, self.policy, self.kept, sorted(self.grants), self.also,
        ])  # fmt: skip
        return f"{_written(self.facts)}\n{rest}"

    def grouped(self) -> dict[str, Any]:
        """What may leave of it, with its fields in their groups, as the manifests and the webhook show it."""
        groups: dict[str, Any] = {"event": {"id": self.id, "name": self.name}}
        for path, value in self.fields.items():
            group, _, name = path.partition(".")
            groups.setdefault(group, {})[name] = value
        return groups

    @classmethod
    def from_json(cls, text: str) -> "Event":
        """What `to_json` wrote. ValueError or TypeError where it did not."""
        facts, _, rest = text.partition("\n")
        values = _decoded(rest)
        values.insert(5, _read(facts))
        values[13] = frozenset(values[13])
        values[14:] = map(tuple, values[14:])  # an older version wrote none
        return cls(*values)


# What msgspec refuses, the slower standard library takes: half a surrogate pair, texts and numbers of classes of their
# own, and NaN where a row has it. Fields hold no NaN, which msgspec would write as null: their checks let none pass.


def _encoded(value: list[Any]) -> str:
    try:
        return _encode(value).decode()
    except (ValueError, TypeError):
        return _encode_anything(value)


def _decoded(text: str) -> Any:
    try:
        return _decode(text)
    except ValueError:
        return json.loads(text)


# The same few situations come again and again, so each is written out and read once.


@lru_cache(_SITUATIONS)
def _written(facts: Facts) -> str:
    return _encoded(facts.to_json())


@lru_cache(_SITUATIONS)
def _read(text: str) -> Facts:
    return Facts.from_json(_decoded(text))
