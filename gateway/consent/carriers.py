"""Find what a request carries of consent outside its headers: parameters of its path and query, members of its body.

Rule 1: a request without any of the names pays for one search over its text and no more.
Rule 2: percent signs are resolved once. What a page left unreplaced is handed on as it is: it is there, and unreadable.
Rule 3: every value of a name is kept once, whichever event of a batch it came with; whoever reads them takes the
strictest.
Rule 4: what is too much, or no JSON although it begins like it, is Invalid as a whole, since a refusal may hide in it.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from gateway.consent.invalid import Invalid
from gateway.consent.limited import LIMITED
from gateway.consent.stated import CARRIERS as STATED
from gateway.consent.stated import PREFERENCES
from gateway.errors import BadRequest
from gateway.inflate import inflated

MAX_VALUES = 256
MAX_VALUE = 8192
MAX_LEAVES = 32_768

# Google's consent types, as they are written in `consent: {…}` of a body (Measurement Protocol).
TYPES = (
    "ad_storage", "analytics_storage", "ad_user_data", "ad_personalization", "functionality_storage",
    "personalization_storage",
)  # fmt: skip

# How others write it -> what it is called here. TCF and GPP URL passing, OpenRTB 2.6 (`regs`, `user`), AMP, and the
# keys that the frameworks' SDKs for apps keep.
_ALIASES = {
    "gdpr_applies": "gdpr",
    "IABTCF_gdprApplies": "gdpr",
    "IABTCF_TCString": "gdpr_consent",
    "IABTCF_AddtlConsent": "addtl_consent",
    "IABGPP_HDR_GppString": "gpp",
    "IABGPP_GppSID": "gpp_sid",
    "IABUSPrivacy_String": "us_privacy",
    "usprivacy": "us_privacy",
}
_PLAIN = (
    "gdpr", "gdpr_consent", "addtl_consent", "gpp", "gpp_sid", "us_privacy", "gcs", "gcd", "npa", "dma", "dma_cps",
    "consent_string", "consent_type", "gpc", "dnt",
)  # fmt: skip
# Cookies of platforms that a page in a sandbox can read and not send: it hands over what is in them.
COOKIES = ("_tracking_consent",)

NAMES: Mapping[str, str] = {**{name: name for name in (*_PLAIN, *LIMITED, *STATED, *COOKIES)}, **_ALIASES}

# Name -> all its values, decoded, in the order they came.
Carried = tuple[tuple[str, str], ...]


def _by_first_letter(names: Iterable[str]) -> str:
    """The names as alternatives that a search can tell apart by their first letter."""
    rest: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        rest.setdefault(name[0], []).append(re.escape(name[1:]))
    return "|".join(f"{first}(?:{'|'.join(ends)})" for first, ends in rest.items())


_ANY = _by_first_letter(NAMES)
_IN_QUERY = re.compile(rf"&({_ANY})(?![^=&])(?:=([^&]*))?")
# A letter, digit or `_` has no need to be written with a percent sign; a name that does so hides something.
_NEEDLESS = r"%(?:3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa])"
_ANY_NEEDLESS = re.compile(_NEEDLESS)
_HIDDEN_IN_QUERY = re.compile(rf"&((?:{_ANY})(?![^=&])|[^=&%]{{0,40}}{_NEEDLESS}[^=&]{{0,80}})(?:=([^&]*))?")
# A name in brackets, as a form writes members (`regs[gpc]`), and one with a place in a list (`dpo[]`, `gpp_sid[0]`).
_PLACE = r"(?:\[[0-9]{0,4}(?:\]|%5[Dd]))"
_IN_LIST = re.compile(r"\[[0-9]{0,4}\]")
_AS_MEMBER = re.compile(rf"\[({_ANY})(?:\]|%5[Dd]){_PLACE}*=([^&]*)")
_AS_LIST = re.compile(rf"&({_ANY}){_PLACE}+=([^&]*)")
_IN_PATH = re.compile(r";([^=;]{1,40})(?:=([^;]*))?")
_IN_JSON = re.compile(rf'"(?:{_ANY}|consent)"[ \t\r\n]*:'.encode())
_HIDDEN_IN_JSON = re.compile(rb'"[^"\\]{0,40}\\u00[3-7][0-9A-Fa-f][^"]{0,200}"[ \t\r\n]*:')
_AMP_TYPES = {"2": "gdpr_consent", "3": "us_privacy", "4": "gpp"}
_USP_SHAPE = re.compile("[0-9].{3}")
_JSON_BEGINS = (b"{", b"[")


def find(path: str, query: str, body: bytes, packed: Iterable[tuple[str, str]] = ()) -> Carried | Invalid:
    """The (name, value) pairs of NAMES in a request, each once, in order. Text is latin-1 decoded bytes, still encoded.

    `packed` are decoded pairs that a pixel found within values, JSON members by dotted path. Members of `consent` in a
    JSON body are called `consent.ad_storage`, and so on. Never raises.
    """
    found: Carried = ()
    if query:
        found = _parameters(query)
    if ";" in path:
        found += tuple(_known(_IN_PATH.findall(path)))
    if body:
        inside = _body(body)
        if isinstance(inside, Invalid):
            return inside
        found += inside
    if packed:
        found += tuple(_unpacked(packed))
    return _bounded(tuple(dict.fromkeys(found))) if found else ()


def _bounded(found: Carried) -> Carried | Invalid:
    if len(found) > MAX_VALUES:
        return Invalid(f"more than {MAX_VALUES} consent parameters")
    if any(len(value) > MAX_VALUE for _, value in found):
        return Invalid(f"a consent parameter longer than {MAX_VALUE} characters")
    return found


def assort(carried: Carried) -> dict[str, list[str]]:
    """Name -> its values, each once. The one `consent_string` of AMP goes where it belongs by its `consent_type`."""
    found: dict[str, list[str]] = {}
    types = {value for name, value in carried if name == "consent_type" and value}
    for name, value in carried:
        if name == "consent_type":
            continue
        values = found.setdefault(_amp(value, types) if name == "consent_string" else name, [])
        if value not in values:
            values.append(value)
    return found


def _amp(text: str, types: set[str]) -> str:
    """What a `consent_string` is: by its type (2 TCF, 3 US Privacy, 4 GPP), else by its shape."""
    if len(types) == 1:
        return _AMP_TYPES.get(next(iter(types)), "gdpr_consent")
    if not types and _USP_SHAPE.fullmatch(text):
        return "us_privacy"
    return "gpp" if not types and text.startswith("DB") else "gdpr_consent"


def _parameters(text: str) -> Carried:
    """The parameters of a query or form that NAMES knows. An ampersand that was escaped once too often is one."""
    if ";" in text:
        text = text.replace("&amp;", "&")
    pattern = _HIDDEN_IN_QUERY if _ANY_NEEDLESS.search(text) else _IN_QUERY
    text = f"&{text}"
    found = pattern.findall(text)
    text = text.replace("%5B", "[").replace("%5b", "[")
    if "[" in text:
        found += _AS_MEMBER.findall(text) + _AS_LIST.findall(text)
    return tuple(_known(found)) if found else ()


def _known(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in found:
        known = NAMES.get(name) or NAMES.get(_decoded(name))
        if known is not None:
            yield known, _decoded(value)


def _decoded(text: str) -> str:
    """Percent signs and plus signs resolved once. What is no UTF-8 is no consent string either."""
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1", "replace")).decode("utf-8", "replace")


def _unpacked(packed: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for path, value in packed:
        # A form in parts names its fields with brackets.
        plain = _IN_LIST.sub("", path).replace("[", ".").replace("]", "") if "[" in path else path
        above, _, name = plain.rpartition(".")
        if above.rpartition(".")[2] == PREFERENCES:
            yield PREFERENCES, f"{value}={name}"
            continue
        known = NAMES.get(name) or _nested(above.removesuffix(".ext").rpartition(".")[2], name, value)
        if known:
            yield known, value


def _body(body: bytes) -> Carried | Invalid:
    """What a body says, out of its wrapping: JSON where it begins like it, else the lines of a form."""
    try:
        body = inflated(body).removeprefix(BOM_UTF8)
    except BadRequest:
        return Invalid("a body that cannot be unpacked")
    if not body.lstrip(b" \t\r\n").startswith(_JSON_BEGINS):
        text = body.decode("latin-1")
        return _parameters(text.replace("\r\n", "&").replace("\n", "&"))
    if _IN_JSON.search(body) is None and not (b"\\u00" in body and _HIDDEN_IN_JSON.search(body)):
        return ()
    try:
        value = json.loads(body, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return Invalid("a body that is no JSON")
    return _members(value)


class _Members(list[tuple[str, Any]]):
    """An object of JSON with all its members: one that is given twice has two values."""


def _members(root: Any) -> Carried | Invalid:
    """The members of a JSON value that NAMES knows, at whatever depth. Iterative, so that depth costs no stack."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, str, Any]] = [("", "", root)]
    seen = 0
    while waiting:
        parent, name, value = waiting.pop()
        seen += 1
        if seen > MAX_LEAVES:
            return Invalid(f"a body of more than {MAX_LEAVES} values")
        known = NAMES.get(name) or _nested(parent, name, value)
        if known == PREFERENCES and isinstance(value, _Members):
            found += [(known, f"{text}={key}") for key, inner in value for text in _scalars(inner)]
        elif known:
            texts = _scalars(value)
            found += [(known, ",".join(texts))] if known == "gpp_sid" else [(known, text) for text in texts]
        elif isinstance(value, _Members):
            waiting += [(_context(parent, name), key, inner) for key, inner in reversed(value)]
        elif isinstance(value, list):
            waiting += [(parent, name, inner) for inner in reversed(value)]
    return tuple(found)


def _context(parent: str, name: str) -> str:
    """What the members of an object belong to: OpenRTB keeps some of them one deeper, in `ext`."""
    return parent if name == "ext" else name


def _nested(parent: str, name: str, value: Any) -> str:
    """The name of a member that only its place explains: `user.consent` (OpenRTB) and `consent.<type>` (Google)."""
    if name == "consent" and parent == "user" and isinstance(value, str):
        return "gdpr_consent"
    return f"consent.{name}" if parent == "consent" and name in TYPES else ""


def _scalars(value: Any) -> Iterator[str]:
    """The texts of a value: of a list or an object each one inside. A missing one (null) is unreadable, not absent."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Members):
            waiting += [inner for _, inner in reversed(one)]
        elif isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, bool):
            yield "1" if one else "0"
        else:
            yield "null" if one is None else str(one)
