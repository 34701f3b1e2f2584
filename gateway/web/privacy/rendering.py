"""Render the page: escaped templates of the package in one language, and headers that keep it to its own host."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.web.privacy.speech import Speech, speeches

# `same-origin`, since with `no-referrer` a browser says `Origin: null` of our own forms (Fetch, section 3.2).
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "vary": "accept-language, origin, cookie, sec-gpc, dnt",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_STYLE = {"cache-control": "max-age=3600", "x-content-type-options": "nosniff"}


class Renderer:
    """The templates, the style and the languages of `gateway.web.privacy`."""

    def __init__(self) -> None:
        loader = PackageLoader("gateway.web.privacy")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._style = (files("gateway.web.privacy") / "style.css").read_bytes()
        self.speeches: Mapping[str, Speech] = speeches()

    def page(self, template: str, speech: Speech, status: int = 200, **values: Any) -> Response:
        """A page in a language; its templates say texts by name."""
        told = {"say": speech.say, "code": speech.code, "languages": self.speeches.values(), **values}
        text = self._templates.get_template(template).render(told)
        return HTMLResponse(text, status, {**HEADERS, "content-language": speech.code})

    def style(self) -> Response:
        """The style sheet."""
        return Response(self._style, 200, _STYLE, "text/css; charset=utf-8")


def download(body: str | bytes, name: str, kind: str) -> Response:
    """A file to keep."""
    return Response(body, 200, {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}, kind)


def onward(path: str) -> Response:
    """To another page of ours, which loads again without sending a form again."""
    return RedirectResponse(path, 303, HEADERS)
