"""Adopt a page: find what tells third parties about its visitors, and point at the gateway what can be pointed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.adopt.fronting import FILLED, Address, fronted, recognise
from gateway.adopt.leaks import account, classes, clear, parameters
from gateway.adopt.loaders import TAKEN, Loader, called, loaded
from gateway.adopt.markup import Tag, Text, parts
from gateway.adopt.options import Edit, Option, in_script, in_tag
from gateway.adopt.places import Place, places
from gateway.adopt.swap import Swap, in_code, in_element, is_tag, swapped
from gateway.errors import BadRequest
from gateway.vendors.catalogue import Catalogue

# What becomes of a finding.
REWRITTEN, SET, YOURS, LOOK, TAG = "rewrite", "option", "set it yourself", "look at it", "needs the tag"
TAGGED = "the tag instead"

# Elements that load scripts, or fetch them ahead.
_LOADING = frozenset(("script", "iframe", "link"))

# For a host of the gateway that is not known yet.
NO_HOST = "gateway.invalid"

# What a script writes as a member of an object: the form in which vendors are told contacts.
_MEMBER = re.compile(r"""(?<![\w$])['"]?([A-Za-z_][\w.]{0,40})['"]?\s*:\s*(['"])([^'"\n]{3,200})\2""")


class Found(NamedTuple):
    """Something that tells a third party of the visitors. `kind` is pixel, tag or call; `at` its place in the page.

    `action` says what becomes of it, `why` the reason where that is left to a person. `leaks` is class → parameters,
    `clear` kind of personal data → parameters. `confirm`: the address alone tells the vendor, not the host.
    """

    kind: str
    id: str
    vendor: str
    at: int
    tier: str
    action: str
    why: str = ""
    confirm: bool = False
    host: str = ""
    account: str = ""
    event: str = ""
    leaks: Mapping[str, tuple[str, ...]] = {}
    clear: Mapping[str, tuple[str, ...]] = {}
    referrer: str = ""
    queue: str = ""
    option: str = ""


@dataclass(slots=True)
class _Page:
    text: str
    host: str
    catalogue: Catalogue
    found: list[Found] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    swaps: list[Swap] = field(default_factory=list)
    opening: int = 0  # where the element begins that is read
    tagged: bool = False


class Adopted(NamedTuple):
    """A page after adoption, and what was found in it, in its order."""

    text: str
    found: tuple[Found, ...]


def adopt(text: str, catalogue: Catalogue, host: str = "", kind: str = "markup") -> Adopted:
    """Adopt a page (`markup`), a `script` or a `style` sheet for the gateway at `host`; without a host nothing changes.

    Doing it again changes nothing more.
    """
    page = _Page(text, host or NO_HOST, catalogue)
    for part in parts(text) if kind == "markup" else [Text(kind, text, 0)]:
        if isinstance(part, Tag):
            page.opening = part.start
        for place in places(part):
            _look(page, place)
        if isinstance(part, Tag):
            page.tagged = page.tagged or is_tag(part, page.host)
            page.options += in_tag(part, page.host)
        elif part.kind == "script":
            _script(page, part)
    instead = swapped(page.swaps, text, page.host, tagged=page.tagged) if kind == "markup" else []
    return _done(page, instead) if host else Adopted(text, _done(page, instead).found)


def _done(page: _Page, instead: list[Edit]) -> Adopted:
    """The tag takes Google's calls too: where it is, no option of Google's own script is set beside it."""
    tag = page.tagged or bool(instead)
    options = [option for option in page.options if not (tag and option.loader == "google_tag")]
    pointed = {option.loader for option in options if option.edit or option.done}
    edits = [*page.edits, *instead, *(option.edit for option in options if option.edit)]
    away = {swap.loader.id for swap in page.swaps if instead and swap.loader.queue in TAKEN}
    away |= {each.id for each in page.found if tag and each.kind == "call" and each.queue in TAKEN}
    found = [_told(each, pointed, away) for each in sorted(page.found, key=lambda each: each.at)]
    return Adopted(_edited(page.text, edits), tuple(found))


def _told(each: Found, pointed: set[str], away: set[str]) -> Found:
    if each.id in away:
        return each._replace(
            tier="C", action=TAGGED, why="/gw.js takes its calls in the place of its script", option=""
        )
    return each._replace(action=SET) if each.option and each.id in pointed else each


def _look(page: _Page, place: Place) -> None:
    address = recognise(place, page.catalogue, page.host)
    if address is None:
        if place.where in _LOADING:  # a script is searched as a whole
            for seen in loaded(place.text):
                page.found.append(_loader(page, seen.loader, "tag", place.read.at[place.first]))
                page.swaps.append(in_element(seen.loader, place, page.opening, page.host))
        return
    why = _not_rewritten(place, address)
    if not why:
        page.edits.append(fronted(place, address, page.host, page.text))
    query, pixel = address.query, address.pixel
    given = parameters(pixel, address.path, query)
    page.found.append(
        Found(
            "pixel", pixel.id, page.catalogue.vendor_of(pixel.id), place.read.at[place.first],
            "D" if place.where == "code" else "A", LOOK if why else REWRITTEN, why,
            confirm=not address.sure, host="" if address.blind else address.host,
            account=account(pixel, address.path, query), event=_event(address),
            leaks=classes(pixel, address.path, query),
            clear=clear([(name, value) for name, value in given if FILLED not in value]),
            referrer=place.referrer,
        )
    )  # fmt: skip


def _not_rewritten(place: Place, address: Address) -> str:
    """Why a person must look at it; empty where it can be rewritten."""
    if address.blind:
        return "a template gives its host"
    if place.where == "code":
        return "it stands in code"
    if place.where == "script" and address.pixel.reply != "js":
        return "it is loaded as a script, and the gateway answers with none"
    return ""


def _event(address: Address) -> str:
    """Which event it is; empty where that cannot be read, or a template decides."""
    names = {_name(address, filled) for filled in ("1234567", "7654321")}
    return names.pop() if len(names) == 1 else ""


def _name(address: Address, filled: str) -> str:
    path, query = address.path.replace(FILLED, filled), address.query.replace(FILLED, filled)
    try:
        return address.pixel.read("GET", path, query, "", b"")[0].name
    except BadRequest:
        return ""


def _script(page: _Page, script: Text) -> None:
    page.options += in_script(script.value, script.start, page.host)
    seen = [*loaded(script.value), *called(script.value)]
    tags = {each.loader.id for each in seen if each.kind == "tag"}
    personal = clear((match[1], match[3]) for match in _MEMBER.finditer(script.value))
    for each in seen:
        if each.kind == "tag":
            page.swaps.append(in_code(each.loader, script.value, script.start, page.opening, page.host))
        if each.kind == "call" and each.loader.id in tags:
            continue
        found = _loader(page, each.loader, each.kind, script.start + each.at)
        page.found.append(found._replace(clear=personal))


def _loader(page: _Page, loader: Loader, kind: str, at: int) -> Found:
    option = loader.option.format(host=page.host) if loader.option else ""
    action, why = YOURS, ""
    if loader.tier == "C":
        taken = loader.queue in TAKEN
        action = TAG if taken else LOOK
        why = f"its script cannot be pointed elsewhere: /gw.js {'takes' if taken else 'does not take'} its calls"
    return Found(kind, loader.id, loader.vendor, at, loader.tier, action, why, queue=loader.queue, option=option)


def _edited(text: str, edits: list[Edit]) -> str:
    return "".join(_pieces(text, sorted(edits)))


def _pieces(text: str, edits: list[Edit]) -> Iterator[str]:
    place = 0
    for edit in edits:
        if edit.start < place:  # the same address twice, such as an attribute that is given again
            continue
        yield text[place : edit.start]
        yield edit.text
        place = edit.end
    yield text[place:]
