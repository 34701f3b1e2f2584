"""`gateway consent`: decode consent strings, and read what a request says about its visitor."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, BinaryIO

import click

from gateway.cli.commands import Commands
from gateway.consent.carriers import find
from gateway.consent.cmp.config import WrongConfig
from gateway.consent.cmps import Cmp, parse_cmps
from gateway.consent.invalid import Invalid
from gateway.consent.kind import kind_of
from gateway.consent.request_json import Request, View, show_request, view_of
from gateway.consent.string_json import KINDS

MAX_SHOWN = 20
# Views of the requests of so many differently configured sites are kept; each takes longer than a request.
MAX_VIEWS = 64
# The kind of a text that looks like none.
UNKNOWN = "unknown"


class NoRequest(click.ClickException):
    """A line of the input that describes no request."""

    exit_code = 2


@click.group("consent", cls=Commands)
def consent() -> None:
    """Decode consent strings, and read what a request says about its visitor."""


@consent.command("decode")
@click.argument("string", required=False)
@click.option("--kind", type=click.Choice(sorted(KINDS)), help="What it is. Without it, each is recognised.")
@click.option("--json", "json_", is_flag=True, help="One JSON object a line, with the official libraries' names.")
def decode(string: str | None, kind: str | None, json_: bool) -> None:
    """Show every field of a consent string, or of many, one a line, from standard input.

    It says what is written; whether a policy takes it for a yes depends on more. Exit code 1 where one is invalid.
    """
    found_wrong = False
    texts = _lines(sys.stdin.buffer) if string is None else iter([string])
    for text in texts:
        found, shown = _shown(text, kind)
        found_wrong = found_wrong or isinstance(shown, Invalid)
        click.echo(_as_json(found, shown) if json_ else _as_text(found, shown))
    sys.exit(1 if found_wrong else 0)


@consent.command("read")
@click.argument("requests", type=click.File("rb"), default="-")
@click.option("--json", "json_", is_flag=True, help="One JSON object a line. There is no other form.")
def read(requests: BinaryIO, json_: bool) -> None:
    """Read what requests say, one JSON object a line: cookie_header, headers, url, body, config, now.

    Without a policy every source that is known may say yes, and the purposes are categories. The gateway's own receipt
    needs the gateway's key and is passed over. Exit code 2 where a line is no request.
    """
    del json_
    cmps = parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
    views: dict[str, View] = {}
    for number, line in enumerate(_lines(requests), 1):
        try:
            record = json.loads(line)
            request, view = _request(record), _view(record, cmps, views)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise NoRequest(f"line {number} describes no request: {_why(error)}") from None
        click.echo(json.dumps(show_request(request, view), ensure_ascii=False))


def _why(error: Exception) -> str:
    """What is wrong with a line, in words where there are any."""
    if isinstance(error, WrongConfig):
        return f"config: {error.key}: {error}"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON ({error.msg.lower()})"
    return "a value of another kind than the field has"


def _view(record: dict[str, Any], cmps: Mapping[str, Cmp], views: dict[str, View]) -> View:
    """How to look at the request; `views` are those of before, by what was said of the platforms."""
    config = record.get("config") or {}
    if not isinstance(config, dict):
        raise TypeError
    key = json.dumps(config)
    if key not in views:
        if len(views) >= MAX_VIEWS:
            views.clear()
        views[key] = view_of(config, cmps)
    return views[key]


def _lines(stream: BinaryIO) -> Iterator[str]:
    for line in stream:
        yield line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _now() -> float:
    return time.time()


def _shown(text: str, kind: str | None) -> tuple[str, dict[str, Any] | Invalid]:
    """Its kind, and its fields or why it has none."""
    found = kind or kind_of(text)
    if found is None:
        return UNKNOWN, Invalid("like no consent string; some kinds can only be read with --kind")
    return found, KINDS[found](text, _now())


def _as_json(kind: str, shown: dict[str, Any] | Invalid) -> str:
    if isinstance(shown, Invalid):
        return json.dumps({"kind": kind, "invalid": shown.reason})
    return json.dumps({"kind": kind, "value": shown})


def _as_text(kind: str, shown: dict[str, Any] | Invalid) -> str:
    if isinstance(shown, Invalid):
        return f"{kind}: invalid: {shown.reason}"
    return "\n".join([f"{kind}:", *_fields(shown, "  ")])


def _fields(shown: dict[str, Any], margin: str) -> Iterator[str]:
    """A line for each field, those of a field with fields indented below it."""
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        if isinstance(value, dict):
            yield f"{margin}{name}:"
            yield from _fields(value, margin + "  ")
        else:
            yield f"{margin}{name:<{width}}  {_words(value)}"


def _words(value: Any) -> str:
    """A value on one line; of many ids the first are enough."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(each)}" for name, each in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(map(_words, value))
    if isinstance(value, list) and len(value) > MAX_SHOWN:
        return f"{' '.join(map(str, value[:MAX_SHOWN]))} … ({len(value)})"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "absent" if value is None else str(value)


def _request(record: Any) -> Request:
    """The request a line describes. ValueError or TypeError where it describes none."""
    if not isinstance(record, dict):
        raise TypeError
    headers: dict[bytes, list[bytes]] = {}
    given = record.get("headers") or {}
    for name, value in given.items() if isinstance(given, dict) else given:
        values = value if isinstance(value, list) else [value]
        headers.setdefault(_bytes(name).lower(), []).extend(_bytes(each) for each in values)
    if record.get("cookie_header"):
        headers.setdefault(b"cookie", []).append(_bytes(record["cookie_header"]))
    path, _, query = _text(record.get("url")).partition("#")[0].partition("?")
    carried = find(path, query, _body(record.get("body")))
    return Request(headers, _moment(record.get("now")), carried)


def _text(value: Any) -> str:
    """An address as it travels: latin-1 decoded bytes."""
    return "" if value is None else _bytes(value).decode("latin-1")


def _body(value: Any) -> bytes:
    """A body as text, or as the object that the text would be."""
    if value is None:
        return b""
    return _bytes(value) if isinstance(value, str) else json.dumps(value).encode()


def _bytes(text: Any) -> bytes:
    """Header text as it travels: latin-1 where it is that, else UTF-8."""
    if not isinstance(text, str):
        raise TypeError
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _moment(value: Any) -> float:
    if value is None:
        return _now()
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(value)
