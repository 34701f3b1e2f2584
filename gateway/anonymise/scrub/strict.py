"""Scrub the texts of events: strict, linear in their length, and quick on what is clean.

What cannot be judged (too long, escaped too often) is refused, so no reader of a mask has to guess. Texts that needed
no mask are remembered by their digest; of others nothing outlives the call.
"""

import re
from hashlib import blake2b

from gateway.anonymise.scrub.cuts import unescaped
from gateway.anonymise.scrub.labels import Label, Span, mask
from gateway.anonymise.scrub.layers import is_escaped
from gateway.anonymise.scrub.piece import piece_of
from gateway.anonymise.scrub.walk import Detector

MAX_TEXT = 2048
MAX_REMEMBERED = 8192

# One word without digits, or with few, that is nobody's name, number or address wherever it stands.
_WORD = re.compile(r"[A-Za-z]{1,15}+(?:[_ ]?[0-9]{1,4}+)?\Z")
# What an identifier may look like, and be no more than that.
_MERE_FORM = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|fb\.[0-3]\.[0-9]{10,13}\.[0-9]{6,20}|GA1\.[0-9]\.[0-9]{5,12}\.[0-9]{9,10}"
)
_MERE = frozenset((Label.USER_ID, Label.ONLINE_ID, Label.DEVICE_ID, Label.NUMBER, Label.TOKEN, Label.UUID))


class Scrubber:
    """Scrubs by one set of rules. `listed` is the detector for parameters that a policy lists by name, `mild` the one
    that takes nothing for personal which only might be.

    `pages` is for hashes of the addresses of pages that left as they were, under a key of this process.
    """

    def __init__(self, detector: Detector, listed: Detector, mild: Detector) -> None:
        self._detector = detector
        self._listed = listed
        self._mild = mild
        self._clean: set[bytes] = set()
        self.pages: set[int] = set()

    def scrub(self, text: str, kind: str = "value", name: str = "", most: int = MAX_TEXT) -> str | None:
        """`text` with what looks personal replaced by `[email]`, `[phone]` and so on; None where it must be dropped.

        The rest stays as it was, encoded or not. Longer than `most` characters, or still escaped after four rounds, is
        dropped. `name` is what the value is called where it stands; the default says nothing.
        """
        if len(text) > most:
            return None
        if not name and _WORD.match(text):
            return text
        return _masked(text, self._spans(self._detector, text, kind, name))

    def scrub_listed(self, query: str, most: int = MAX_TEXT) -> str | None:
        """The same for parameters that somebody listed by their names: that one is called `uid` says nothing then."""
        return None if len(query) > most else _masked(query, self._spans(self._listed, query, "query"))

    def is_technical(self, text: str) -> bool:
        """Whether a technical parameter holds nothing personal, so that it may be relayed as it is."""
        return bool(_WORD.match(text)) or (len(text) <= MAX_TEXT and not self._spans(self._mild, text, "value"))

    def _spans(self, detector: Detector, text: str, kind: str, name: str = "") -> list[Span]:
        """What one of the detectors finds; a text in which it found nothing is remembered by its digest."""
        # The length tells where the name ends, so that no text is taken for another one under another name.
        words = f"{id(detector)}\n{kind}\n{len(name)}\n{name}{text}"
        digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._clean:
            return []
        spans = detector.spans(text, kind, name)
        if not spans:
            if len(self._clean) >= MAX_REMEMBERED:
                self._clean.clear()
            self._clean.add(digest)
        return spans

    def betrays(self, text: str) -> bool:
        """Whether an identifier is no mere identifier: an address, a number of a card, a name, encoded or not, or
        what might be because nobody can tell."""
        if _MERE_FORM.fullmatch(text):
            return False
        return any(span.label not in _MERE for span in self._mild.spans(text, "value"))


def _masked(text: str, spans: list[Span]) -> str | None:
    if not spans:
        return text
    return None if any(span.label is Label.OPAQUE for span in spans) else mask(text, spans)


def decode(text: str) -> str | None:
    """`text` without its percent, HTML and JSON escapes and with plain digits; None if four rounds are not enough."""
    piece = unescaped(piece_of(text))
    return None if is_escaped(piece) else piece.text
