"""The shape of a manifest: which keys there are, and what each may hold. What its values mean is compiled elsewhere."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.outbound import FILES, Outcome
from gateway.taxonomy import FAMILIES, is_field
from gateway.vendors import contact
from gateway.vendors.decoders import DECODERS
from gateway.vendors.expressions import GRANTS, near
from gateway.vendors.flows import CLASSES
from gateway.vendors.lines import COLUMNS
from gateway.vendors.packing import PACKINGS
from gateway.vendors.patterns import pattern_problem

Shape = Callable[[Any, Path, Document], Iterator[Finding]]

# Why an event is not sent although the policy permits it: the metric that answers "why did my conversion not arrive?"
SKIPS = (
    "consent", "event_not_mapped", "no_match_key", "no_click_id", "no_order_id", "no_conversion_rule", "no_time",
    "no_route", "too_old", "suppressed",
)  # fmt: skip

# The kinds of authentication the engine can do; the last one first gets a token.
AUTH_KINDS = ("none", "bearer", "header", "query", "basic", "standard_webhooks", "google_service_account")


def wrong(document: Document, at: Path, code: str, message: str, hint: str = "") -> Finding:
    """A finding at the value of a path."""
    return Finding(document.file, *document.at(at), code, message, hint)


def anything(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Any value; it is compiled or only shown."""
    yield from ()


def text(pattern: str = "", what: str = "text") -> Shape:
    """Text, of a given pattern."""
    compiled = re.compile(pattern or ".*", re.DOTALL)

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield wrong(document, at, "M001", f"must be {what}")

    return check


