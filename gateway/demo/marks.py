"""Mark what is personal in a request, and say what of it is still in another one.

The tables name the parameters by which the vendors' tags carry a person; a value is looked for in every form that a
URL, a header or JSON gives it, so that nothing counts as gone that only looks different.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from gateway.canary.forms import writings


class Kind(StrEnum):
    """What a personal value is, in the words of the page."""

    EMAIL = "e-mail address"
    CONTACT = "hashed contact data"
    ADDRESS = "network address"
    VISITOR = "visitor identifier"
    CLICK = "ad click identifier"
    PAGE = "page with its query"
    DEVICE = "device and browser"


class Personal(NamedTuple):
    """One personal value. `where` is the parameter or header it stands in."""

    kind: Kind
    where: str
    value: str


class Piece(NamedTuple):
    """A stretch of text, with its kind where it is personal."""

    text: str
    kind: str = ""


_PARAMETERS = {
    "fbp": Kind.VISITOR, "cid": Kind.VISITOR, "sid": Kind.VISITOR, "uid": Kind.VISITOR, "id.visitor": Kind.VISITOR,
    "fbc": Kind.CLICK, "fbclid": Kind.CLICK, "gclid": Kind.CLICK, "li_fat_id": Kind.CLICK,
    "dl": Kind.PAGE, "url": Kind.PAGE, "page.url": Kind.PAGE, "page.referrer": Kind.PAGE,
    "em": Kind.CONTACT, "email": Kind.EMAIL,
}  # fmt: skip
_HASHED = re.compile(r"(ud|udff|aud|cud|ncud)\[[a-z_]+\]\Z")
_HEADERS = {"user-agent": Kind.DEVICE, "cookie": Kind.VISITOR}
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query in their order, percent signs resolved once."""
    return parse_qsl(query, keep_blank_values=True)


def personal_in(query: str, headers: Iterable[tuple[str, str]], address: str) -> tuple[Personal, ...]:
    """Every personal value of a request, the longest first, each value once."""
    found = [Personal(Kind.ADDRESS, "address", address)] if address else []
    found += [Personal(_HEADERS[name], name, value) for name, value in headers if name in _HEADERS and value]
    for name, value in parameters(query):
        kind = Kind.CONTACT if _HASHED.match(name) else _PARAMETERS.get(name)
        found += _inside(name, value)
        if kind and value and not (kind is Kind.PAGE and "?" not in value):
            found.append(Personal(kind, name, value))
    unique = {each.value: each for each in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda each: -len(each.value)))


def _inside(name: str, value: str) -> list[Personal]:
    """What a value carries in its own query, and every e-mail address in it."""
    nested = parameters(urlsplit(value).query) if "?" in value else []
    named = [Personal(_PARAMETERS[inner], f"{name} → {inner}", text) for inner, text in nested if inner in _PARAMETERS]
    return named + [Personal(Kind.EMAIL, name, match) for match in _EMAIL.findall(value)]


def pieces(text: str, personal: Sequence[Personal]) -> list[Piece]:
    """`text` cut at the personal values in it; of overlapping ones the inner values are marked, not the page around."""
    kinds = {form: each.kind for each in personal if each.kind is not Kind.PAGE for form in _forms(each.value)}
    present = sorted((form for form in kinds if form in text), key=len, reverse=True)
    if not present:
        whole = next((each for each in personal if each.value == text), None)
        return [Piece(text, whole.kind if whole else "")]
    splitter = re.compile("(" + "|".join(map(re.escape, present)) + ")")
    return [Piece(part, kinds.get(part, "")) for part in splitter.split(text) if part]


def still_in(value: str, sent: Iterable[bytes]) -> bool:
    """Whether a value is in any of the byte strings, plain or in the writing of a URL, of a form or of JSON."""
    forms = _forms(value)
    lowered = [form.encode().lower() for form in forms]
    return any(form in text.lower() for text in sent for form in lowered)


def _forms(value: str) -> set[str]:
    """The ways a value is written: plain, percent-encoded more or less eagerly, as a form does, and inside JSON."""
    return set(writings(value).values())
