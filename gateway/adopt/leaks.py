"""Tell what the parameters of a pixel say about people, by the classes of its manifest."""

import re
from collections.abc import Iterable, Iterator, Mapping

from gateway.anonymise.scrub.detect import spans
from gateway.anonymise.scrub.labels import Label
from gateway.errors import BadRequest
from gateway.vendors.flows import class_of
from gateway.vendors.pixel import ACCOUNT, KEPT, MAX_DEPTH, NAME, Pixel
from gateway.vendors.query import pairs

UNNAMED = "unnamed"  # no rule: the gateway passes nothing of it on
UNREADABLE = "unreadable"

_PERSONAL = frozenset(
    (
        Label.EMAIL, Label.EMAIL_HASH, Label.PHONE, Label.PHONE_HASH, Label.NAME_HASH, Label.PERSON_NAME, Label.DOB,
        Label.CREDIT_CARD, Label.IBAN, Label.PASSWORD, Label.JWT, Label.AUTH_TOKEN, Label.ADDRESS, Label.POSTCODE,
        Label.IP, Label.GEO_COORD, Label.USER_ID, Label.ONLINE_ID, Label.DEVICE_ID, Label.NATIONAL_ID,
    )
)  # fmt: skip
_ROUTING = {ACCOUNT: "account"}


def parameters(pixel: Pixel, path: str, query: str) -> list[tuple[str, str]]:
    """What a request says by name, packed parameters unpacked; empty where it cannot be read."""
    found: list[tuple[str, str]] = []
    try:
        given = [*pairs(query.replace("&amp;", "&"))] if query else []
        match = pixel.route.path.fullmatch(path)
        if match:
            given += [(name, match[at] or "") for at, name in enumerate(pixel.route.path_params, 1)]
        found += _unpacked(pixel, given, 0)
    except BadRequest:
        return []
    return found


def classes(pixel: Pixel, path: str, query: str) -> dict[str, tuple[str, ...]]:
    """Class of data → the names of the parameters that carry it, in order of appearance. `unnamed` is what the manifest
    does not know: the vendor gets it from the page, and nothing of it through the gateway. The address of a mail's
    image is made for one reader: what is not known of it, and its path, is the reader's."""
    said = parameters(pixel, path, query)
    if query and not said:
        return {UNREADABLE: ()}
    mail = "email_open" in (pixel.names.whatever, pixel.names.absent)
    found: dict[str, list[str]] = {"visitor_id": ["path"]} if mail and not query else {}
    for name, value in said:
        for kind in _of(pixel, name, "visitor_id" if mail else UNNAMED) if value else ():
            if name not in found.setdefault(kind, []):
                found[kind].append(name)
    return {kind: tuple(names) for kind, names in sorted(found.items())}


def account(pixel: Pixel, path: str, query: str) -> str:
    """The account a request names, or empty."""
    for name, value in parameters(pixel, path, query):
        rule = pixel.rules.get(name)
        if rule and ACCOUNT in rule.targets and rule.read(value) is not None:
            return str(rule.read(value))
    return ""


def clear(values: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Kind of personal data → the names of the values that hold it: clear, or as a hash of somebody's contact."""
    found: dict[str, list[str]] = {}
    for name, value in values:
        # With its name before it, for what it is often shows in the name alone.
        for span in spans(f"{name}={value}", "query"):
            if span.label in _PERSONAL and name not in found.setdefault(span.label.value, []):
                found[span.label.value].append(name)
    return {kind: tuple(names) for kind, names in sorted(found.items())}


def _unpacked(pixel: Pixel, given: Iterable[tuple[str, str]], depth: int) -> Iterator[tuple[str, str]]:
    for name, value in given:
        rule = pixel.rules.get(name)
        if rule is not None and rule.mode == "packed" and depth < MAX_DEPTH:
            inner: Iterable[tuple[str, str]] = rule.read(value) or ()
            yield from _unpacked(pixel, [(rule.targets[0] + at, each) for at, each in inner], depth + 1)
        else:
            yield name, value


def _of(pixel: Pixel, name: str, unknown: str) -> set[str]:
    rules: Mapping[str, object] = pixel.rules
    if name not in rules:
        return {unknown}
    targets = [
        target for target in pixel.rules[name].targets if not re.match(rf"{NAME}[0-9]|{re.escape(KEPT)}", target)
    ]
    return {_ROUTING.get(target) or class_of(target) for target in targets} or {"event"}
