"""An event: what remains of a hit for one destination once policy has been applied. It may be stored and sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.facts import Facts

# As many different situations as a busy hour has; facts hold no identifier.
_SITUATIONS = 4096

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Event:
    """One event for one destination.

    `id` is a UUID, ULID or keyed digest; with `destination` it names the event, and appending it twice keeps one.
    `fields` maps dotted names to weakened JSON values, `levels` says how each was weakened, `kept` are technical
    parameters of the fronted pixel. `received` is POSIX seconds, rounded down. `subject` is a keyed pseudonym of the
    consent record the answer came from, or empty; its key is in no store. `policy` is the fingerprint of the policy
    that permitted the event, `grants` the Google consent types that it granted.
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

    def to_json(self) -> str:
        """One line of JSON; `from_json` reads it back."""
        head = _encode([self.id, self.destination, self.name, self.received, self.site])
        tail = _encode([
            self.fields, self.levels, self.pixel, self.account, self.subject, self.policy, self.kept,
            sorted(self.grants),
        ])  # fmt: skip
        return f"{head[:-1]},{_facts(self.facts)},{tail[1:]}"

    @classmethod
    def from_json(cls, text: str) -> "Event":
        """What `to_json` wrote. ValueError or TypeError where it did not."""
        values = json.loads(text)
        values[5] = Facts.from_json(values[5])
        values[13] = frozenset(values[13])
        return cls(*values)


@lru_cache(_SITUATIONS)
def _facts(facts: Facts) -> str:
    """Facts as JSON: the same few situations again and again, so each is written out once."""
    return _encode(facts.to_json())
