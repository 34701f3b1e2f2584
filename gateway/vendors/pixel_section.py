"""Compile the pixel section of a manifest: one decode table, one pixel per route."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.vendors import contact
from gateway.vendors.decoders import DECODERS
from gateway.vendors.flows import FREE, class_of
from gateway.vendors.found import Rule
from gateway.vendors.joined import Joined
from gateway.vendors.lines import Lines
from gateway.vendors.packing import PACKINGS
from gateway.vendors.page_address import page_address
from gateway.vendors.pixel import KEPT, NAME, EventNames, Pixel, Route, Twins
from gateway.vendors.shapes import seconds, wrong
from gateway.vendors.unguarded import let_through
from gateway.vendors.unguarded import problems as unguarded

_SERIES = re.compile(r"(.*)\{([0-9]{1,3})\.\.([0-9]{1,3})\}")


# Hosts that are nobody's: what would take one of them for its own takes any.
_ANY_HOST = ("shop.example", "www.shop.example", "example.com", "cdn.example.org", "a.b-c.example.net", "localhost", "")
_ANY_PATH = "/a-page/of/the-shop.html"
# What the gateway's own endpoints are called where destinations name their sources.
_OWN = ("events", "mail", "pixel")


def sections(value: Mapping[str, Any]) -> list[tuple[Path, Mapping[str, Any]]]:
    """The pixel sections of a manifest with their places; there may be none, one, or a list of them."""
    given = value.get("pixel") or []
    if isinstance(given, list):
        return [(("pixel", index), section) for index, section in enumerate(given)]
    return [(("pixel",), given)]


def kept_names(value: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that an event of some pixel keeps as they came."""
    every = [section["params"].items() for _, section in sections(value)]
    return frozenset(name for params in every for name, given in params if "keep" in given)


def compile_pixels(value: Mapping[str, Any], document: Document) -> tuple[tuple[Pixel, ...], list[Finding]]:
    """The pixels of a manifest, and what is wrong with their sections."""
    pixels: list[Pixel] = []
    findings: list[Finding] = []
    for at, section in sections(value):
        problems = list(_problems(section, at, document))
        findings += problems
        pixels += [] if problems else _section(section)
    return tuple(pixels), findings


def _section(pixel: Mapping[str, Any]) -> Iterator[Pixel]:
    words = _words(pixel)
    parts: list[Joined | Lines] = [
        Joined(field, text, _reader_of(field)) for field, text in pixel.get("join", {}).items()
    ]
    parts += [_lines(pixel["lines"])] if "lines" in pixel else []
    rules = dict(_rules(pixel["params"], words))
    for part in parts:
        rules |= dict(part.rules())
    page = page_address({name: Rule((field,), _reader_of(field)) for name, field in pixel.get("page", {}).items()})
    names, needs = _names(pixel["event"], len(words)), tuple(pixel.get("needs", {}).items())
    kept = tuple(sorted(KEPT + name for name, given in pixel["params"].items() if "keep" in given))
    each = _each(pixel)
    nameless = pixel.get("account") == "none"
    for route in pixel["routes"]:
        yield Pixel(
            route["pixel"], pixel["response"], _route(route), pixel["body"], names, rules, page, kept, needs, nameless,
            each, tuple(parts), twins=_twins(pixel, route["pixel"]),
        )  # fmt: skip


def _reader_of(field: str) -> Callable[[str], Any]:
    """How a field is read that no parameter is: of the page's own address, or put together of several."""
    if field.startswith("click."):
        return DECODERS["word"]
    if class_of(field) in FREE:
        return DECODERS["label"]
    return DECODERS["url" if field in ("page.url", "page.referrer") else "text"]


def _each(pixel: Mapping[str, Any]) -> re.Pattern[str] | None:
    """A list and a place in it at the beginning of a dotted path; the empty path is that of the document."""
    given = pixel.get("each", [])
    paths = [re.escape(f"{path}.") if path else "" for path in ([given] if isinstance(given, str) else given)]
    return re.compile(rf"({'|'.join(paths)})([0-9]{{1,4}})(?=\.|\Z)") if paths else None


def _twins(pixel: Mapping[str, Any], name: str) -> Twins | None:
    """The twins of one pixel, or None. What is kept of the event or its account tells one action from another."""
    given = pixel.get("twins")
    if given is None:
        return None
    kept = tuple(name for name, param in pixel["params"].items() if param.get("keep") in ("event", "account"))
    return Twins(
        given.get("as", name), seconds(given["within"]), tuple(given.get("by", ())), kept, tuple(given.get("sides", ()))
    )


