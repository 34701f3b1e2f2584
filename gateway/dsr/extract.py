"""Write down what is held of a person, for that person: JSON with a version, and plain words for each part."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from gateway.dsr.recipients import Receipt
from gateway.event import Event
from gateway.store.protocols import Held, Refusal

FORMAT = "consent-gateway/subject-access"
VERSION = 1

EXPLAINED: Mapping[str, str] = {
    "events": "What you did on the site and what of it is kept, until it has been delivered or has become too old. "
    "`where` is `queue` while it waits, `dead` where sending it failed; `levels` says how each field was weakened.",
    "recipients": "Who was sent something about you: from which day to which, which fields, under which ids of yours.",
    "consents": "What you chose, when, and what you were shown.",
    "refusals": "What you have refused: an empty purpose means everything, `standing` that it holds for the future.",
    "linked": "How many other names are known to be yours, such as a browser in which you gave your e-mail address. "
    "What is kept under them is here as well.",
    "unread": "How many entries are kept that this version cannot show.",
}

README = """This is everything that the consent gateway of this site holds about you, as data.json.

{parts}

Ids that look like noise are pseudonyms: the gateway made them with a key of its own, and each company got another one.
schema.json describes data.json for machines. What a company that received something holds, that company can tell you.
"""

_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


# JSON Schema, 2020-12.
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        format={"const": FORMAT},
        version={"const": VERSION},
        request=_TEXT,
        made={"type": "string", "format": "date-time"},
        explained={"type": "object", "additionalProperties": _TEXT},
        events=_array(
            _object(
                where={"enum": ["queue", "dead"]},
                destination=_TEXT,
                name=_TEXT,
                id=_TEXT,
                received={"type": "string", "format": "date-time"},
                site=_TEXT,
                regions=_TEXTS,
                fields={"type": "object"},
                levels={"type": "object", "additionalProperties": _TEXT},
                kept={"type": "object", "additionalProperties": _TEXT},
            )
        ),
        recipients=_array(
            _object(
                destination=_TEXT,
                first={"type": "string", "format": "date"},
                last={"type": "string", "format": "date"},
                fields=_TEXTS,
                ids={"type": "object", "additionalProperties": _TEXTS},
            )
        ),
        consents=_array({"type": "object"}),
        refusals=_array(
            _object(purpose=_TEXT, since={"type": "string", "format": "date-time"}, standing={"type": "boolean"})
        ),
        linked={"type": "integer", "minimum": 0},
        unread={"type": "integer", "minimum": 0},
    ),
}

_EPOCH = date(1970, 1, 1).toordinal()


class Holdings(NamedTuple):
    """What is held of somebody; `linked` counts the subjects that the named ones lead to."""

    events: Sequence[Held]
    recipients: Sequence[Receipt]
    consents: Sequence[Mapping[str, Any]]
    refusals: Mapping[str, Sequence[Refusal]]
    linked: int = 0

    @property
    def erasable(self) -> int:
        """How many things an erasure ends. That somebody refuses is for him, and stays."""
        return len(self.events) + len(self.recipients) + len(self.consents) + self.linked

    @property
    def size(self) -> int:
        """How many things these are."""
        return self.erasable + sum(map(len, self.refusals.values()))


def written(holdings: Holdings, request: str, now: int) -> str:
    """The package of a request, made at a POSIX second: what is held, and beside it `schema` and `readme`."""
    events, unread = _events(holdings.events)
    told = {
        "schema": SCHEMA,
        "readme": README.format(parts="\n".join(f"{name}: {text}" for name, text in EXPLAINED.items())),
        "format": FORMAT,
        "version": VERSION,
        "request": request,
        "made": _time(now),
        "explained": EXPLAINED,
        "events": events,
        "recipients": [_recipient(each) for each in holdings.recipients],
        "consents": [*holdings.consents],
        "refusals": [
            {"purpose": refusal.purpose, "since": _time(refusal.at), "standing": refusal.standing}
            for refusal in dict.fromkeys(each for those in holdings.refusals.values() for each in those)
        ],
        "linked": holdings.linked,
        "unread": unread,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _events(held: Iterable[Held]) -> tuple[list[dict[str, Any]], int]:
    """The events, and how many cannot be read."""
    found: list[dict[str, Any]] = []
    unread = 0
    for each in held:
        try:
            found.append(_event(each))
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
            unread += 1
    return found, unread


def _event(held: Held) -> dict[str, Any]:
    event = Event.from_json(held.body)
    return {
        "where": held.where, "destination": event.destination, "name": event.name, "id": event.id,
        "received": _time(event.received), "site": event.site, "regions": [*event.facts.regions],
        "fields": event.fields, "levels": event.levels, "kept": event.kept or {},
    }  # fmt: skip


def _recipient(receipt: Receipt) -> dict[str, Any]:
    days = {"first": _date(receipt.first), "last": _date(receipt.last)}
    return {"destination": receipt.destination, **days, "fields": [*receipt.fields], "ids": receipt.ids}


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()
