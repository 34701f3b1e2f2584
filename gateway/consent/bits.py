"""Read base64url text as a string of bits, field by field, most significant bit first.

Rule 1: what is not there is not zero. Reading past the end raises Truncated, and the decoder refuses the whole.
Rule 2: only the base64url alphabet without padding is read (RFC 4648, section 5); six bits a character, so that both
encoders' paddings, to 8 and to 24 bits, are read alike.
"""

import binascii
import re
from itertools import chain, compress, count

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STANDARD = bytes.maketrans(b"-_", b"+/")
# The digits of a bit string as truth values.
_SET = bytes.maketrans(b"01", b"\0\1")

# RangeEntry of TCF v2: IsARange1 Start16 (End16). Runs of 2048, 1024 … 1 of them, to find where a list ends; and what
# they hold, eight in one step, since that is where strings with hundreds of entries spend their time.
_RUNS = [(1 << power, re.compile(rf"(?>(?:0.{{16}}|1.{{32}}){{{1 << power}}})")) for power in range(11, -1, -1)]
_PAIR = "(?:0|1(.{16}))(.{16})"
_ONE, _EIGHT = re.compile(_PAIR), re.compile(_PAIR * 8)
_LETTERS = {f"{number:06b}": chr(65 + number) for number in range(64)}


class Malformed(Exception):
    """The text is not what its standard says. The message is ours and repeats nothing of it; decoders catch this."""


class Truncated(Malformed):
    """A field is declared and not there."""

    def __init__(self) -> None:
        super().__init__("shorter than its fields")


class Bits:
    """A cursor over the bits of one base64url text."""

    __slots__ = ("_at", "_bits", "_end")

    def __init__(self, text: str) -> None:
        raw = text.encode("utf-8", "surrogatepass")
        if not raw or raw.translate(None, _ALPHABET):
            raise Malformed("character outside base64url" if raw else "empty segment")
        padded = raw.translate(_STANDARD) + b"A" * (-len(raw) % 4)
        decoded = binascii.a2b_base64(padded)
        # A string of digits, since slicing it costs what the slice is long, where shifting one big integer costs all
        # of its length each time: 4096 ranges of an 8 kB string would take ten times as long.
        self._bits = f"{int.from_bytes(decoded, 'big'):0{len(decoded) * 8}b}"
        self._end = len(raw) * 6
        self._at = 0

    def skip(self, width: int) -> str:
        """The next `width` bits as a string of 0 and 1."""
        start = self._at
        self._at = start + width
        if self._at > self._end:
            raise Truncated
        return self._bits[start : self._at]

    def through(self, ending: str, longest: int) -> str:
        """The next bits up to the first `ending`, which is the last of them. Malformed beyond `longest` bits."""
        start = self._at
        found = self._bits.find(ending, start, min(self._end, start + longest))
        if found < 0:
            raise Truncated if self._end <= start + longest else Malformed("a number that is too long")
        return self.skip(found + len(ending) - start)

    def finish(self, longest: int) -> None:
        """Take what is left for padding. Malformed where it is more than `longest` bits, or has a 1 in it."""
        rest = self.skip(self._end - self._at)
        if len(rest) > longest or "1" in rest:
            raise Malformed("longer than its fields")

    def finish_section(self) -> None:
        """Take what is left for the padding of a GPP section: to six bits, or to eight and then to six.

        What is in it means nothing, but its length does: it tells one section's fields from another's.
        """
        used = self._at
        if self._end not in (used + -used % 6, (used + -used % 8) + -(used + -used % 8) % 6):
            raise Malformed("longer than its fields")
        self._at = self._end

    def peek(self, skipped: int, width: int) -> str:
        """Some of the next bits, or fewer where the text ends, without taking them."""
        return self._bits[self._at + skipped : min(self._end, self._at + skipped + width)]

    @property
    def left(self) -> int:
        """How many bits are not read yet."""
        return self._end - self._at

    def number(self, width: int) -> int:
        """The next `width` bits as an unsigned integer; `width` is at least 1."""
        return int(self.skip(width), 2)

    def entries(self, count: int) -> list[str]:
        """`count` times [IsARange1 Start16 (End16)]: the start, empty for a single id, and the end, 16 bits each.

        They stay strings: those compare as their numbers do, and hardly one is ever looked at. `count` is below 4096.
        """
        bits, start = self._bits, self._at
        at = middle = start
        for size, run in _RUNS:
            if count & size:
                match = run.match(bits, at, self._end)
                if match is None:
                    raise Truncated
                at = match.end()
                middle = at if size >= 8 else middle
        self._at = at
        eights, ones = _EIGHT.findall(bits, start, middle), _ONE.findall(bits, middle, at)
        return list(chain.from_iterable(chain(eights, ones)))

    def flag(self) -> bool:
        """The next bit."""
        return self.skip(1) == "1"

    def ids(self, width: int) -> tuple[int, ...]:
        """The positions, from 1, of the set bits among the next `width`."""
        return positions(self.skip(width))

    def letters(self, width: int) -> str:
        """The next bits as letters of six bits each, A being 0."""
        return letters(self.skip(width))


def positions(bits: str) -> tuple[int, ...]:
    """The positions, from 1, of the set bits. Not remembered: the bits are what a visitor answered."""
    return tuple(compress(count(1), bits.encode().translate(_SET)))


def letters(bits: str) -> str:
    """Letters of six bits each, A being 0."""
    return "".join([_LETTERS[bits[at : at + 6]] for at in range(0, len(bits), 6)])
