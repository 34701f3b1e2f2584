"""Read a vendor's pixel: each parameter its manifest names becomes a field of our vocabulary, every other ends here.

Of a hit it takes method, path, query, type and body, and keeps none of it. It resolves percent signs once, looks each
name up once, and knows no vendor: the table comes compiled from the manifest.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import BadRequest
from gateway.hit import Beacon, Hit, RawEvent
from gateway.inflate import inflated
from gateway.vendors import multipart
from gateway.vendors.found import Found, Rule
from gateway.vendors.joined import Joined
from gateway.vendors.lines import Lines
from gateway.vendors.page_address import PageAddress
from gateway.vendors.query import checked, json_pairs, split

MAX_EVENTS = 50

_CUSTOM = re.compile(r"[A-Za-z0-9_ .-]{1,50}")
_TO_UNDERSCORE = str.maketrans(" .-", "___")

# Where the loop puts what is no field; a number follows the second.
ACCOUNT, NAME, KEPT = "account", "name", "kept."
_FIRST = f"{NAME}0"

# What a manifest calls a request that is no event: a recording of the page, an exchange of ids.
NO_EVENT = "none"

# How deep parameters may be packed in parameters.
MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class EventNames:
    """How the vendor's words for an event become ours: by table, by a pattern of the word in lower case, by a field
    that only such an event has (`given`), whatever they are, or by their absence. `words` parameters have one.
    `identified` are the events that an id of the page tells apart; empty: all. `strip` is taken off the beginning of a
    word. NO_EVENT is no event.
    """

    table: Mapping[str, str]
    whatever: str = ""
    absent: str = ""
    like: tuple[tuple[re.Pattern[str], str], ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    words: int = 1
    identified: frozenset[str] = frozenset()
    strip: re.Pattern[str] | None = None

    @property
    def never(self) -> bool:
        """Whether no request of the pixel is an event, whatever it says."""
        return self.absent == NO_EVENT and not (self.words or self.given)

    def name(self, found: Found) -> str:
        """The canonical name; a custom one as snake case, and `custom` for what is no plain name. Empty: no event."""
        if self.words == 1 and not self.given:  # most pixels, on the request path
            word = found.take(_FIRST)
            if word is None:
                return self.absent
            return self.table.get(word) or self._alike(word) or self.whatever or custom_name(word)
        words = [word for number in range(self.words) if (word := found.take(f"{NAME}{number}")) is not None]
        if self.strip:
            words = [self.strip.sub("", word, count=1) for word in words]
        known = next((name for word in words if (name := self.table.get(word) or self._alike(word))), "")
        if known or not (self.given or words):
            return known or self.absent
        told = next((name for field, name in self.given if found.get(field) is not None), "")
        return told or (self.whatever or custom_name(words[0]) if words else self.absent)

    def _alike(self, word: str) -> str:
        plain = word.lower()
        return next((name for pattern, name in self.like if pattern.fullmatch(plain)), "")


@dataclass(frozen=True, slots=True)
class Route:
    """Where the vendor's pixel is found. `branded` hosts are the customers' own: path and `require` must tell it.

    `path_params` names what the groups of `path` hold: parameters, called `path:<name>`.
    """

    pixel: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    methods: frozenset[str]
    require: Mapping[str, re.Pattern[str]]
    besides: re.Pattern[str] | None = None
    branded: bool = False
    path_params: tuple[str, ...] = ()

    def matches(self, host: str, path: str, parameters: Mapping[str, str]) -> bool:
        """Whether a request to that host (lower case) is one of this pixel."""
        if not (self.is_at(host) and self.path.fullmatch(path)):
            return False
        return all(pattern.fullmatch(parameters.get(name, "")) for name, pattern in self.require.items())

    def is_at(self, host: str) -> bool:
        """Whether the pixel can be at a host."""
        return bool(self.host.fullmatch(host)) and not (self.besides and self.besides.search(host))


class Twins(NamedTuple):
    """That a page tells one action by several beacons (see `Beacon`). `sides` are parameters that only one of them has,
    where address and method are the same."""

    group: str
    seconds: int
    by: tuple[str, ...]
    kept: tuple[str, ...]
    sides: tuple[str, ...]

    def beacon(self, pixel: str, method: str, path: re.Match[str], query: str) -> Beacon:
        """The beacon that a request is. What a path holds of parameters makes no side."""
        fixed = path.string[: path.start(1)] if path.re.groups and path[1] is not None else path.string
        side = f"{pixel} {method} {fixed}"
        for name in self.sides:
            if query.startswith(f"{name}=") or f"&{name}=" in query:
                side += f" {name}"
        return Beacon(self.group, self.seconds, self.by, self.kept, side)


@dataclass(frozen=True, slots=True)
class Pixel:
    """A fronted pixel. `reply` is what its page expects: gif, 204, js or json. `page` reads the page's own address;
    `needs` names fields that mean something only beside another; `nameless` pixels have no account; `kept` are fields
    that begin with KEPT; `each` finds the list of events within a document; `parts` put together what comes in pieces;
    `dropped` is told how many contacts of an event were neither clear nor hashed; with `twins` one action comes by
    several beacons."""

    id: str
    reply: str
    route: Route
    body: str
    names: EventNames
    rules: Mapping[str, Rule]
    page: PageAddress | None
    kept: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    nameless: bool = False
    each: re.Pattern[str] | None = None
    parts: tuple[Joined | Lines, ...] = ()
    dropped: Callable[[int], None] = lambda count: None
    twins: Twins | None = None

    def account(self, text: str) -> str:
        """A text as the account of this pixel, or nothing where it could be none."""
        rules = [rule for rule in self.rules.values() if ACCOUNT in rule.targets]
        return next((str(read) for rule in rules if (read := rule.read(text)) is not None), "")

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of one hit; none where it is no event. BadRequest for a hit of others, or an unreadable one."""
        kind = hit.header(b"content-type") if hit.body else ""
        return self.read(hit.method, hit.path, hit.query, kind, hit.body)

    def read(self, method: str, path: str, query: str, kind: str, body: bytes) -> list[RawEvent]:
        """`decode` for a request in parts: the path is decoded, the query is not; `kind` is the body's type."""
        if method not in self.route.methods:
            raise BadRequest(405, "not a method of this pixel")
        match = self.route.path.fullmatch(path)
        if not match:
            raise BadRequest(404, "not a path of this pixel")
        if self.names.never:  # not even read
            return []
        shared = Found()
        self._query(query, shared)
        if self.route.path_params:
            self._pairs(
                ((name, match[name_at] or "") for name_at, name in enumerate(self.route.path_params, 1)), shared
            )
        found = [shared] if not body else self._bodies(kind, body, shared)
        if (sum(len(whole.parts) or 1 for whole in found) if self.each else len(found)) > MAX_EVENTS:
            raise BadRequest(400, f"more than {MAX_EVENTS} events")
        if self.each:
            found = [part.over(whole) for whole in found for part in whole.parts.values() or (Found(),)]
        beacon = self.twins.beacon(self.id, method, match, query) if self.twins else None
        return [event for each in found if (event := self._event(each, beacon))]

    def _bodies(self, kind: str, body: bytes, shared: Found) -> list[Found]:
        """What the body says, before what the query says for all its events."""
        in_parts = kind[:10].lower() == "multipart/"
        if self.body == "none" or (in_parts and self.body not in ("form", "any")):
            raise BadRequest(415, "not a body of this pixel")
        found: list[Found] = []
        body = inflated(body)
        if in_parts:
            return [self._in_parts(kind, body).over(shared)]
        if self.body == "json" or (self.body == "any" and body.lstrip()[:1] in (b"{", b"[")):
            found.append(Found())
            self._pairs(json_pairs(body), found[0])
        else:
            text = body.decode("latin-1")
            # No `splitlines`: what it takes for ends of lines are also bytes within UTF-8.
            lines = text.replace("\r\n", "\n").split("\n") if self.body == "lines" else [text.rstrip("\r\n")]
            for line in filter(None, lines[: MAX_EVENTS + 1]):
                found.append(Found())
                self._query(line, found[-1])
        return [each.over(shared) for each in found] or [shared]

    def _in_parts(self, kind: str, body: bytes) -> Found:
        """What a form in parts says; whoever reads consent is told of all of it."""
        found, given = Found(), list(multipart.pairs(kind, body))
        found.packed += given
        self._pairs(given, found)
        return found

    def _query(self, text: str, found: Found) -> None:
        """The parameters of a query or form: a value is kept only where its name has a rule."""
        text = checked(text)
        if ";" in text:  # maybe an ampersand that a page wrote escaped once too often (the HTML attribute rule)
            text = text.replace("&amp;", "&")
        found.put_encoded(self.rules, split(text), self._unpack)

    def _pairs(self, given: Iterable[tuple[str, str]], found: Found, depth: int = 0) -> None:
        for whole_name, value in given:
            name, at = self._within(whole_name, found) if self.each else (whole_name, found)
            rule = self.rules.get(name)
            if rule is None:
                continue
            if rule.mode == "packed":
                self._unpack(rule, value, at, depth + 1)
            else:
                at.put(rule, value)

    def _within(self, name: str, found: Found) -> tuple[str, Found]:
        """Which event of a list a value belongs to, and its name there; an element that is text is `list[]`."""
        match = self.each.match(name) if self.each else None
        if not match:
            return name, found
        return name[match.end() + 1 :] or f"{match[1].rstrip('.')}[]", found.part(match[2])

    def _unpack(self, rule: Rule, value: str, found: Found, depth: int = 1) -> None:
        """What is packed in a value, under names that begin with the rule's."""
        if depth <= MAX_DEPTH:
            before, inside = rule.targets[0], rule.read(value)
            found.packed += inside
            self._pairs(((before + name, inner) for name, inner in inside), found, depth)

    def _event(self, found: Found, beacon: Beacon | None) -> RawEvent | None:
        if self.parts or self.needs:
            self._settle(found)
        name = self.names.name(found)
        if name == NO_EVENT:
            return None
        account = found.take(ACCOUNT, "")
        if not (name and (account or self.nameless)):
            raise BadRequest(400, "the pixel names no account or no event")
        identity = found.take("event.id", "")
        if self.names.identified and name not in self.names.identified:
            identity = ""
        kept = self._kept(found) if self.kept else None
        if found.lost:
            self.dropped(found.lost)
        if self.page:
            found.ask_last(self.page.fields, self.page.tell)
        packed = tuple(found.packed)
        return RawEvent(name, found, identity, self.id, account, kept, packed=packed, beacon=beacon)

    def _kept(self, found: Found) -> Mapping[str, str] | None:
        return {key.removeprefix(KEPT): value for key in self.kept if (value := found.take(key)) is not None} or None

    def _settle(self, found: Found) -> None:
        """Put pieces together, and leave out what means nothing alone."""
        for part in self.parts:
            part.settle(found)
        for field, other in self.needs:
            if found.get(other) is None:
                found.take(field)


def custom_name(word: str) -> str:
    """A name the vendor's table does not know, in snake case, or `custom`."""
    return word.lower().translate(_TO_UNDERSCORE) if _CUSTOM.fullmatch(word) else "custom"