def scalar(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Text or a number; versions and dates look like either."""
    if isinstance(value, bool | list | dict) or value is None:
        yield wrong(document, at, "M001", "must be text or a number")


def whole(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A whole number from 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield wrong(document, at, "M001", "must be a whole number from 1")


def one_of(words: Sequence[Any]) -> Shape:
    """One of a closed list."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if isinstance(value, dict | list) or not any(type(value) is type(word) and value == word for word in words):
            hint = near(str(value), [str(word) for word in words]) or ", ".join(str(word) for word in words)
            yield wrong(document, at, "M001", f'"{value}" is not known here', hint)

    return check


def list_of(shape: Shape, least: int = 0) -> Shape:
    """A list of things of one shape."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, list) or len(value) < least:
            yield wrong(document, at, "M001", "must be a list" + (f" of at least {least}" if least else ""))
            return
        for index, item in enumerate(value):
            yield from shape(item, (*at, index), document)

    return check


def one_or_list(shape: Shape) -> Shape:
    """A thing, or a list of them."""
    many = list_of(shape, 1)
    return lambda value, at, document: (many if isinstance(value, list) else shape)(value, at, document)


def map_of(shape: Shape, key: Shape = anything) -> Shape:
    """A mapping from names to things of one shape."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield wrong(document, at, "M001", "must be a mapping")
            return
        for name, inner in value.items():
            yield from key(name, (*at, name), document)
            yield from shape(inner, (*at, name), document)

    return check


def record(fields: Mapping[str, Shape], required: Sequence[str] = ()) -> Shape:
    """A mapping with these keys and no others."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield wrong(document, at, "M001", "must be a mapping")
            return
        for name in required:
            if name not in value:
                yield wrong(document, at, "M001", f'"{name}" is missing')
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, (*at, name), document)
            else:
                place = document.key_at((*at, name))
                yield Finding(document.file, *place, "M002", f'unknown key "{name}"', near(name, fields))

    return check


def pattern(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A regular expression of linear time."""
    problem = pattern_problem(value) if isinstance(value, str) else "must be text"
    if problem:
        yield wrong(document, at, "M007", problem)


def field(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A field of the vocabulary that a pixel may fill, or `account`."""
    if value != "account" and not (isinstance(value, str) and is_field(value)):
        yield wrong(document, at, "M004", f'"{value}" is no field of the vocabulary')


_grant = one_of(GRANTS)
_flag = one_of((True, False))
_name = text("[a-z][a-z0-9_]{1,40}", "a name in snake case")
_event = text("[a-z][a-z0-9_]{0,49}", "an event name in snake case")
_duration = text("[0-9]{1,5}[smhd]", "a duration such as 72h or 7d")
_statuses = one_or_list(text("[1-5]xx|[1-5][0-9][0-9]", "a status or a class such as 4xx"))


def _status(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    as_text = [str(item) for item in value] if isinstance(value, list) else str(value)
    return _statuses(as_text, at, document)


_outcomes = list_of(
    record(
        {
            "when": record({"status": _status, "header": map_of(anything), "body": map_of(anything), "text": pattern}),
            "then": one_of([outcome.value for outcome in Outcome]),
        },
        ["when", "then"],
    )
)

_request = record(
    {
        "method": one_of(("GET", "POST", "PUT", "DELETE", *FILES)),
        "url": text("(?:https?://|file://)?.+", "a URL"),
        "headers": map_of(anything),
        "query": anything,
        "query_safe": text("[!-~]{0,20}", "characters"),
        "query_form": one_of(("query", "matrix", "segments")),
        "style": one_of(("json", "form", "ndjson")),
        "body": anything,
    },
    ["url"],
)


def _word(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A vendor's word for an event, or a choice among several."""
    if not isinstance(value, dict):
        yield from scalar(value, at, document)


def _events(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """The words for our events, or `pixel`: those of the pixel."""
    if value != "pixel":
        yield from map_of(_word)(value, at, document)


_relay = record(
    {
        "method": one_of(("GET", "POST")),
        "url": text("(?:https://|{{).+", "an https address"),
        "as": one_of(("query", "form", "json", "segments")),
        "query_safe": text("[!-~]{0,20}", "characters"),
        "set": map_of(anything),
        "omit": list_of(text()),
    },
    ["url"],
)

_parameter = record(
    {
        "to": one_or_list(field),
        "as": one_of((*DECODERS, contact.EMAIL, contact.PHONE)),
        "keep": one_of(("technical", "account", "event")),
        "match": pattern,
        "wins": one_of(("first", "last")),
        "gather": _flag,
        "unpack": one_of(tuple(PACKINGS)),
        "under": text(r"[\w.:\[\]-]{0,40}", "what the names within begin with"),
    }
)

_pixel = record(
    {
        "response": one_of(("gif", "204", "js", "json")),
        "body": one_of(("none", "form", "lines", "json", "any")),
        "account": one_of(("none",)),
        "each": one_or_list(text(r"[\w.$-]{0,40}", "the path of a list")),
        "lines": record(
            {
                "columns": map_of(one_or_list(text()), one_of(COLUMNS)),
                "separator": text(".", "one character"),
                "minor": _flag,
                "discount": text(),
                "value": text(),
            }
        ),
        "routes": list_of(
            record(
                {
                    "pixel": _name,
                    "host": pattern,
                    "besides": pattern,
                    "branded": _flag,
                    "path": pattern,
                    "path_params": list_of(text("[a-z_]{1,20}", "a name"), 1),
                    "methods": list_of(one_of(("GET", "POST")), 1),
                    "require": map_of(pattern),
                },
                ["pixel", "host", "path", "methods", "require"],
            ),
            1,
        ),
        "event": record(
            {
                "param": one_or_list(text()),
                "names": map_of(_event),
                "like": map_of(_event, pattern),
                "given": map_of(_event, field),
                "whatever": _event,
                "absent": _event,
                "identified": list_of(_event, 1),
                "strip": pattern,
            },
        ),
        "params": map_of(_parameter),
        "page": map_of(field),
        "join": map_of(text(r".*\{.+\}.*", "parameters in braces"), field),
        "needs": map_of(field, field),
    },
    ["response", "body", "routes", "event", "params"],
)

_api = record(
    {
        "auth": record(
            {
                "kind": one_of(AUTH_KINDS),
                "name": text(),
                "user": anything,
                "secret": text(),
                "id": text(),
                "timestamp": text(),
                "scope": text("https://[a-z0-9./_ :-]+", "the address of a scope"),
            },
            ["kind"],
        ),
        "request": _request,
        "relay": _relay,
        "events": _events,
        "event": anything,
        "event_encoding": one_of(("json", "query", "ndjson")),
        "requires": list_of(
            record(
                {"present": text(r"out\.[\w.-]+", "a path under out"), "reason": one_of(SKIPS)}, ["present", "reason"]
            )
        ),
        "batch": record(
            {
                "max_events": whole,
                "max_bytes": whole,
                "linger": _duration,
                "group_by": list_of(anything),
                "on_reject": one_of(("none", "all", "bisect", "by_count", "by_index")),
            }
        ),
        "age_limit": _duration,
        "rate_limit": record({"requests": whole, "per": _duration, "daily": whole}),
        "outcome": _outcomes,
        # What the vendor documents; shown by `gateway vendor show`, nothing acts on it.
        "limits": map_of(anything),
        "test_mode": map_of(anything),
        "dedup": record({"key": anything, "window": _duration, "scope": text(), "note": text()}),
    },
)


def _spoken(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """An API side says the whole of a request, or that the pixel is relayed; then the rest follows from the pixel."""
    yield from _api(value, at, document)
    if not isinstance(value, dict):
        return
    relayed = "relay" in value
    for name in () if relayed else ("request", "event", "outcome"):
        if name not in value:
            yield wrong(document, at, "M001", f'"{name}" is missing')
    for name in ("request", "event") if relayed else ():
        if name in value:
            yield wrong(document, (*at, name), "M003", f"`relay` makes the {name}")
    for name in ("relay", "events"):
        if ((name == "relay" and relayed) or value.get(name) == "pixel") and not document.value.get("pixel"):
            yield wrong(document, (*at, name), "M003", f"`{name}` needs a pixel")


_erasure = record(
    {
        "supported": one_of((True, False, "partial")),
        "note": text(),
        "request": map_of(anything),
        "steps": list_of(map_of(anything), 1),
        "auth": map_of(anything),
        "outcome": _outcomes,
        "export": text(),
    },
    ["supported"],
)

MANIFEST = record(
    {
        "apiVersion": one_of(("gateway/v1",)),
        "kind": one_of(("Destination",)),
        "metadata": record(
            {
                "id": _name,
                "vendor": text(".+"),
                "company": _name,
                "tcf_vendor": whole,
                "ac_provider": whole,
                "api_version": scalar,
                "api_version_sunset": text("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date"),
                "verified_on": text("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date"),
                "docs": text("https://.+", "an https address"),
                "sources": list_of(text()),
            },
            ["id", "vendor", "verified_on"],
        ),
        "privacy": record(
            {
                "purposes": list_of(one_of(FAMILIES), 1),
                "requires": list_of(_grant),
                "on_denied": one_of(("drop", "limited")),
                "sends": map_of(list_of(_grant), one_of(CLASSES)),
            },
            ["purposes"],
        ),
        "settings": map_of(
            record(
                {
                    "pattern": pattern,
                    "default": scalar,
                    "optional": _flag,
                    "type": one_of(("text", "map")),
                    "note": text(),
                    "account": _flag,
                }
            )
        ),
        "secrets": map_of(record({"prefix": text(), "optional": _flag, "rotation": text(), "note": text()})),
        "pixel": one_or_list(_pixel),
        "api": _spoken,
        "erasure": _erasure,
        "tests": list_of(map_of(anything), 1),
    },
    ["apiVersion", "kind", "metadata", "privacy", "api", "tests"],
)
