"""Find the addresses that a page makes a browser or a mail program call by itself."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.adopt.markup import Tag, Text
from gateway.adopt.references import HOLE, Read, read_attribute, read_plain

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_SETS = ("srcset", "data-srcset", "imagesrcset")
_IMAGE = ("src", *_LAZY)
# Element -> the attributes whose address is called without a click. `background` is read of every one: mails use it.
_CALLED = {
    "img": _IMAGE, "image": (*_IMAGE, "href", "xlink:href"), "amp-img": _IMAGE, "amp-pixel": _IMAGE, "input": _IMAGE,
    "iframe": _IMAGE, "frame": _IMAGE, "amp-iframe": _IMAGE, "embed": _IMAGE, "source": _IMAGE, "track": ("src",),
    "audio": ("src",), "video": ("src", "poster"), "object": ("data",), "v:image": ("src",), "v:imagedata": ("src",),
    "v:fill": ("src",), "bgsound": ("src",), "script": ("src",), "link": ("href",),
}  # fmt: skip
_LOADING = re.compile(r"(?:^|\s)(?:preload|prefetch|prerender|icon|stylesheet)(?:\s|$)", re.IGNORECASE)
_CSS = re.compile(r"""url\(\s*(?:"([^"\\]*)"|'([^'\\]*)'|([^\s"'()\\]+))\s*\)""", re.IGNORECASE)
_CANDIDATE = re.compile(rf"(?:[^\s,{HOLE}]|{HOLE})(?:\S*[^\s,])?")
_SCRIPT_URL = re.compile(r"""(?:https?:)?(?://|\\/\\/)[A-Za-z0-9.-]+(?:\\?/)[^\s"'`<>\\)]*(?:\\/[^\s"'`<>\\)]*)*""")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:width|height)\s*:\s*[01](?:px)?\s*(?:!|;|$)", re.I)


class Place(NamedTuple):
    """An address of a page: `text` as a browser reads it (with holes), at `start` to `end` of the page.

    `where` is the element, or `style` for a style sheet and `code` for a script. `unseen` says that nobody would
    see what is loaded, `referrer` what of the page's address the host is told.
    """

    where: str
    read: Read
    first: int
    last: int
    unseen: bool
    referrer: str

    @property
    def text(self) -> str:
        """The address as it is read, with holes."""
        return self.read.text[self.first : self.last]


def places(part: Tag | Text) -> Iterator[Place]:
    """The addresses of a tag, a style sheet or a script, in their order."""
    if isinstance(part, Tag):
        yield from _of_tag(part)
    elif part.kind == "style":
        yield from _in_css(read_plain(part.value, part.start), "style", unseen=False)
    else:
        yield from _in_script(part)


def _of_tag(tag: Tag) -> Iterator[Place]:
    unseen, referrer = _unseen(tag), _referrer(tag)
    called = _CALLED.get(tag.name, ())
    if tag.name == "link" and not _LOADING.search(tag.value("rel")):
        called = ()
    for name in (*called, "background"):
        if name in tag.attributes:
            read = read_attribute(*tag.attributes[name])
            text = read.text
            first = len(text) - len(text.lstrip(" \t\r\n\f"))
            yield Place(tag.name, read, first, max(first, len(text.rstrip(" \t\r\n\f"))), unseen, referrer)
    for name in _SETS:
        if name in tag.attributes:
            read = read_attribute(*tag.attributes[name])
            for match in _CANDIDATE.finditer(read.text):
                yield Place(tag.name, read, match.start(), match.end(), unseen, referrer)
    if "style" in tag.attributes:
        yield from _in_css(read_attribute(*tag.attributes["style"]), "style", unseen=unseen)


def _in_css(read: Read, where: str, *, unseen: bool) -> Iterator[Place]:
    for match in _CSS.finditer(read.text):
        group = match.lastindex or 0
        yield Place(where, read, match.start(group), match.end(group), unseen, "origin")


def _in_script(text: Text) -> Iterator[Place]:
    read = read_plain(text.value, text.start)
    for match in _SCRIPT_URL.finditer(read.text):
        yield Place("code", read, match.start(), match.end(), unseen=False, referrer="origin")


def _unseen(tag: Tag) -> bool:
    """Whether nobody sees the element: no larger than a pixel, hidden, or for browsers without scripts alone."""
    tiny = any(tag.value(side).strip().removesuffix("px") in ("0", "1") for side in ("width", "height"))
    return tiny or tag.noscript or "hidden" in tag.attributes or bool(_UNSEEN.search(tag.value("style")))


def _referrer(tag: Tag) -> str:
    """What of the page's address the element tells its host, if the page sets no policy of its own."""
    policy = tag.value("referrerpolicy").strip().lower()
    if policy in ("no-referrer", "same-origin"):
        return "nothing"
    return "whole address" if policy in ("unsafe-url", "no-referrer-when-downgrade") else "origin"
