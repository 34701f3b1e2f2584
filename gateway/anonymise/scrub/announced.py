"""Tell whether a word in front of a number says what it is."""

import re

REACH = 32
_END = re.compile(r"[.!?;] |[\d\[\]]")


def is_announced(words: re.Pattern[str], text: str, place: int) -> bool:
    """Whether one of `words` (in small letters) stands shortly before a place, and no other number between."""
    before = text[max(0, place - REACH) : place].lower()
    return any(
        not before[max(0, found.start() - 1) : found.start()].isalnum() and not _END.search(before, found.end())
        for found in words.finditer(before)
    )
