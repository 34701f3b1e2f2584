"""Write hits of a vendor's own pixel from what its manifest knows: an example of its tests, filled with marks."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from gateway.canary.requests import Endpoint, Values
from gateway.consent.carriers import NAMES
from gateway.errors import BadRequest
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.found import Rule
from gateway.vendors.manifest import Manifest
from gateway.vendors.pixel import ACCOUNT, Pixel
from gateway.vendors.query import pairs

_PREFIX = "/g/"


class _Example(NamedTuple):
    """A hit of a manifest's test: the pixel's own path, its parameters without consent, and the event that it is."""

    path: str
    parameters: Mapping[str, str]
    event: str


def fronted(catalogue: Catalogue, pixel: Pixel, wanted: list[str], account: str) -> Endpoint | None:
    """Where hits of a pixel go, and with which parameters; None where no test of its manifest shows one to copy.

    An example of the earliest of the `wanted` events is taken, if there is one. `account` is the operator's own.
    """
    manifest = catalogue.manifests[catalogue.vendor_of(pixel.id)]
    examples = list(_examples(catalogue, manifest, pixel))
    if not examples:
        return None
    best = min(examples, key=lambda one: wanted.index(one.event) if one.event in wanted else len(wanted))
    path = f"{_PREFIX}{pixel.id}{best.path}"
    return Endpoint(path, path, pixel.id, best.event, lambda values: _filled(pixel, best.parameters, account, values))


def _examples(catalogue: Catalogue, manifest: Manifest, pixel: Pixel) -> Iterator[_Example]:
    for test in manifest.document.value["tests"]:
        hit: Mapping[str, Any] = test.get("hit", {})
        if "url" not in hit or hit.get("body"):
            continue
        found = catalogue.recognise(hit.get("method", "GET"), hit["url"])
        if found is None or found.pixel != pixel.id:
            continue
        try:
            raws = pixel.read("GET", found.path, found.query, "", b"")
        except BadRequest:
            continue
        said = {name: value for name, value in pairs(found.query) if name not in NAMES}
        yield _Example(found.path, said, raws[0].name)


def _filled(pixel: Pixel, example: Mapping[str, str], account: str, values: Values) -> dict[str, str]:
    """The example's parameters, and a mark in each that takes one."""
    filled = dict(example)
    for name, rule in pixel.rules.items():
        if rule.targets[0] == ACCOUNT:
            filled |= {name: account} if account and name in example else {}
            continue
        accepted = next((text for text in _candidates(rule.targets[0], values) if _takes(rule, text)), None)
        if accepted is not None:
            filled[name] = accepted
    return filled


def _takes(rule: Rule, text: str) -> bool:
    return bool(rule.read(text))


def _candidates(field: str, values: Values) -> Iterator[str]:
    """Texts with a mark for a field, in the forms that vendors ask of it."""
    own = _OF_FIELD.get(field)
    if own:
        yield own(values)
    elif field.startswith("contact.email"):
        yield f"{values['mail']}@mail.example"
    elif field.startswith("contact.phone"):
        yield values["phone"]
    elif field.partition(".")[0] in ("id", "click", "utm", "params", "order"):
        yield f"fb.1.1763890000000.{values[field]}"
        yield values[field]


_OF_FIELD: dict[str, Callable[[Values], str]] = {
    "page.url": lambda v: f"https://shop.example/{v['page_path']}?x={v['page_query']}",
    "page.referrer": lambda v: f"https://{v['referer_host']}.example/{v['referer_path']}",
    "page.title": lambda v: v["page.title"],
    "event.id": lambda v: v["event.id"],
    "order.id": lambda v: v["order.id"],
    "utm.campaign": lambda v: v["utm.campaign"],
}
