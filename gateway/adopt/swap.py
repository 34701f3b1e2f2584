"""Put the gateway's tag in the place of vendors' scripts whose calls it takes, or in the place of none of them.

Two that take the same calls would count everything twice. So a page gets the tag only where each script whose calls the
tag would take is one that can be replaced, and nothing else hangs on it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.adopt.loaders import TAKEN, Loader
from gateway.adopt.markup import Tag
from gateway.adopt.options import Edit
from gateway.adopt.places import Place

# The scripts that do nothing but send what they are called for. HubSpot's has forms and chats, Tag Manager's has more.
_REPLACED = frozenset(("meta", "google_tag", "linkedin", "x", "tiktok", "pinterest", "snap", "reddit", "uet"))


class Swap(NamedTuple):
    """A vendor's script that a page loads. `edit` puts the tag's address in the place of its own; None where that is
    not sure to be an address and nothing more. `opening` is where the element begins that loads it or holds the code.
    """

    loader: Loader
    edit: Edit | None
    opening: int


def tag_address(host: str) -> str:
    """Where the tag is."""
    return f"https://{host}/gw.js"


def is_tag(tag: Tag, host: str) -> bool:
    """Whether an element loads the tag."""
    return tag.name == "script" and tag.value("src").strip().partition("?")[0] == tag_address(host)


def in_element(loader: Loader, place: Place, opening: int, host: str) -> Swap:
    """The swap of a script that an element loads by its address."""
    at = place.read.at
    return Swap(loader, Edit(at[place.first], at[place.last], tag_address(host)), opening)


def in_code(loader: Loader, code: str, start: int, opening: int, host: str) -> Swap:
    """The swap of a script that code loads; `start` is the place of the code in the page."""
    pattern = loader.address.pattern if loader.address else "(?!)"
    found = list(re.finditer(rf"(?<=['\"])(?:https?:)?//(?:www\.)?(?:{pattern})(?=[?'\"])", code, re.IGNORECASE))
    if len(found) != 1:
        return Swap(loader, None, opening)
    edit = Edit(start + found[0].start(), start + found[0].end(), tag_address(host))
    return Swap(loader, edit, opening)


def swapped(swaps: list[Swap], text: str, host: str, *, tagged: bool) -> list[Edit]:
    """The edits that put the tag into a page; none where one of its scripts must stay or none asks for it.

    `tagged` says that the tag is there already.
    """
    taken = [swap for swap in swaps if swap.loader.queue in TAKEN]
    asked = any(swap.loader.tier == "C" for swap in taken)
    if not (asked or (tagged and taken)) or any(not _goes(swap) for swap in taken):
        return []
    edits = [swap.edit for swap in taken if swap.edit]
    if not tagged:
        opening = min(swap.opening for swap in taken)
        edits.append(Edit(opening, opening, "".join(_element(text, opening, host))))
    return edits


def _goes(swap: Swap) -> bool:
    return swap.edit is not None and swap.loader.id in _REPLACED


def _element(text: str, opening: int, host: str) -> Iterator[str]:
    """The tag's element, on a line of its own where the next one has a line of its own."""
    yield f'<script src="{tag_address(host)}"></script>'
    line = text[text.rfind("\n", 0, opening) + 1 : opening]
    if opening and not line.strip():
        yield f"\n{line}"
