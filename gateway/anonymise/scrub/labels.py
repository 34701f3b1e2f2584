"""Name the kinds of personal data, the mask of each, and which of them raise an alarm."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple


class Label(StrEnum):
    """A kind of personal data. The closed list of what the scrubber can say."""

    EMAIL = "EMAIL"
    EMAIL_HASH = "EMAIL_HASH"
    PHONE = "PHONE"
    PHONE_HASH = "PHONE_HASH"
    NAME_HASH = "NAME_HASH"
    PERSON_NAME = "PERSON_NAME"
    ADDRESS = "ADDRESS"
    POSTCODE = "POSTCODE"
    DOB = "DOB"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN = "IBAN"
    NATIONAL_ID = "NATIONAL_ID"
    IP = "IP"
    GEO_COORD = "GEO_COORD"
    JWT = "JWT"
    AUTH_TOKEN = "AUTH_TOKEN"  # noqa: S105 - a kind of data
    PASSWORD = "PASSWORD"  # noqa: S105 - a kind of data
    URL_CREDENTIALS = "URL_CREDENTIALS"
    USER_ID = "USER_ID"
    ONLINE_ID = "ONLINE_ID"
    DEVICE_ID = "DEVICE_ID"
    HEALTH = "HEALTH"
    CUSTOM = "CUSTOM"
    OPAQUE = "OPAQUE"
    # What the gateway masks in its own events besides: words that may be anybody's.
    NUMBER = "NUMBER"
    TOKEN = "TOKEN"  # noqa: S105 - a kind of data
    UUID = "UUID"


class Span(NamedTuple):
    """Where something personal stands: code points from `start` to before `end`."""

    start: int
    end: int
    label: Label


# Of what the mask of a label consists. Several labels may share one.
MASKS: dict[Label, str] = {
    Label.EMAIL: "email", Label.EMAIL_HASH: "hash", Label.PHONE: "phone", Label.PHONE_HASH: "hash",
    Label.NAME_HASH: "hash", Label.PERSON_NAME: "name", Label.ADDRESS: "address", Label.POSTCODE: "postcode",
    Label.DOB: "birthday", Label.CREDIT_CARD: "card", Label.IBAN: "iban", Label.NATIONAL_ID: "national_id",
    Label.IP: "ip", Label.GEO_COORD: "place", Label.JWT: "jwt", Label.AUTH_TOKEN: "secret", Label.PASSWORD: "password",
    Label.URL_CREDENTIALS: "credentials", Label.USER_ID: "user", Label.ONLINE_ID: "id", Label.DEVICE_ID: "id",
    Label.HEALTH: "health", Label.CUSTOM: "masked", Label.OPAQUE: "opaque",
    Label.NUMBER: "number", Label.TOKEN: "token", Label.UUID: "id",
}  # fmt: skip
KINDS = tuple(sorted(set(MASKS.values())))

# Of a customer's site these are never meant to leave: a fault of the site, to be told at once.
SEVERE = frozenset((
    Label.CREDIT_CARD, Label.IBAN, Label.NATIONAL_ID, Label.JWT, Label.AUTH_TOKEN, Label.PASSWORD,
    Label.URL_CREDENTIALS, Label.HEALTH,
))  # fmt: skip
SEVERE_KINDS = frozenset(MASKS[label] for label in SEVERE)

_MASK = re.compile(rf"\[({'|'.join(KINDS)})\]")


def mask(text: str, spans: Iterable[Span]) -> str:
    """`text` with `[email]` and the like in the place of each span. The spans are in order and do not overlap."""
    made: list[str] = []
    last = 0
    for start, end, label in spans:
        made += (text[last:start], f"[{MASKS[label]}]")
        last = end
    return "".join(made) + text[last:] if last else text


def kinds_in(text: str) -> Iterator[str]:
    """The kinds whose masks stand in a text."""
    return (found[1] for found in _MASK.finditer(text))


def in_order(spans: Iterable[Span]) -> list[Span]:
    """The spans from left to right without overlaps: of two that begin together the longer one holds."""
    ordered: list[Span] = []
    end = -1
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.end <= max(end, span.start):
            continue
        ordered.append(Span(max(span.start, end), span.end, span.label))
        end = span.end
    return ordered
