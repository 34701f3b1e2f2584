"""Tell what each bit of a TC string is, by the specification and apart from the decoder.

A place is (what, id): ("purpose", 3) for a bit that is a consent to purpose 3, ("range vendor", k) for a bit of the k-th
range of the vendors, None for everything else; ("restriction", k) for a bit of the k-th restriction.
"""

from tests.fuzz.damage import VALUES

FIXED = 213


def bits_of(segment):
    return "".join(f"{VALUES[letter]:06b}" for letter in segment)


def places(text):
    """Bit of the text -> its place. The dots between segments take six bits each that have none."""
    found = {}
    at = 0
    for number, segment in enumerate(text.split(".")):
        walk = _Walk(bits_of(segment))
        walk.core() if number == 0 else walk.segment()
        found |= {at + bit: place for bit, place in walk.places.items()}
        at += (len(segment) + 1) * 6
    return found


class _Walk:
    def __init__(self, bits):
        self.bits, self.at, self.places = bits, 0, {}

    def number(self, width):
        self.at += width
        return int(self.bits[self.at - width : self.at], 2)

    def mark(self, what, width):
        """`width` bits of consents, the first for id 1."""
        self.places |= {self.at + each: (what, each + 1) for each in range(width)}
        self.at += width

    def core(self):
        self.at = 140
        self.mark("feature", 12)
        self.mark("purpose", 24)
        self.mark("interest", 24)
        self.at = FIXED
        self.vendors("vendor")
        self.vendors("vendor interest")
        for each in range(self.number(12)):
            self.span(("restriction", each), 8)
            self.ranges(("restriction", each))

    def segment(self):
        kind = self.number(3)
        if kind != 3:
            self.vendors({1: "disclosed", 2: "allowed"}[kind])
            return
        self.mark("own", 24)
        self.mark("own interest", 24)
        custom = self.number(6)
        self.mark("custom", custom)
        self.mark("custom interest", custom)

    def vendors(self, what):
        highest, is_range = self.number(16), self.number(1)
        self.ranges((f"range {what}", 0)) if is_range else self.mark(what, highest)

    def ranges(self, place):
        """The ids of the ranges are places; their count and flags tell where things are, and are none."""
        what, _ = place
        for each in range(self.number(12)):
            width = 32 if self.number(1) else 16
            self.span(place if what == "restriction" else (what, each), width)

    def span(self, place, width):
        self.places |= {self.at + each: place for each in range(width)}
        self.at += width
