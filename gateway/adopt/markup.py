"""Cut a page into its tags and its scripts and style sheets, with the place of each, and forgive what browsers forgive.

It builds no tree and changes nothing. Templates may stand anywhere: the quotes within them end no attribute. What is
for Outlook alone (`<!--[if mso]>`) is read like the rest; other comments hold nothing that is loaded.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.adopt.references import TEMPLATE

_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_TEMPLATE = re.compile(TEMPLATE, re.DOTALL)
_ATTRIBUTE = re.compile(
    rf"""(=?[^\s/>=]+)(?:\s*=\s*(?:"((?>(?>{TEMPLATE}|[^"])*))"|'((?>(?>{TEMPLATE}|[^'])*))'|((?>{TEMPLATE}|[^\s>"'])"""
    rf"""(?>(?>{TEMPLATE}|[^\s>])*))?))?""",
    re.DOTALL,
)
_SPACE = re.compile(r"[\s/]*")
_OUTLOOK = re.compile(r"<!--\[if[^\]]*\]>(?:<!-->|<!-- -->)?", re.IGNORECASE)
# Elements whose content is no markup.
_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_SLASHED = frozenset(("iframe", "textarea", "title"))
_JAVASCRIPT = re.compile(r"\s*|.*(?:javascript|ecmascript|json|module|babel|plain).*", re.IGNORECASE | re.DOTALL)


class Attribute(NamedTuple):
    """An attribute as it is written, from `start`."""

    value: str
    start: int


class Tag(NamedTuple):
    """A start tag; names are in lower case, and of attributes of one name the first counts."""

    name: str
    start: int
    end: int
    attributes: dict[str, Attribute]
    noscript: bool

    def value(self, name: str) -> str:
        """An attribute as it is written, or empty."""
        found = self.attributes.get(name)
        return found.value if found else ""


class Text(NamedTuple):
    """The content of a script (`script`) or style sheet (`style`), or the code of a `template`, from `start`."""

    kind: str
    value: str
    start: int


def parts(page: str) -> Iterator[Tag | Text]:
    """The tags, scripts, style sheets and blocks of template code of a page in their order."""
    place, noscript = 0, False
    endless: set[str] = set()
    while (place := page.find("<", place)) >= 0:
        if page.startswith("</", place):
            noscript = noscript and page[place + 2 : place + 10].lower() != "noscript"
            place += 2
        elif not _NAME.match(page, place + 1):
            end = _past(page, place)
            if page.startswith(("<?", "<%"), place) and end > place + 2:
                yield Text("template", page[place + 2 : end - 2], place + 2)
            place = end
        else:
            tag = _tag(page, place, noscript)
            if tag is None:
                return
            yield tag
            place, noscript = tag.end, noscript or tag.name == "noscript"
            end = _end_of_content(page, tag, endless)
            if end > place and tag.name in ("script", "style"):
                yield Text(tag.name, page[place:end], place)
            place = end


def _past(page: str, place: int) -> int:
    """Behind what begins with `<` and is no tag."""
    if outlook := _OUTLOOK.match(page, place):
        return outlook.end()
    if template := _TEMPLATE.match(page, place):
        return template.end()
    if page.startswith("<!--", place):
        if page.startswith((">", "->"), place + 4):
            return place + 5
        end = page.find("-->", place + 4)
        return end + 3 if end >= 0 else len(page)
    return place + 1


def _tag(page: str, start: int, noscript: bool) -> Tag | None:
    """The tag that begins there; None where it never ends."""
    name = _NAME.match(page, start + 1)
    if name is None:
        return None
    attributes: dict[str, Attribute] = {}
    place = name.end()
    while True:
        space = _SPACE.match(page, place)
        place = space.end() if space else place
        if place >= len(page):
            return None
        if page[place] == ">":
            return Tag(name[0].lower(), start, place + 1, attributes, noscript)
        if template := _TEMPLATE.match(page, place):
            place = template.end()
            continue
        match = _ATTRIBUTE.match(page, place)
        if match is None:
            return None
        group = next((group for group in (2, 3, 4) if match[group] is not None), 0)
        if group:
            attributes.setdefault(match[1].lower(), Attribute(match[group], match.start(group)))
        else:
            attributes.setdefault(match[1].lower(), Attribute("", match.end()))
        place = match.end()


def _end_of_content(page: str, tag: Tag, endless: set[str]) -> int:
    """Where the content of an element that is no markup ends; the end of the tag for every other. `endless` remembers
    elements that end nowhere from here on."""
    if (
        tag.name not in _RAW
        or tag.name in endless
        or (tag.name == "script" and not _JAVASCRIPT.fullmatch(tag.value("type")))
    ):
        return tag.end
    # A page that is written like XML closes them at once, whatever a browser would make of it.
    if tag.name in _SLASHED and page[tag.end - 2] == "/":
        return tag.end
    end = re.compile(rf"</{tag.name}(?=[\s/>])", re.IGNORECASE).search(page, tag.end)
    if end is None:
        endless.add(tag.name)
        return len(page) if tag.name in ("script", "style") else tag.end
    return end.start()
