"""The shape of a manifest: which keys there are, and what each may hold. What its values mean is compiled elsewhere."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.outbound import FILES, Erased, Outcome
from gateway.taxonomy import FAMILIES, is_field
from gateway.vendors import contact
from gateway.vendors.decoders import DECODERS
from gateway.vendors.expressions import GRANTS
from gateway.vendors.flows import CLASSES
from gateway.vendors.lines import COLUMNS
from gateway.vendors.packing import PACKINGS
from gateway.vendors.patterns import pattern_problem
from gateway.vendors.shapes import (
    Shape,
    anything,
    duration,
    list_of,
    map_of,
    one_of,
    one_or_list,
    record,
    scalar,
    text,
    whole,
    wrong,
)

# Why an event is not sent although the policy permits it: the metric that answers "why did my conversion not arrive?"
SKIPS = (
    "consent", "event_not_mapped", "no_match_key", "no_click_id", "no_order_id", "no_conversion_rule", "no_time",
    "no_route", "too_old", "suppressed",
)  # fmt: skip

# Kind of authentication -> the keys it needs, and those it may have.
AUTH_KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "none": ((), ()),
    "bearer": (("secret",), ()),
    "header": (("secret", "name"), ()),
    "query": (("secret", "name"), ()),
    "basic": (("secret", "user"), ()),
    "standard_webhooks": (("secret", "id", "timestamp"), ()),
    "google_service_account": (("secret", "scope"), ()),
    "oauth2_client_credentials": (("token",), ("lifetime",)),
    "oauth2_refresh_token": (("token", "rotates"), ("lifetime",)),
    "oauth2_jwt": (("secret", "url", "claims"), ("lifetime",)),
}


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
_statuses = one_or_list(text("[1-5]xx|[1-5][0-9][0-9]", "a status or a class such as 4xx"))


def _status(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    as_text = [str(item) for item in value] if isinstance(value, list) else str(value)
    return _statuses(as_text, at, document)


def _outcomes(words: type[StrEnum]) -> Shape:
    """Rules that read a reply, each with one of the words."""
    when = record({"status": _status, "header": map_of(anything), "body": map_of(anything), "text": pattern})
    return list_of(record({"when": when, "then": one_of([word.value for word in words])}, ["when", "then"]))


def _mapping(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A mapping; its values are compiled."""
    if not isinstance(value, dict):
        yield wrong(document, at, "M001", "must be a mapping")


def _rotates(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Whether the vendor gives a new refresh token with each access token."""
    yield from _flag(value, at, document)
    if value is True:
        message = (
            "a refresh token that changes with each use would have to be kept, and no vendor's secret is kept here"
        )
        yield wrong(document, at, "M003", message)


def _on_reject(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A key of older manifests, whose place is elsewhere now."""
    hint = "what becomes of a refused batch is said in `outcome`: `then: bisect`, `reject_indices` or `dead_letter`"
    yield wrong(document, at, "M002", '"on_reject" is no key of a batch', hint)


_SENDERS = (
    "host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive", "expect",
    "cookie",
)  # fmt: skip


def _header(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """The name of a header that is not the sender's own: what says where a request ends, whom it is for, who asks."""
    yield from text("[A-Za-z][A-Za-z0-9-]{0,63}", "the name of a header")(value, at, document)
    if isinstance(value, str) and (value.lower() in _SENDERS or value.lower().startswith("proxy-")):
        yield wrong(document, at, "M003", f'"{value}" is written by the sender alone')


_headers = map_of(anything, _header)
_request = record(
    {
        "method": one_of(("GET", "POST", "PUT", "DELETE", *FILES)),
        "url": text("(?:https?://|file://)?.+", "a URL"),
        "headers": _headers,
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

_twins = record(
    {
        "within": text("[1-9][0-9]?s|[1-9]m|10m", "a duration of ten minutes at most"),
        "as": _name,
        "by": list_of(field, 1),
        "sides": list_of(text(r"[\w.-]{1,40}", "a parameter"), 1),
    },
    ["within"],
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
        "twins": _twins,
    },
    ["response", "body", "routes", "event", "params"],
)

_overlay = record(
    {"url": text("https://.+", "an https address"), "headers": _headers, "query": _mapping, "body": _mapping}
)

_limit = record({"cut": whole, "omit_over": whole, "most": whole})

_auth_record = record(
    {
        "kind": one_of(tuple(AUTH_KINDS)),
        "name": text(),
        "user": anything,
        "secret": text(),
        "id": text(),
        "timestamp": text(),
        "scope": text("https://[a-z0-9./_ :-]+", "the address of a scope"),
        "token": _request,
        "url": text("https://.+", "an https address"),
        "claims": _mapping,
        "rotates": _rotates,
        "lifetime": duration,
    },
    ["kind"],
)


def _auth(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """An authentication has what its kind needs, and nothing that its kind has no use for."""
    yield from _auth_record(value, at, document)
    if not isinstance(value, dict) or value.get("kind") not in AUTH_KINDS:
        return
    needs, may = AUTH_KINDS[value["kind"]]
    for name in needs:
        if name not in value:
            yield wrong(document, at, "M003", f'{value["kind"]} needs "{name}"')
    for name in value:
        if name not in ("kind", *needs, *may):
            yield wrong(document, (*at, name), "M003", f'{value["kind"]} has no use for "{name}"')


_api = record(
    {
        "auth": _auth,
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
                "linger": duration,
                "group_by": list_of(anything),
                "on_reject": _on_reject,
            }
        ),
        "age_limit": duration,
        "rate_limit": record({"requests": whole, "per": duration, "daily": whole}),
        "outcome": _outcomes(Outcome),
        "limits": map_of(_limit, text(r"out(\.[\w*-]+)+", "a path under out")),
        "test_mode": _overlay,
        "dedup": record({"key": anything, "window": duration, "note": text()}),
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


_erasure_record = record(
    {
        "supported": one_of((True, False, "partial")),
        "note": text(),
        "request": _request,
        "steps": list_of(_request, 2),
        "auth": _auth,
        "outcome": _outcomes(Erased),
    },
    ["supported"],
)


def _erasure(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Who can delete says how, and who cannot says why."""
    yield from _erasure_record(value, at, document)
    if not isinstance(value, dict):
        return
    made = [name for name in ("request", "steps") if name in value]
    if value.get("supported") is False:
        for name in (*made, *(key for key in ("auth", "outcome") if key in value)):
            yield wrong(document, (*at, name), "M003", "nothing is sent where erasure is not supported")
        if not value.get("note"):
            yield wrong(document, at, "M001", '"note" is missing: what becomes of the data there')
    elif len(made) != 1:
        yield wrong(document, at, "M001", 'needs either "request" or "steps"')


MANIFEST = record(
    {
        "apiVersion": one_of(("gateway/v1",)),
        "kind": one_of(("Destination",)),
        "metadata": record(
            {
                "id": _name,
                "vendor": text(".+"),
                "company": _name,
                "domains": list_of(text(r"(?:[a-z0-9-]{1,63}\.){1,3}[a-z]{2,24}", "a domain"), 1),
                "country": text("[A-Z]{2}", "a country's code"),
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
        "secrets": map_of(record({"prefix": text(), "optional": _flag, "note": text()})),
        "pixel": one_or_list(_pixel),
        "api": _spoken,
        "erasure": _erasure,
        "tests": list_of(map_of(anything), 1),
    },
    ["apiVersion", "kind", "metadata", "privacy", "api", "tests"],
)