def _lines(given: Mapping[str, Any]) -> Lines:
    named = given.get("columns", {})
    columns = {field: tuple([names] if isinstance(names, str) else names) for field, names in named.items()}
    return Lines(
        columns, given.get("separator", ""), bool(given.get("minor")), given.get("discount", ""), given.get("value", "")
    )


def _words(pixel: Mapping[str, Any]) -> list[str]:
    """The parameters that hold the vendor's word for an event, the one that counts first in front."""
    param = pixel["event"].get("param", [])
    return [param] if isinstance(param, str) else list(param)


def _names(event: Mapping[str, Any], words: int) -> EventNames:
    like = tuple((re.compile(pattern), name) for pattern, name in event.get("like", {}).items())
    given = tuple(event.get("given", {}).items())
    identified = frozenset(event.get("identified", ()))
    strip = re.compile(rf"\A(?:{event['strip']})") if "strip" in event else None
    named, whatever, absent = event.get("names", {}), event.get("whatever", ""), event.get("absent", "")
    return EventNames(named, whatever, absent, like, given, words, identified, strip)


def _route(route: Mapping[str, Any]) -> Route:
    return Route(
        route["pixel"],
        re.compile(route["host"]),
        re.compile(route["path"]),
        frozenset(route["methods"]),
        {name: re.compile(pattern) for name, pattern in route["require"].items()},
        re.compile(route["besides"]) if "besides" in route else None,
        bool(route.get("branded")),
        tuple(f"path:{name}" for name in route.get("path_params", ())),
    )


def _rules(params: Mapping[str, Any], words: Sequence[str]) -> Iterator[tuple[str, Rule]]:
    """Every spelling of every parameter with its rule."""
    for name, given in ({word: {} for word in words} | dict(params)).items():
        targets = _targets(given)
        targets += [KEPT + name] if "keep" in given else []
        targets += [f"{NAME}{words.index(name)}"] if name in words else []
        rule = _rule_of(name, given, tuple(targets))
        for spelling in _series(name):
            yield spelling, rule
            # Browsers write the brackets of `cd[value]` encoded, snippets write them plain.
            yield spelling.replace("[", "%5B").replace("]", "%5D"), rule


def _targets(given: Mapping[str, Any]) -> list[str]:
    """Where a parameter leads: a field, several, or none."""
    return [given["to"]] if isinstance(given.get("to"), str) else list(given.get("to", []))


def _rule_of(name: str, given: Mapping[str, Any], targets: tuple[str, ...]) -> Rule:
    if "unpack" in given:
        return Rule((given.get("under", f"{name}."),), PACKINGS[given["unpack"]], "packed")
    return _contact(given["as"], targets[0]) if _is_contact(given) else _rule(given, targets)


def _rule(given: Mapping[str, Any], targets: tuple[str, ...]) -> Rule:
    return Rule(targets, _reader(given), "gather" if given.get("gather") else given.get("wins", "first"))


def _is_contact(given: Mapping[str, Any]) -> bool:
    return given.get("as") in (contact.EMAIL, contact.PHONE)


def _contact(kind: str, hashed: str) -> Rule:
    """One value, clear or hashed, for every field of its kind."""
    return Rule(contact.fields_of(kind), lambda value: contact.fields(kind, value, hashed), "fields")


def _series(name: str) -> Iterator[str]:
    """`pr{1..200}` stands for pr1 to pr200."""
    match = _SERIES.fullmatch(name)
    if not match:
        yield name
        return
    for number in range(int(match[2]), int(match[3]) + 1):
        yield f"{match[1]}{number}"


def _reader(given: Mapping[str, Any]) -> Callable[[str], Any]:
    convert = DECODERS[given.get("as", "text")]
    if "match" not in given:
        return convert
    matches = re.compile(given["match"]).fullmatch
    if "as" not in given:
        return lambda value: value if matches(value) else None
    return lambda value: convert(value) if matches(value) else None


