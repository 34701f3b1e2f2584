"""The switches of the demo: where the visitor is, and which signals the browser sends.

Addresses are of the blocks reserved for documentation (RFC 5737, RFC 3849), so that they belong to nobody.
"""

from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

COOKIE = "demo-situation"


class Place(NamedTuple):
    """A place to visit the shop from. `country` and `subdivision` are what the edge would say; empty is unknown."""

    code: str
    label: str
    country: str
    subdivision: str
    address: str


PLACES = (
    Place("FR", "France", "FR", "", "192.0.2.17"),
    Place("DE", "Germany", "DE", "", "198.51.100.24"),
    Place("GB", "United Kingdom", "GB", "", "203.0.113.86"),
    Place("CH", "Switzerland", "CH", "", "192.0.2.140"),
    Place("US-CA", "California", "US", "CA", "198.51.100.201"),
    Place("US-TX", "Texas", "US", "TX", "203.0.113.9"),
    Place("US-WY", "Wyoming", "US", "WY", "2001:db8:71:6::3c"),
    Place("US", "United States, state unknown", "US", "", "198.51.100.77"),
    Place("CA-QC", "Quebec", "CA", "QC", "203.0.113.154"),
    Place("BR", "Brazil", "BR", "", "192.0.2.233"),
    Place("JP", "Japan", "JP", "", "2001:db8:a9:1::51"),
    Place("unknown", "Unknown", "", "", "203.0.113.3"),
)
_PLACES = {place.code: place for place in PLACES}


class Situation(NamedTuple):
    """One setting of the switches."""

    place: Place = PLACES[0]
    gpc: bool = False
    dnt: bool = False

    def headers(self) -> dict[str, str]:
        """What the edge and the browser would add to a request in this situation."""
        added = {"x-forwarded-for": self.place.address}
        if self.place.country:
            added[COUNTRY_HEADER] = self.place.country
        if self.place.subdivision:
            added[SUBDIVISION_HEADER] = self.place.subdivision
        if self.gpc:
            added["sec-gpc"] = "1"
        if self.dnt:
            added["dnt"] = "1"
        return added

    def to_cookie(self) -> str:
        """The switches as a cookie value; `from_text` reads it back."""
        return urlencode({"place": self.place.code, "gpc": int(self.gpc), "dnt": int(self.dnt)})

    @classmethod
    def from_text(cls, text: str) -> "Situation":
        """A cookie or a form. What it does not say, or says wrongly, is as it is at first."""
        values = parse_qs(text[:1000])
        place = _PLACES.get(values.get("place", [""])[-1], PLACES[0])
        return cls(place, values.get("gpc") == ["1"], values.get("dnt") == ["1"])


# The headers that the demo's edge, and nobody else, may set.
COUNTRY_HEADER = "x-demo-country"
SUBDIVISION_HEADER = "x-demo-subdivision"
FROM_THE_EDGE = frozenset(("x-forwarded-for", "forwarded", COUNTRY_HEADER, SUBDIVISION_HEADER, "sec-gpc", "dnt"))
