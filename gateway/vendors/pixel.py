"""Read a vendor's pixel: each parameter its manifest names becomes a field of our vocabulary, every other ends here.

The only module of this package that sees a hit. It resolves percent signs once, looks each name up once, and knows no
vendor: the table comes compiled from the manifest.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import BadRequest
from gateway.hit import Hit, RawEvent
from gateway.vendors.found import Found, Rule
from gateway.vendors.query import checked, decode, json_pairs, pairs, split

MAX_EVENTS = 50

_CUSTOM = re.compile(r"[A-Za-z0-9_ .-]{1,50}")
_TO_UNDERSCORE = str.maketrans(" .-", "___")

# Where the loop puts what is no field.
ACCOUNT, NAME, KEPT = "account", "name", "kept."


class EventNames(NamedTuple):
    """How the vendor's word for an event becomes ours: by table, whatever it is, or by its absence."""

    table: Mapping[str, str]
    whatever: str = ""
    absent: str = ""

    def name(self, word: str | None) -> str:
        """The canonical name; a custom one as snake case, and `custom` for what is no plain name. Empty: no event."""
        if word is None:
            return self.absent
        return self.table.get(word) or self.whatever or custom_name(word)


class Route(NamedTuple):
    """Where the vendor's pixel is found. `branded` hosts are the customers' own: path and `require` must tell it."""

    pixel: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    methods: frozenset[str]
    require: Mapping[str, re.Pattern[str]]
    besides: re.Pattern[str] | None = None
    branded: bool = False

    def matches(self, host: str, path: str, parameters: Mapping[str, str]) -> bool:
        """Whether a request to that host (lower case) is one of this pixel."""
        if not (self.host.fullmatch(host) and self.path.fullmatch(path)) or (
            self.besides and self.besides.search(host)
        ):
            return False
        return all(pattern.fullmatch(parameters.get(name, "")) for name, pattern in self.require.items())


@dataclass(frozen=True, slots=True)
class Pixel:
    """A fronted pixel. `reply` is what its page expects: gif, 204, js or json. `page` maps query parameters of the
    page's own address to fields; `dropped` is told how many contacts of an event were neither clear nor hashed."""

    id: str
    reply: str
    route: Route
    body: str
    names: EventNames
    rules: Mapping[str, Rule]
    page: Mapping[str, Rule]
    kept: tuple[str, ...] = ()
    dropped: Callable[[int], None] = lambda count: None

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of one hit, at least one. BadRequest where it is none of this pixel's or cannot be read."""
        return self.read(hit.method, hit.path, hit.query, hit.header(b"content-type"), hit.body)

    def read(self, method: str, path: str, query: str, kind: str, body: bytes) -> list[RawEvent]:
        """`decode` for a request in parts; `kind` is its content type."""
        if method not in self.route.methods:
            raise BadRequest(405, "not a method of this pixel")
        if not self.route.path.fullmatch(path):
            raise BadRequest(404, "not a path of this pixel")
        shared = Found()
        self._query(query, shared)
        found = [shared] if not body else self._bodies(kind, body, shared)
        return [self._event(each) for each in found]

    def _bodies(self, kind: str, body: bytes, shared: Found) -> list[Found]:
        """What the body says, before what the query says for all its events."""
        if self.body == "none" or kind.startswith("multipart/"):
            raise BadRequest(415, "not a body of this pixel")
        found: list[Found] = []
        if self.body == "json":
            found.append(Found())
            self._pairs(json_pairs(body), found[0])
        else:
            text = body.decode("latin-1")
            # No `splitlines`: what it takes for ends of lines are also bytes within UTF-8.
            lines = text.replace("\r\n", "\n").split("\n") if self.body == "lines" else [text.rstrip("\r\n")]
            for line in filter(None, lines):
                found.append(Found())
                self._query(line, found[-1])
        if len(found) > MAX_EVENTS:
            raise BadRequest(400, f"more than {MAX_EVENTS} events")
        return [each.over(shared) for each in found] or [shared]

    def _query(self, text: str, found: Found) -> None:
        """The request path's own loop: a value is kept only where its name has a rule."""
        rules = self.rules
        # An ampersand that a page wrote escaped once too often (the HTML attribute rule).
        for pair in split(checked(text).replace("&amp;", "&")):
            name, _, value = pair.partition("=")
            rule = rules.get(name)
            if rule is None and "%" in name:
                rule = rules.get(decode(name))
            if rule is None:
                continue
            found.put_encoded(rule, value)

    def _pairs(self, given: Iterable[tuple[str, str]], found: Found) -> None:
        for name, value in given:
            rule = self.rules.get(name)
            if rule is not None:
                found.put(rule, value)

    def _event(self, found: Found) -> RawEvent:
        name = self.names.name(found.take(NAME))
        account = found.take(ACCOUNT, "")
        if not (name and account):
            raise BadRequest(400, "the pixel names no account or no event")
        identity = found.take("event.id", "")
        kept = {key: value for key in self.kept if (value := found.take(KEPT + key)) is not None}
        if found.lost:
            self.dropped(found.lost)
        if self.page and "?" in (address := found.get("page.url", "")):
            self._from_page(address.partition("?")[2].partition("#")[0], found)
        return RawEvent(name, found, identity, self.id, account, kept or None)

    def _from_page(self, query: str, found: Found) -> None:
        """Campaign and click parameters of the page's address. A broken address is the visitor's: it tells nothing."""
        try:
            given = list(pairs(query))
        except BadRequest:
            return
        for name, value in given:
            rule = self.page.get(name)
            if rule is not None:
                found.put(rule, value)


def custom_name(word: str) -> str:
    """A name the vendor's table does not know, in snake case, or `custom`."""
    return word.lower().translate(_TO_UNDERSCORE) if _CUSTOM.fullmatch(word) else "custom"
