"""Take one layer of escaping off a piece of text: percent, plus, HTML, JSON, compatibility forms of Unicode."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from gateway.anonymise.scrub.piece import Piece

ROUNDS = 4

Decoded = Iterator[tuple[str, int]]

_TAGGED = re.compile(r"\w\+[\w.-]{1,64}(?:@|%(?:25){0,3}40|&#)")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:%u[0-9A-Fa-f]{4})+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,24};)")
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}|\\[\"\\/bfnrt]")
_SIMPLE = {"b": " ", "f": " ", "n": "\n", "r": "\r", "t": "\t"}
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
    return Piece(piece.text.replace("+", " "), piece.at, piece.whole)


def unpercent(piece: Piece) -> Piece:
    """One round of percent-decoding, also of the `%u0040` of old scripts. What is no UTF-8 is read as Latin-1."""
    return _rewrite(piece, _PERCENT, _from_percent) if "%" in piece.text else piece


def unescape_html(piece: Piece) -> Piece:
    """HTML's character references, numeric ones also without their semicolon."""
    return _rewrite(piece, _ENTITY, _from_html) if "&" in piece.text else piece


def unescape_json(piece: Piece) -> Piece:
    r"""JSON's and JavaScript's escapes: `\u0040`, `\x40`, `\/`."""
    return _rewrite(piece, _ESCAPE, _from_json) if "\\" in piece.text else piece


def normal(piece: Piece) -> Piece:
    """Compatibility forms (`＠`, `４`) and other scripts' digits written plainly, what is invisible taken out."""
    text = piece.text
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _ODD.search(text)):
        return piece
    return _rewrite(piece, _FOREIGN, _plainly)


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


def _plainly(found: str) -> Decoded:
    for place, sign in enumerate(found):
        for plain in _plain(sign):
            yield plain, place


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    """One sign in its plain form. Single signs tell nothing of the text they stood in."""
    if _INVISIBLE.match(sign):
        return ""
    forms = unicodedata.normalize("NFKC", sign).translate(_PLAINER)
    return "".join(str(unicodedata.decimal(form)) if form.isdecimal() else form for form in forms)


def _rewrite(piece: Piece, pattern: re.Pattern[str], decode: Callable[[str], Decoded]) -> Piece:
    """Replace every match by what `decode` makes of it: characters, and how far into the match each begins."""
    text, made, at, last = piece.text, list[str](), list[int](), 0
    known: dict[str, list[tuple[str, int]]] = {}  # what comes again is decoded once
    for found in pattern.finditer(text):
        start, end = found.span()
        made.append(text[last:start])
        at.extend(piece.at[last:start])
        decoded = known.get(found[0])
        if decoded is None:
            decoded = known[found[0]] = list(decode(found[0]))
        for sign, offset in decoded:
            made.append(sign)
            at.append(piece.at[start + offset])
        last = end
    if not last:
        return piece
    made.append(text[last:])
    at.extend(piece.at[last:])
    return Piece("".join(made), at, piece.whole)


def _from_percent(found: str) -> Decoded:
    if found[1] in "uU":
        for index in range(0, len(found), 6):
            yield chr(int(found[index + 2 : index + 6], 16)), index
        return
    raw = bytes.fromhex(found.replace("%", ""))
    try:
        text, width = raw.decode("utf-8"), _utf8_length
    except UnicodeDecodeError:
        text, width = raw.decode("latin-1"), _one_byte
    offset = 0
    for sign in text:
        yield sign, offset
        offset += 3 * width(sign)


def _from_json(found: str) -> Decoded:
    if found[1] == "u":
        units = [int(found[index + 2 : index + 6], 16) for index in range(0, len(found), 6)]
        text = b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")
        offset = 0
        for sign in text:
            yield sign, min(offset, len(found) - 6)
            offset += 12 if ord(sign) > 0xFFFF else 6
    elif found[1] == "x":
        yield chr(int(found[2:], 16)), 0
    else:
        yield _SIMPLE.get(found[1], found[1]), 0


def _from_html(found: str) -> Decoded:
    return ((sign, 0) for sign in html.unescape(found))


def _utf8_length(sign: str) -> int:
    return len(sign.encode("utf-8"))


def _one_byte(sign: str) -> int:
    del sign
    return 1
