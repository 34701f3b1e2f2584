"""Set the endpoint option of vendors' own scripts, where the page calls them in a form that leaves no doubt."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.adopt.markup import Tag

_GTAG = re.compile(
    r"""(?<![\w$.])gtag\(\s*(['"])config\1\s*,\s*(['"])G-[A-Z0-9]{4,12}\2\s*(?:(?P<end>\))|,\s*(?P<object>\{))"""
)
_GTAG_SET = re.compile(r"server_container_url|transport_url")
_MATOMO = re.compile(
    r"""(?<![\w$])_paq\.push\(\s*\[\s*(['"])setTrackerUrl\1\s*,\s*(?P<value>[^\[\](){};]{1,300}?)\s*\]\s*\)"""
)
_PLAUSIBLE = re.compile(r"(?:https?:)?//plausible\.io/js/(?:script|plausible)[a-z.-]*\.js", re.IGNORECASE)


class Edit(NamedTuple):
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


class Option(NamedTuple):
    """An endpoint option of a loader, and the edit that sets it; none where it is set already."""

    loader: str
    edit: Edit | None


def in_script(text: str, start: int, host: str) -> Iterator[Option]:
    """The options that a script sets or could set. `start` is the place of the text in its page."""
    for match in _GTAG.finditer(text):
        yield Option("google_tag", _gtag(text, match, start, host))
    for match in _MATOMO.finditer(text):
        value = f"{match[1]}https://{host}/g/matomo/matomo.php{match[1]}"
        edit = Edit(start + match.start("value"), start + match.end("value"), value)
        yield Option("matomo", edit if match["value"] != value else None)


def in_tag(tag: Tag, host: str) -> Iterator[Option]:
    """The options that the attributes of a script's tag could set."""
    if tag.name == "script" and _PLAUSIBLE.fullmatch(tag.value("src").strip()):
        place = tag.start + 1 + len(tag.name)
        edit = Edit(place, place, f' data-api="https://{host}/g/plausible/api/event"')
        yield Option("plausible", None if "data-api" in tag.attributes else edit)


def _gtag(text: str, match: re.Match[str], start: int, host: str) -> Edit | None:
    setting = f"server_container_url:{match[1]}https://{host}/g/ga4_collect{match[1]}"
    if match["object"] is None:
        place = start + match.start("end")
        return Edit(place, place, f",{{{setting}}}")
    if _GTAG_SET.search(text, match.end(), _closed(text, match.end())):
        return None
    place = start + match.end()
    return Edit(place, place, f"{setting},")


def _closed(text: str, place: int) -> int:
    """Where the object ends within which `place` is. Too far is no harm: then nothing is set."""
    depth = 1
    for brace in re.finditer(r"[{}]", text[place:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return place + brace.start()
    return len(text)
