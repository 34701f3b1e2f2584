"""Take one layer of escaping off a piece of text: percent, plus, HTML, JSON, compatibility forms of Unicode."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple

from gateway.anonymise.scrub.piece import Later, Piece

ROUNDS = 4

_TAGGED = re.compile(r"\w\+[\w.-]{1,64}(?:@|%(?:25){0,3}40|&#)")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:%u[0-9A-Fa-f]{4})+")
# One sign of ASCII, as almost every escape is; the others say what they are only together.
_SINGLE = {f"%{code:{form}}": chr(code) for code in range(1, 128) for form in ("02X", "02x")}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,24};)")
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}|(?:\\[\"\\/bfnrt])+")
_SIMPLE = str.maketrans("bfnrt", "  \n\r\t")
JSON = re.compile(r"\s*[\[{]\s*[\"{\[\d-]")
_OPENING = re.compile(r"%[0-9A-Fa-fu]{2}|&[#A-Za-z]|\\")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_ORNATE = "‐‑‒–—−﹣－。․’‘⁄"
_PLAINER = str.maketrans(_ORNATE, "--------..''/")
_ODD = re.compile(rf"[{_UNSEEN}{_ORNATE}]|(?![0-9])\d")


def unplus(piece: Piece) -> Piece:
    """Blanks in the place of plus signs, as forms and queries write them; not where one is part of an address."""
    if "+" not in piece.text or _TAGGED.search(piece.text):
        return piece
    return piece._replace(text=piece.text.replace("+", " "))


def unpercent(piece: Piece) -> Piece:
    """One round of percent-decoding, also of the `%u0040` of old scripts. What is no UTF-8 is read as Latin-1."""
    return _rewrite(piece, _PERCENTS) if "%" in piece.text else piece


def unescape_html(piece: Piece) -> Piece:
    """HTML's character references, numeric ones also without their semicolon."""
    return _rewrite(piece, _ENTITIES) if "&" in piece.text else piece


def unescape_json(piece: Piece) -> Piece:
    r"""JSON's and JavaScript's escapes: `\u0040`, `\x40`, `\/`."""
    return _rewrite(piece, _ESCAPES) if "\\" in piece.text else piece


def normal(piece: Piece) -> Piece:
    """Compatibility forms (`＠`, `４`) and other scripts' digits written plainly, what is invisible taken out."""
    text = piece.text
    if text.isascii():
        return piece
    foreign = "".join(_FOREIGN.findall(text))
    if unicodedata.is_normalized("NFKC", text) and not _ODD.search(foreign):
        return piece
    return _rewrite(piece, _FOREIGNERS)


def peel(piece: Piece) -> Piece:
    """One round of every layer but plus; the same object where nothing was escaped.

    What has become JSON keeps the escapes in it: without them its texts would not end where they end.
    """
    if not _OPENING.search(piece.text):
        return piece
    peeled = piece
    for unescape in (unpercent, unescape_html, unescape_json):
        peeled = unescape(peeled)
        if peeled is not piece and JSON.match(peeled.text):
            break
    return piece if peeled.text == piece.text else normal(peeled)


def is_escaped(piece: Piece) -> bool:
    """Whether another round would change something; `&bc;` has the look of an escape and is none."""
    return peel(piece) is not piece


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    """One sign in its plain form. Single signs tell nothing of the text they stood in."""
    if _INVISIBLE.match(sign):
        return ""
    forms = unicodedata.normalize("NFKC", sign).translate(_PLAINER)
    return "".join(str(unicodedata.decimal(form)) if form.isdecimal() else form for form in forms)


class _Layer(NamedTuple):
    """What is written in another way: where, as what it reads, and how far into it each of those signs begins."""

    pattern: re.Pattern[str]
    text: Callable[[str], str]
    offsets: Callable[[str], Iterable[int]]


def _rewrite(piece: Piece, layer: _Layer) -> Piece:
    """A piece without the layer; the same object where that changes nothing."""
    known: dict[str, str] = {}  # what comes again is decoded once

    def read(found: re.Match[str]) -> str:
        escape = found[0]
        text = _SINGLE.get(escape) or known.get(escape)
        if text is None:
            text = known[escape] = layer.text(escape)
        return text

    text = layer.pattern.sub(read, piece.text)
    return piece if text == piece.text else Piece(text, Later(partial(_places, piece, layer)), piece.whole)


def _places(piece: Piece, layer: _Layer) -> list[int]:
    """Where each character of a rewritten piece began."""
    before, at, last = piece.places(), list[int](), 0
    known: dict[str, tuple[int, ...]] = {}
    for found in layer.pattern.finditer(piece.text):
        start, end = found.span()
        at += before[last:start]
        offsets = known.get(found[0])
        if offsets is None:
            offsets = known[found[0]] = tuple(layer.offsets(found[0]))
        at += [before[start + offset] for offset in offsets]
        last = end
    at += before[last:]
    return at


def _percent_text(found: str) -> str:
    if found[1] in "uU":
        return "".join([chr(int(found[index + 2 : index + 6], 16)) for index in range(0, len(found), 6)])
    raw = bytes.fromhex(found.replace("%", ""))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _percent_offsets(found: str) -> Iterable[int]:
    if found[1] in "uU":
        return range(0, len(found), 6)
    text = _percent_text(found)
    if 3 * len(text) == len(found):
        return range(0, len(found), 3)
    widths = [3 * len(sign.encode("utf-8")) for sign in text]
    return accumulate(widths[:-1], initial=0)


def _json_text(found: str) -> str:
    if found[1] == "u":
        units = [int(found[index + 2 : index + 6], 16) for index in range(0, len(found), 6)]
        return b"".join([unit.to_bytes(2, "big") for unit in units]).decode("utf-16-be", "replace")
    return chr(int(found[2:], 16)) if found[1] == "x" else found[1::2].translate(_SIMPLE)


def _json_offsets(found: str) -> Iterable[int]:
    if found[1] == "x":
        return (0,)
    if found[1] != "u":
        return range(0, len(found), 2)
    widths = [12 if ord(sign) > 0xFFFF else 6 for sign in _json_text(found)]
    return [min(offset, len(found) - 6) for offset in accumulate(widths[:-1], initial=0)]


def _nowhere_else(found: str) -> Iterable[int]:
    return [0] * len(html.unescape(found))


def _plain_text(found: str) -> str:
    return "".join(map(_plain, found))


def _plain_offsets(found: str) -> Iterable[int]:
    return [place for place, sign in enumerate(found) for _ in _plain(sign)]


_PERCENTS = _Layer(_PERCENT, _percent_text, _percent_offsets)
_ENTITIES = _Layer(_ENTITY, html.unescape, _nowhere_else)
_ESCAPES = _Layer(_ESCAPE, _json_text, _json_offsets)
_FOREIGNERS = _Layer(_FOREIGN, _plain_text, _plain_offsets)
