"""Read the value of an attribute as a browser does, and remember where each character of it stands in the page.

The rule of the HTML standard, 13.2.5.73: within an attribute a named reference that lacks its semicolon and is
followed by `=` or a letter or digit is no reference. Without it `&currency=EUR` would become `¤cy=EUR`.
"""

import re
from html import unescape
from html.entities import html5
from typing import NamedTuple

# What a template engine or an ad server fills in later. A browser never sees it, so neither quotes nor ampersands in it
# mean anything to HTML. Each is bounded, so that an opening that is never closed costs little.
TEMPLATE = (
    r"(?:\{\{(?:(?!\}\}).){0,500}\}\}|\{%(?:(?!%\}).){0,500}%\}|<%(?:(?!%>).){0,2000}%>|<\?(?:(?!\?>).){0,2000}\?>"
    r"|[$#@]\{[^{}]{0,300}\}|\{\$[^{}]{0,300}\}|\*\|[^|<>]{1,200}\|\*|%%[^%<>]{1,200}%%|\[\[[^\[\]<>&=]{1,100}\]\])"
)
# Stands in a read value for each character of a template.
HOLE = "\ue000"

_PART = re.compile(
    rf"(?P<hole>{TEMPLATE})|&(?:#[xX][0-9a-fA-F]+;?|#[0-9]+;?|(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<end>;)?)", re.DOTALL
)
_BARE = frozenset(name for name in html5 if not name.endswith(";"))


class Read(NamedTuple):
    """A value as a browser reads it, with holes for templates. `at[n]` is where character `n` begins in the page, with
    one more for the end; `literal` holds the places of ampersands that are written bare."""

    text: str
    at: tuple[int, ...]
    literal: frozenset[int] = frozenset()


def read_attribute(raw: str, start: int) -> Read:
    """The value of an attribute that is written `raw` and begins at `start`."""
    return _read(raw, start, references=True)


def read_plain(raw: str, start: int) -> Read:
    """A text in which `&` means nothing, such as a style sheet."""
    return _read(raw, start, references=False)


def _read(raw: str, start: int, *, references: bool) -> Read:
    text: list[str] = []
    at: list[int] = []
    place = 0
    for match in _PART.finditer(raw):
        if match["hole"] is None and not references:
            continue
        text.append(raw[place : match.start()])
        at += range(start + place, start + match.start())
        written, end = _meaning(match, raw)
        if match["hole"] is not None:
            at += range(start + match.start(), start + end)
        else:
            at += [start + match.start()] * len(written)
        text.append(written)
        place = end
    text.append(raw[place:])
    at += range(start + place, start + len(raw) + 1)
    read = "".join(text)
    literal = (at[n] for n, char in enumerate(read) if references and char == "&" and at[n + 1] == at[n] + 1)
    return Read(read, tuple(at), frozenset(literal))


def _meaning(match: re.Match[str], raw: str) -> tuple[str, int]:
    """What a match stands for, and where in `raw` it ends: a bare ampersand ends behind itself."""
    if match["hole"] is not None:
        return HOLE * len(match[0]), match.end()
    if match["name"] is None:
        return unescape(match[0]), match.end()
    if match["end"] and match["name"] + ";" in html5:
        return html5[match["name"] + ";"], match.end()
    if match["name"] in _BARE and raw[match.end("name") : match.end("name") + 1] != "=":
        return html5[match["name"]], match.end("name")
    return "&", match.start() + 1
