"""Recognise a pixel by an address of a page, and write the address under which the gateway fronts it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote

from gateway.adopt.options import Edit
from gateway.adopt.places import Place
from gateway.adopt.references import HOLE
from gateway.errors import BadRequest
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.pixel import Pixel
from gateway.vendors.query import pairs

# Scheme and host, as browsers take them: slashes may lean either way.
_HEAD = re.compile(r"(?:https?:)?[/\\]{2,}([^/\\?#]*)", re.IGNORECASE)
_REST = re.compile(r"([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_FRONTED = re.compile(r"/g/([a-z0-9_]+)(?:[/?#;]|$)")
_ASCII = "".join(map(chr, range(128)))
_PORT = re.compile(r":[0-9]{1,5}\Z")
# Browsers take these out of every address.
_DROPPED = str.maketrans("", "", "\t\r\n")
# Stands for a template in what is told of an address.
FILLED = "H0LE"
# What a template could put into a path so that it is a vendor's.
_TRIALS = ("1234567", "0123456789abcdef" * 2, "ABCDEFGHIJKLMNOPQRSTUV", "G-ABC1234567", "p")


class Address(NamedTuple):
    """An address of a vendor's pixel. `path` and `query` are as a browser would send them, `FILLED` where a template
    is; `sure` is false where the host is anybody's and the rest alone tells it; `blind` where a template is the host.
    """

    pixel: Pixel
    host: str
    path: str
    query: str
    sure: bool
    blind: bool


def recognise(place: Place, catalogue: Catalogue, own: str) -> Address | None:
    """The pixel that a place of a page calls; None where it is none, or on the gateway already."""
    text = _sent(place.text.translate(_DROPPED))
    if place.where == "code":
        text = text.replace("\\/", "/")
    head = _HEAD.match(text)
    if not head:
        return None
    host = _PORT.sub("", head[1]).lower().rstrip(".")
    rest = _REST.match(text, head.end())
    path, query = (rest[1].replace("\\", "/") or "/", rest[2] or "") if rest else ("/", "")
    fronted = _FRONTED.match(path)
    if host == _PORT.sub("", own).lower() or (fronted and fronted[1] in catalogue.pixels):
        return None
    blind = FILLED.lower() in host
    for pixel in sorted(catalogue.pixels.values(), key=lambda pixel: pixel.route.branded):
        branded = pixel.route.branded
        if (branded or not blind) and _is(pixel, "site.invalid" if blind else host, path, query):
            # A host of anybody's needs more: that nobody sees what is loaded, or parameters that few others have.
            if branded and not (place.unseen or (pixel.route.require and path != "/")):
                continue
            return Address(pixel, host, path, query, not branded, blind)
    return None


def fronted(place: Place, address: Address, host: str, page: str) -> Edit:
    """The edit that points a place at the gateway. Behind the host nothing changes, save that bare ampersands of an
    attribute are escaped."""
    at, first, last = place.read.at, place.first, place.last
    head = _HEAD.match(place.text)
    behind = first + (head.end() if head else 0)
    rest = page[at[behind] : at[last]]
    written = "".join(_escaped(rest, at[behind], place.read.literal))
    slash = "" if rest[:1] == "/" else "/"
    if rest[:1] == "\\":
        written = written[1:]
    return Edit(at[first], at[last], f"https://{host}/g/{address.pixel.id}{slash}{written}")


def _escaped(text: str, start: int, literal: frozenset[int]) -> Iterator[str]:
    for place, char in enumerate(text, start):
        yield "&amp;" if place in literal else char


def _is(pixel: Pixel, host: str, path: str, query: str) -> bool:
    """Whether a request is one of a pixel, or could be one with what templates will fill in."""
    route = pixel.route
    if "GET" not in route.methods or not route.is_at(host):
        return False
    if not any(route.path.fullmatch(each) for each in _paths(path)):
        return False
    if not route.require:
        return True
    try:
        given = dict(reversed([*pairs(query.replace("&amp;", "&"))])) if query else {}
    except BadRequest:
        return False
    literal = [name for name in route.require if FILLED not in given.get(name, "")]
    if route.branded and not literal:
        return False
    return all(route.require[name].fullmatch(given.get(name, "")) for name in literal)


def _paths(path: str) -> tuple[str, ...]:
    return tuple(path.replace(FILLED, trial) for trial in _TRIALS) if FILLED in path else (path,)


def _sent(text: str) -> str:
    """An address as a browser sends it: other letters as the bytes of UTF-8, a word for each template."""
    text = re.sub(f"{HOLE}+", FILLED, text)
    if text.isascii():
        return text
    with suppress(UnicodeError):  # the page's bytes, one a character: in most pages they are UTF-8
        text = text.encode("latin-1").decode("utf-8")
    return quote(text, safe=_ASCII, errors="replace")
