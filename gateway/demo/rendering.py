"""Render the demo's pages: escaped templates of the package, and headers that keep a page to its own host."""

import secrets
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'{nonce}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Renderer:
    """The templates and static files of `gateway.demo`."""

    def __init__(self) -> None:
        loader = PackageLoader("gateway.demo")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["host"] = lambda url: urlsplit(url).netloc
        folder = files("gateway.demo") / "static"
        self._static = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}

    def page(self, template: str, **values: Any) -> Response:
        """A page. Scripts run only from our own files, or with this answer's nonce."""
        nonce = secrets.token_urlsafe(16)
        text = self._templates.get_template(template).render({"visitor": "", **values, "nonce": nonce})
        return HTMLResponse(
            text, headers={**_HEADERS, "content-security-policy": _POLICY.format(nonce=f" 'nonce-{nonce}'")}
        )

    def static(self, name: str) -> Response:
        """A file of the package, or 404."""
        if name not in self._static:
            return Response("Not Found", 404, _HEADERS, "text/plain")
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        return Response(self._static[name], 200, _HEADERS, kind)
