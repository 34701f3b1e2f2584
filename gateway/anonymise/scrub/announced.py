"""Tell whether a word in front of a number says what it is."""

import re
from collections.abc import Iterable, Iterator

REACH = 32
LONGEST = 32  # of a word
BESIDE = 3  # what of a number may stand in front of its first digit: `+ (`
_UNSPACED = (
    "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts in which words follow each other without a blank
)
_END = re.compile(r"[.!?;] |[\d\[\]]")


def words(pattern: str) -> re.Pattern[str]:
    """A pattern for `near`: words in small letters, none of them within another word."""
    return re.compile(rf"[\W_{_UNSPACED}](?=({pattern}))")


def near(
    pattern: re.Pattern[str], text: str, places: Iterable[int], before: int, behind: int
) -> Iterator[tuple[int, int]]:
    """Where the words begin and end that begin at most so far in front of one of the places or behind it, each once.

    The pattern is one sign, and behind it the word as its first group. The places come in order.
    """
    text, done = f" {text}", 0  # so that a sign stands in front of the first word too
    for place in places:
        first, last = max(done, place - before), min(len(text) - 1, place + behind)
        for found in pattern.finditer(text, first, last + 1 + LONGEST) if first < last else ():
            if found.start() >= last:
                break
            yield found.start(1) - 1, found.end(1) - 1
        done = max(done, last)


def announced(pattern: re.Pattern[str], text: str, numbers: Iterable[int]) -> bytearray | None:
    """A 1 for each place of `text` that one of the words stands shortly before, with no other number between.

    None where there is no such place. `numbers` are the places that are asked about, in order: only what stands in
    front of these is read, and that once.
    """
    lowered = small(text)
    places: bytearray | None = None
    for start, end in near(pattern, lowered, numbers, REACH, BESIDE):
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
