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
# How long an object of settings may be.
_FARTHEST = 4000
_PLAUSIBLE = re.compile(r"(?:https?:)?//plausible\.io/js/(?:script|plausible)[a-z.-]*\.js", re.IGNORECASE)


class Edit(NamedTuple):
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


class Option(NamedTuple):
    """An endpoint option of a loader, and the edit that sets it. None where it is set already: to the gateway (`done`),
    or to something else, which a person has to look at."""

    loader: str
    edit: Edit | None
    done: bool = False


def in_script(text: str, start: int, host: str) -> Iterator[Option]:
    """The options that a script sets or could set. `start` is the place of the text in its page."""
    for match in _GTAG.finditer(text):
        yield _gtag(text, match, start, host)
    for match in _MATOMO.finditer(text):
        value = f"{match[1]}https://{host}/g/matomo/matomo.php{match[1]}"
        edit = Edit(start + match.start("value"), start + match.end("value"), value)
        yield Option("matomo", None, done=True) if match["value"] == value else Option("matomo", edit)


def in_tag(tag: Tag, host: str) -> Iterator[Option]:
    """The options that the attributes of a script's tag could set."""
    if tag.name == "script" and _PLAUSIBLE.fullmatch(tag.value("src").strip()):
        place, endpoint = tag.start + 1 + len(tag.name), f"https://{host}/g/plausible/api/event"
        if "data-api" in tag.attributes:
            yield Option("plausible", None, done=tag.value("data-api") == endpoint)
        else:
            yield Option("plausible", Edit(place, place, f' data-api="{endpoint}"'))


def _gtag(text: str, match: re.Match[str], start: int, host: str) -> Option:
    name, endpoint = "google_tag", f"https://{host}/g/ga4_collect"
    setting = f"server_container_url:{match[1]}{endpoint}{match[1]}"
    if match["object"] is None:
        place = start + match.start("end")
        return Option(name, Edit(place, place, f",{{{setting}}}"))
    closed = _closed(text, match.end())
    if closed is None or _GTAG_SET.search(text, match.end(), closed):
        return Option(name, None, done=closed is not None and endpoint in text[match.end() : closed])
    place = start + match.end()
    return Option(name, Edit(place, place, f"{setting},"))


def _closed(text: str, place: int) -> int | None:
    """Where the object ends within which `place` is; None where that is too far to be sure."""
    depth = 1
    for brace in re.finditer(r"[{}]", text[place : place + _FARTHEST]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return place + brace.start()
    return None
