"""Weaken a URL: no user, no fragment, no click id; then as much of the rest as its level allows.

The URL is taken apart here and not by `urllib.parse`, which repairs what it should refuse and remembers what it read.
"""

import re
from collections.abc import Set as AbstractSet
from functools import partial
from urllib.parse import unquote_plus

from gateway.anonymise import parameters
from gateway.anonymise.scrub import MAX_TEXT, SHIPPED, Scrubber, decode

MAX_URL = 4096
MAX_PARAMS = 200

_URL = re.compile(r"(https?)://([^/\\]{1,300})(/.*)?", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_.-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")

# Part of a host below its domain that is an id: of a customer with a page of his own, of a frame made for one view.
_OWN_HOST = re.compile(
    r"(?:^|(?<=\.))(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|[0-9]{9,})\.(?=[^.]+\.)"
)

# A segment of ordinary words and small numbers needs no closer look.
_ORDINARY = re.compile(r"[A-Za-z.,_~!()'-]{0,23}(?:[0-9]{0,6}[A-Za-z.,_~!-]{0,8})?\Z")
_IDENTIFIER = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,}|[0-9]{9,}|@.+"
    r"|(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9_-]{20,}"
)

MAX_REMEMBERED = 4096
MAX_REMEMBERED_URL = 256


def weaken(
    text: object, level: str, params: AbstractSet[str] = frozenset(), scrubber: Scrubber = SHIPPED
) -> str | None:
    """A URL at a level of the taxonomy; `params` are the names that `allowlist` keeps. None where nothing is left.

    Refused whole are control characters and blanks, other schemes than http and https, and more than 4096 characters.
    """
    if not isinstance(text, str) or len(text) > MAX_URL or _UNSEEN.search(text):
        return None
    head, _, query = text.partition("#")[0].partition("?")
    if level == "origin":
        parts = _split(head)
        return f"{parts[0]}/" if parts else None
    if level not in ("full", "allowlist", "path"):
        return None
    url = head if hash(head) in scrubber.pages else _page(head, scrubber)
    if url is None or level == "path" or not query:
        return url
    kept = _query(query, None if level == "full" else params, scrubber)
    return f"{url}?{kept}" if kept else url


def weaken_referrer(text: object, level: str, page: str, scrubber: Scrubber = SHIPPED) -> str | None:
    """The same for what led to `page`: of another site, and where either is unknown, no more than the origin.

    What somebody looked for, read or had open elsewhere is no business of this site.
    """
    if level in ("full", "path") and isinstance(text, str) and not _is_same_site(text, page):
        level = "origin"
    return weaken(text, level, scrubber=scrubber)


def _is_same_site(text: str, page: str) -> bool:
    """Whether both stand on one host, or one of them on a host below the other's."""
    one, other = (_split(re.split("[?#]", url, maxsplit=1)[0]) for url in (text, page))
    if one is None or other is None:
        return False
    hosts = [f".{origin.partition('://')[2].partition(':')[0]}" for origin, _ in (one, other)]
    return hosts[0].endswith(hosts[1]) or hosts[1].endswith(hosts[0])


def _page(head: str, scrubber: Scrubber) -> str | None:
    """Scheme, host and path, masked; of what needs no mask a hash under a key of this process is remembered."""
    parts = _split(head)
    if parts is None:
        return None
    origin, path = parts
    url = origin + _path(path, scrubber)
    if url == head and len(head) <= MAX_REMEMBERED_URL:
        if len(scrubber.pages) >= MAX_REMEMBERED:
            scrubber.pages.clear()
        scrubber.pages.add(hash(head))
    return url


def _split(head: str) -> tuple[str, str] | None:
    """Scheme and host without user and ids, and the path."""
    found = _URL.fullmatch(head)
    if found is None:
        return None
    host = _OWN_HOST.sub("", found[2].rpartition("@")[2].lower())
    return (f"{found[1].lower()}://{host}", found[3] or "/") if _HOST.fullmatch(host) else None


def _path(path: str, scrubber: Scrubber) -> str:
    if path == "/":
        return path
    parts = [_segment(segment) for segment in path.split("/")]
    whole = scrubber.scrub("/".join(parts), "path", most=MAX_URL)
    return "/".join(part and "[id]" for part in parts) if whole is None else whole


def _segment(segment: str) -> str:
    """A path segment, masked where it names a person or a thing that only one person has."""
    if _ORDINARY.match(segment):
        return segment
    segment = segment.partition(";")[0]  # matrix parameters carry sessions
    plain = decode(segment)
    if plain is None or _IDENTIFIER.fullmatch(plain) or parameters.carries(plain):
        return "[id]"
    return segment if len(segment) <= MAX_TEXT else "[id]"


def _query(query: str, allowed: AbstractSet[str] | None, scrubber: Scrubber) -> str:
    """The parameters that stay: `allowed` ones, or with None all whose name betrays nothing."""
    kept = []
    for pair in query.split("&")[:MAX_PARAMS]:
        name, _, value = pair.partition("=")
        plain = unquote_plus(name) if "%" in name or "+" in name else name
        # A click id that may leave does so as `click.*`, to whoever issued it: whatever is allowed, no URL keeps one.
        if not _may_stay(plain, allowed, scrubber) or parameters.class_of(plain) or _hides(value):
            continue
        if len(value) <= MAX_TEXT:
            kept.append(pair)
    # One name tells what another one means, so they are looked at together; only where that fails, each for itself.
    clean = partial(scrubber.scrub, kind="query") if allowed is None else scrubber.scrub_listed
    whole = clean("&".join(kept), most=MAX_URL)
    return "&".join(filter(None, map(clean, kept))) if whole is None else whole


def _hides(value: str) -> bool:
    """Whether a value holds an address, or more parameters, with something in it that no URL keeps."""
    if "=" not in value and "%" not in value:
        return False
    plain = decode(value)
    return plain is not None and parameters.carries(plain)


def _may_stay(name: str, allowed: AbstractSet[str] | None, scrubber: Scrubber) -> bool:
    if allowed is None:
        return bool(name) and not parameters.is_doubtful(name) and scrubber.scrub(name) == name
    return name in allowed
