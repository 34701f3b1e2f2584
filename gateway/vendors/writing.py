"""Write a request: a manifest's template of one, compiled once and filled with what a scope holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from gateway.marked_yaml import Path
from gateway.outbound import Outbound
from gateway.vendors.expressions import Compiler, Run, Scope
from gateway.vendors.flows import Flow
from gateway.vendors.shapes import wrong
from gateway.vendors.urls import UrlTemplate, compile_url

_encode = msgspec.json.Encoder().encode
_encode_anything = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "ndjson": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Template:
    """The compiled `request` of a manifest: its parts, and the data that flows into them."""

    method: str
    url: UrlTemplate
    headers: tuple[tuple[str, Run], ...] = ()
    query: Run | None = None
    query_safe: str = ""
    query_form: str = "query"
    style: str = "json"
    body: Run | None = None
    flows: tuple[Flow, ...] = ()

    def over(self, given: "Overlay | None") -> "Template":
        """The same with the parts of an overlay over its own."""
        if given is None:
            return self
        return replace(
            self,
            url=given.url or self.url,
            headers=(*self.headers, *given.headers),
            query=_merged(self.query, given.query),
            body=_merged(self.body, given.body),
        )


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is changed of a template: another address, and parts that go over its own."""

    url: UrlTemplate | None
    headers: tuple[tuple[str, Run], ...]
    query: Run | None
    body: Run | None
    flows: tuple[Flow, ...]


def compile_template(request: Mapping[str, Any], compiler: Compiler, at: Path) -> Template:
    """The template of a `request`; what is wrong with it goes to the compiler's findings (M006 for its address)."""
    url, flows = _url(request["url"], compiler, at)
    overlay = compile_overlay({name: value for name, value in request.items() if name != "url"}, compiler, at)
    return Template(
        method=request.get("method", "POST"),
        url=url,
        headers=overlay.headers,
        query=overlay.query,
        query_safe=request.get("query_safe", ""),
        query_form=request.get("query_form", "query"),
        style=request.get("style", "json"),
        body=overlay.body,
        flows=flows + overlay.flows,
    )


def compile_overlay(given: Mapping[str, Any], compiler: Compiler, at: Path) -> Overlay:
    """The overlay of a mapping with `url`, `headers`, `query` and `body`, each of which may be missing."""
    url, flows = _url(given["url"], compiler, at) if "url" in given else (None, ())
    parts = {name: compiler.value(given[name], (*at, name)) for name in ("query", "body") if name in given}
    headers = {name: compiler.value(value, (*at, "headers", name)) for name, value in given.get("headers", {}).items()}
    flows += tuple(flow for node in (*parts.values(), *headers.values()) for flow in node.flows)
    runs = {name: node.run for name, node in parts.items()}
    return Overlay(
        url, tuple((name, node.run) for name, node in headers.items()), runs.get("query"), runs.get("body"), flows
    )


def write(template: Template, url: str, scope: Scope) -> Outbound:
    """The request at an address that was made of the template's own."""
    url = with_query(url, template.query(scope) if template.query else None, template.query_safe, template.query_form)
    body = _body(template.body(scope), template.style) if template.body else b""
    headers = {name: header(run(scope)) for name, run in template.headers}
    if body and "content-type" not in map(str.lower, headers):
        headers["content-type"] = _TYPES[template.style]
    return Outbound(template.method, url, headers, body)


def with_query(url: str, query: Mapping[str, Any] | None, safe: str = "", form: str = "query") -> str:
    """The URL with parameters, which some vendors want in its path (`;a=1;b=2?`, `/a:1/b:2`)."""
    if not query:
        return url
    if form == "segments":
        return url.rstrip("/") + _segments(query)
    if form == "matrix":
        return "".join((url, *(f";{name}={quote(str(value), safe=safe)}" for name, value in query.items()), "?"))
    encoded = urlencode({name: str(value) for name, value in query.items()}, safe=safe, quote_via=quote)
    return f"{url}{'&' if '?' in url else '?'}{encoded}"


def encode(value: Any) -> bytes:
    """JSON in UTF-8. What msgspec refuses (integers beyond 64 bits, half a surrogate pair) the slower standard library
    takes, and such a half becomes a question mark."""
    try:
        return _encode(value)
    except (ValueError, TypeError):
        return _encode_anything(value).encode("utf-8", "replace")


def header(value: Any) -> str:
    """A header's value; what could end it or is no ASCII is percent-encoded."""
    text = "" if value is None else str(value)
    return text if text.isascii() and text.isprintable() else quote(text, safe="")


def _url(text: str, compiler: Compiler, at: Path) -> tuple[UrlTemplate, tuple[Flow, ...]]:
    url, flows, problem = compile_url(text, compiler, (*at, "url"))
    if problem:
        compiler.findings.append(wrong(compiler.document, (*at, "url"), "M006", problem))
    return url, flows


def _merged(run: Run | None, over: Run | None) -> Run | None:
    if run is None or over is None:
        return over or run
    return lambda scope: {**(run(scope) or {}), **(over(scope) or {})}


def _body(value: Any, style: str) -> bytes:
    """The body in its style. NDJSON: one line for each element of the only list in it."""
    if style == "form":
        return urlencode(value or {}, quote_via=quote).encode()
    if style == "ndjson":
        rows = next((rows for rows in (value or {}).values() if isinstance(rows, list)), [])
        return b"".join([encode(row) + b"\n" for row in rows])
    return encode(value or {})


def _segments(given: Mapping[str, Any]) -> str:
    """`/name:value` for each, and `/[a:1/b:2]` for each mapping of a list."""
    parts = []
    for name, value in given.items():
        if isinstance(value, list):
            parts += [f"/[{_segments(each)[1:]}]" for each in value if each]
        else:
            parts.append(f"/{quote(name, safe='')}:{quote(str(value), safe='')}")
    return "".join(parts)
