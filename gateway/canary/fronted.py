"""Write hits of a vendor's own pixel from what its manifest knows: an example of its tests, filled with marks."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gateway.canary.marks import Marks
from gateway.canary.requests import Endpoint, Values
from gateway.consent.carriers import NAMES
from gateway.errors import BadRequest
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.pixel import ACCOUNT, Pixel
from gateway.vendors.query import pairs

_PREFIX = "/g/"
_TRACKED = "fb.1.1763890000000"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"

# Writes the text of one parameter with a mark in it.
Fill = Callable[[Values], str]


class _Example(NamedTuple):
    """A hit of a manifest's test: the pixel's own path, its parameters without consent, its body, and its event."""

    path: str
    parameters: Mapping[str, str]
    body: bytes = b""
    event: str = ""

    def read(self, pixel: Pixel, more: Mapping[str, str]) -> str:
        """The event that it is with some parameters changed, or nothing where the pixel does not take it."""
        query = urlencode({**self.parameters, **more})
        method, kind = ("POST", kind_of(self.body)) if self.body else ("GET", "")
        try:
            raws = pixel.read(method, self.path, query, kind, self.body)
        except BadRequest:
            return ""
        return raws[0].name if raws else ""


def fronted(catalogue: Catalogue, pixel: Pixel, wanted: list[str], account: str) -> Endpoint | None:
    """Where hits of a pixel go, and with which parameters; None where no test of its manifest shows one to copy.

    An example of the earliest of the `wanted` events is taken, if there is one. `account` is the operator's own.
    """
    examples = list(_examples(catalogue, pixel))
    if not examples:
        return None
    best = min(examples, key=lambda one: wanted.index(one.event) if one.event in wanted else len(wanted))
    fills = dict(_fills(pixel, best, account))
    path = f"{_PREFIX}{pixel.id}{best.path}"

    def parameters(values: Values) -> dict[str, str]:
        return {**best.parameters, **{name: fill(values) for name, fill in fills.items()}}

    return Endpoint(path, path, pixel.id, best.event, parameters, best.body, kind_of(best.body))


def kind_of(body: bytes) -> str:
    """The content type that fits a body; nothing for none."""
    return "" if not body else _JSON if body.lstrip()[:1] in (b"{", b"[") else _FORM


def _examples(catalogue: Catalogue, pixel: Pixel) -> Iterator[_Example]:
    """Every hit of the manifest's tests that this pixel takes, as a GET where that can be."""
    manifest = catalogue.manifests[catalogue.vendor_of(pixel.id)]
    for test in manifest.document.value["tests"]:
        hit: Mapping[str, Any] = test.get("hit", {})
        method, url, body = hit.get("method", "GET"), hit.get("url", ""), str(hit.get("body") or "")
        found = catalogue.recognise(method, url, body) if url else None
        if found is None or found.pixel != pixel.id:
            continue
        shown = _Example(found.path, _without_consent(found.query), body.encode())
        asked = shown._replace(parameters={**shown.parameters, **_without_consent(body)}, body=b"")
        for example in (asked, shown):
            event = example.read(pixel, {})
            if event:
                yield example._replace(event=event)
                break


def _without_consent(query: str) -> dict[str, str]:
    try:
        return {name: value for name, value in pairs(query) if name not in NAMES} if query else {}
    except BadRequest:
        return {}


def _fills(pixel: Pixel, example: _Example, account: str) -> Iterator[tuple[str, Fill]]:
    """What can be put into each parameter so that it is still the same event, all of it together."""
    probe, filled = Marks(0), dict[str, str]()
    for name, rule in pixel.rules.items():
        for fill in _candidates(rule.targets, account if name in example.parameters else ""):
            text = fill(probe)
            if rule.read(text) and example.read(pixel, {**filled, name: text}) == example.event:
                filled[name] = text
                yield name, fill
                break


def _candidates(targets: tuple[str, ...], account: str) -> Iterator[Fill]:
    """Texts with a mark for a field, in the forms that vendors ask of it; for the account, the operator's."""
    field, kind = targets[0], "|".join(targets)
    if field == ACCOUNT:
        yield from [lambda values: account] if account else []
    elif field in _OF_FIELD:
        yield _OF_FIELD[field]
    elif field.startswith("contact.email"):
        yield lambda values: f"{values['mail']}@mail.example"
    elif field.startswith("contact.phone"):
        yield lambda values: values["phone"]
    elif field.partition(".")[0] in ("id", "click", "utm", "params", "order"):
        yield lambda values: f"{_TRACKED}.{values[kind]}"
        yield lambda values: values[kind]


_OF_FIELD: dict[str, Fill] = {
    "page.url": lambda v: f"https://shop.example/{v['page_path']}?x={v['page_query']}",
    "page.referrer": lambda v: f"https://{v['referer_host']}.example/{v['referer_path']}",
    "page.title": lambda v: v["page.title"],
    "event.id": lambda v: v["event.id"],
    "order.id": lambda v: v["order.id"],
    "utm.campaign": lambda v: v["utm.campaign"],
}