def _problems(pixel: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    for name, given in pixel["params"].items():
        yield from _parameter_problems(given, (*at, "params", name), document)
    yield from _pieced_problems(pixel, at, document)
    for index, route in enumerate(pixel["routes"]):
        yield from _route_problems(route, (*at, "routes", index), document)
    if pixel.get("account") != "none":
        yield from _account_problems(pixel, at, document)
    if not pixel["event"].keys() & {"param", "given", "absent"}:
        yield wrong(document, (*at, "event"), "M008", "tells no event: it needs `param`, `given` or `absent`")


def _route_problems(route: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    """A pixel takes no request for its own that could be anybody's."""
    matches = re.compile(route["host"]).fullmatch
    if not route.get("branded") and any(map(matches, _ANY_HOST)):
        message = "takes any host for the vendor's"
        yield wrong(document, (*at, "host"), "M008", message, "`branded: true` where the host is the customer's own")
    if route.get("branded") and not route["require"] and re.fullmatch(route["path"], _ANY_PATH):
        yield wrong(document, (*at, "path"), "M008", "takes any page of a customer's own host for a pixel")
    if route["pixel"] in _OWN:
        yield wrong(document, (*at, "pixel"), "M008", f'"{route["pixel"]}" is a source of the gateway\'s own')


def _pieced_problems(pixel: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    """What is taken of the page's address, or put together, is read as its field is."""
    fields = [(("page", name), field) for name, field in pixel.get("page", {}).items()]
    fields += [(("join", field), field) for field in pixel.get("join", {})]
    for place, field in fields:
        for problem in unguarded([field], _reader_of(field)):
            yield wrong(document, (*at, *place), "M008", problem)


def _parameter_problems(given: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    if "unpack" in given or "under" in given:
        if not {"unpack"} <= set(given) <= {"unpack", "under"}:
            yield wrong(document, at, "M008", "`unpack` stands alone, or with `under`", "name what is within instead")
        return
    if not ("to" in given or "keep" in given):
        yield wrong(document, at, "M008", "says neither `to` nor `keep`", "what is not named is dropped anyway")
    if "to" in given and not ("as" in given or "match" in given):
        yield wrong(document, at, "M008", "says neither `as` nor `match`: anything could come in")
    yield from _contact_problems(given, at, document) if _is_contact(given) else _read_problems(given, at, document)
    if "keep" in given:
        yield from _kept_problems(given, at, document)


def _account_problems(pixel: Mapping[str, Any], at_: Path, document: Document) -> Iterator[Finding]:
    accounts = [name for name, given in pixel["params"].items() if given.get("to") == "account"]
    if not accounts:
        yield wrong(document, (*at_, "params"), "M008", "no parameter leads to the account")
    for index, route in enumerate(pixel["routes"]):
        at, groups = (*at_, "routes", index), [f"path:{name}" for name in route.get("path_params", ())]
        if not (_is_account_sure(route, accounts, pixel["body"]) or set(accounts) & set(groups)):
            yield wrong(document, at, "M008", "the account's parameter must be required")
        if groups and len(groups) != re.compile(route["path"]).groups:
            yield wrong(document, at, "M008", "`path_params` names every group of `path`", "(?:…) is none")


def _is_account_sure(route: Mapping[str, Any], accounts: Sequence[str], body: str) -> bool:
    """Whether a request of the route is sure to name an account. On a vendor's own host it may name it in one of
    several ways, or within a body or a packed value; a hit that names none is refused when it is read."""
    within = len(accounts) > 1 or body in ("json", "any") or any("." in name or ":" in name for name in accounts)
    return set(accounts) <= set(route["require"]) or (within and not route.get("branded"))


def _read_problems(given: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    for problem in unguarded(_targets(given), _reader(given)):
        yield wrong(document, at, "M008", problem, "read it as something narrower, or `match` what it may be")


def _contact_problems(given: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    if set(given) != {"to", "as"} or given["to"] not in contact.fields_of(given["as"]):
        message = f"`as: {given['as']}` stands alone, with `to` the one contact field that its hashes are of"
        yield wrong(document, at, "M008", message)


def _kept_problems(given: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    """A kept parameter is relayed as the page sent it, so its pattern must keep out what is personal (M009)."""
    if "match" not in given or "as" in given:
        yield wrong(document, at, "M009", "what is kept needs a `match` and no `as`")
        return
    sample = let_through(re.compile(given["match"]).fullmatch)
    if sample:
        yield wrong(document, (*at, "match"), "M009", f'the pattern would let "{sample}" through')
