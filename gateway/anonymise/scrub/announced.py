"""Tell whether a word in front of a number says what it is."""

import re

REACH = 32
_UNSPACED = (
    "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts in which words follow each other without a blank
)
_END = re.compile(r"[.!?;] |[\d\[\]]")


def words(pattern: str) -> re.Pattern[str]:
    """A pattern for words that announce something, in small letters; none of them within another word."""
    return re.compile(rf"(?<![^\W_{_UNSPACED}])(?:{pattern})")


def announced(pattern: re.Pattern[str], text: str) -> bytearray | None:
    """A 1 for each place of `text` that one of the words stands shortly before, with no other number between.

    None where there is no such place. The text is read once, however many numbers are asked about.
    """
    lowered = small(text)
    places: bytearray | None = None
    for found in pattern.finditer(lowered):
        start, end = found.span()
        last = min(len(text), start + REACH)
        stop = _END.search(lowered, end, last)
        if stop:  # a number may stand where the first one does, or behind the end of a sentence's dot
            last = stop.end() - 1
        if places is None:
            places = bytearray(len(text) + 1)
        places[end : last + 1] = b"\1" * (last + 1 - end)
    return places


def small(text: str) -> str:
    """`text` in small letters, each at the place where it was."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)
