"""Read the body of an OpenDSR request as a draft of ours (OpenDSR 2.0, sections 5 and 7).

Identities may be a list, as the specification has them, or a dictionary by type, as its widest deployment writes them.
What is wrong is told by the name of the member; nothing of the request is repeated.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.dsr.deadlines import place_of
from gateway.dsr.desk import Draft
from gateway.dsr.identities import MOST
from gateway.dsr.request import Identity, Type
from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse
from gateway.web.opendsr.words import TYPES, VISITOR, VISITORS

_MOST_DEPTH = 8
_MOST_CALLBACKS = 8
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
    r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_URL = re.compile(r"https?://[!-~]{1,2000}")
_FORMATS = ("raw", "md5", "sha1", "sha256")

# What the specification asks for and its own example leaves out.
NO_REGULATION = "regulation-missing"

_Object = Mapping[str, Any]


class Wrong(Exception):
    """A body that is not taken. `reason` names what is wrong for machines, the message for people."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class House(NamedTuple):
    """What the operator has settled: the `domain` that extensions of ours stand under, the `regulation` of a request
    that names none, and whether a callback may lead to an address (`may_call`)."""

    domain: str
    regulation: str
    may_call: Callable[[str], bool]


class Asked(NamedTuple):
    """What a body asks for. `in_clear` tells whether an identity of it can be read by whoever sees the body."""

    draft: Draft
    callbacks: tuple[str, ...]
    warnings: tuple[str, ...]
    in_clear: bool


def read(body: bytes, house: House) -> Asked:
    """What a body asks for. Wrong where it cannot be taken."""
    told = _told(body)
    _text(told, "submitted_time", _TIME)
    named = told.get("regulation") is not None
    regulation = _text(told, "regulation") if named else house.regulation
    if place_of(regulation) is None:
        raise Wrong("unsupported-regulation", "regulation is none that is known here")
    identities = (*_identities(told.get("subject_identities")), *_of_ours(told.get("extensions"), house.domain))
    if not 0 < len(identities) <= MOST:
        raise Wrong("invalid-identities", f"a request has 1 to {MOST} identities")
    id_ = _text(told, "subject_request_id", _UUID)
    draft = Draft(id_, _type(told), identities, regulation)
    warnings = () if named else (NO_REGULATION,)
    in_clear = any(identity.format == "raw" for identity in identities)
    return Asked(draft, _callbacks(told.get("status_callback_urls"), house.may_call), warnings, in_clear)


def is_id(text: str) -> bool:
    """Whether a text is the id of a request, a UUID of version 4 in lower case."""
    return _UUID.fullmatch(text) is not None


def _told(body: bytes) -> _Object:
    try:
        told = parse(body, _MOST_DEPTH)
    except BadRequest as error:
        raise Wrong("malformed-json", str(error)) from None
    if not isinstance(told, dict):
        raise Wrong("malformed-json", "a request is a JSON object")
    return told


def _text(told: _Object, name: str, form: re.Pattern[str] | None = None) -> str:
    value = told.get(name)
    if value is None:
        raise Wrong("missing-member", f"{name} is required")
    if not isinstance(value, str) or (form and not form.fullmatch(value)):
        raise Wrong("invalid-member", f"{name} has no such form")
    return value


def _type(told: _Object) -> Type:
    name = _text(told, "subject_request_type")
    if name not in TYPES:
        raise Wrong("unsupported-request-type", f"subject_request_type is one of {', '.join(TYPES)}")
    return Type(name)


def _identities(told: Any) -> Iterator[Identity]:
    match told:
        case None:
            return
        case list():
            yield from (_identity(each) for each in told)
        case dict():
            yield from (_keyed(name, each) for name, each in told.items())
        case _:
            raise Wrong("invalid-identities", "subject_identities is a list, or a dictionary by type")


def _identity(told: Any) -> Identity:
    if not isinstance(told, dict):
        raise Wrong("invalid-identities", "an identity is an object")
    names = ("identity_type", "identity_value", "identity_format")
    return _known(*(_text(told, name) for name in names))


def _keyed(name: str, told: Any) -> Identity:
    """An identity under its type: a text, or an object with a value and how it is written."""
    if isinstance(told, str):
        return Identity(name, told)
    if not isinstance(told, dict):
        raise Wrong("invalid-identities", "an identity under its type is a text or an object")
    value, form = ("identity_value", "identity_format") if "identity_value" in told else ("value", "encoding")
    return _known(name, _text(told, value), _text(told, form) if form in told else "raw")


def _known(kind: str, value: str, form: str) -> Identity:
    if form not in _FORMATS:
        raise Wrong("invalid-identities", f"identity_format is one of {', '.join(_FORMATS)}")
    return Identity(kind, value, form)


def _of_ours(extensions: Any, domain: str) -> Iterator[Identity]:
    """The cookies of visitors, for which there is no type. Extensions for others are not ours to read."""
    if extensions is None:
        return
    own = extensions.get(domain, {}) if isinstance(extensions, dict) else None
    visitors = own.get(VISITORS, []) if isinstance(own, dict) else None
    if not isinstance(visitors, list) or not all(isinstance(each, str) for each in visitors):
        raise Wrong("invalid-extensions", f"extensions are objects by domain, and {VISITORS} of ours a list of texts")
    yield from (Identity(VISITOR, each) for each in visitors)


def _callbacks(told: Any, may_call: Callable[[str], bool]) -> tuple[str, ...]:
    urls: Sequence[Any] = [] if told is None else told
    if not isinstance(urls, list) or len(urls) > _MOST_CALLBACKS:
        raise Wrong("invalid-member", f"status_callback_urls is a list of at most {_MOST_CALLBACKS}")
    if not all(isinstance(url, str) and _URL.fullmatch(url) and may_call(url) for url in urls):
        raise Wrong("callback-not-allowed", "a callback leads to a host that the operator has not listed")
    return tuple(dict.fromkeys(urls))
