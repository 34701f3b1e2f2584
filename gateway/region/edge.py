"""Read the one header in which an edge (CDN, load balancer) names the visitor's country."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from gateway.region import iso

Form = Literal["country", "country_subdivision", "cldr", "edgescape", "netlify"]
FORMS: tuple[Form, ...] = ("country", "country_subdivision", "cldr", "edgescape", "netlify")
MAX_TEXT = 4096

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
# Servers disagree about underscores, so a name with one is taken only where a vendor has no other.
_UNDERSCORED = frozenset(("geo_country_code",))


@dataclass(frozen=True, slots=True)
class Edge:
    """The one header of the edge that names the country, and where it has one, the one that names the subdivision.

    `form` says how values are written:

    - `country`: `FR`;
    - `country_subdivision`: `US` in `country`, `CA` (or `US-CA`) in `subdivision`;
    - `cldr`: `US` or `USCA` in `country`; with `subdivision`, `US` there and `USCA` here (Google Cloud);
    - `edgescape`: `georegion=263,country_code=US,region_code=CA` in `country` (Akamai);
    - `netlify`: base64 of `{"country": {"code": "US"}, "subdivision": {"code": "CA"}}` in `country`.
    """

    country: str
    subdivision: str = ""
    form: Form = "country"

    def __post_init__(self) -> None:
        for name in (self.country, *((self.subdivision,) if self.subdivision else ())):
            if not _HEADER_NAME.fullmatch(name) and name.lower() not in _UNDERSCORED:
                raise ValueError(f"{name!r} is no header name the edge can set safely: use letters, digits and hyphens")
        if self.form not in FORMS:
            raise ValueError(f"{self.form!r} is no form of an edge header")
        if self.form == "country_subdivision" and not self.subdivision:
            raise ValueError("the form country_subdivision needs the name of the subdivision header")
        if self.form in ("country", "edgescape", "netlify") and self.subdivision:
            raise ValueError(f"the form {self.form} reads one header: leave the subdivision header out")

    def words(self, country: str, subdivision: str) -> tuple[str, str]:
        """What the values of the two headers say of country and subdivision, as it is written there.

        A header that says more than that, such as the city, is left behind here.
        """
        if self.form == "edgescape":
            pairs = dict(pair.strip().partition("=")[::2] for pair in country[:MAX_TEXT].split(","))
            return pairs.get("country_code", ""), pairs.get("region_code", "")
        if self.form == "netlify":
            return _netlify(country)
        if self.form == "cldr":
            return _cldr(country.strip(), subdivision.strip())
        return country, subdivision if self.form == "country_subdivision" else ""

    def region(self, country: str, subdivision: str) -> str:
        """The region code that the values of the two headers name, or nothing."""
        return region(*self.words(country, subdivision))


# What each vendor sends without being told; where a vendor sends nothing by itself, the operator names his own header.
VENDORS = {
    "akamai": Edge("X-Akamai-Edgescape", form="edgescape"),
    "app_engine": Edge("X-Appengine-Country", "X-Appengine-Region", "country_subdivision"),
    "bunny": Edge("CDN-RequestCountryCode"),
    "cloudflare": Edge("CF-IPCountry", "CF-Region-Code", "country_subdivision"),
    "cloudfront": Edge("CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Region", "country_subdivision"),
    "contentstack": Edge("Visitor-IP-Country"),
    "netlify": Edge("X-NF-Geo", form="netlify"),
    "transparent_edge": Edge("Geo_Country_Code"),
    "vercel": Edge("X-Vercel-IP-Country", "X-Vercel-IP-Country-Region", "country_subdivision"),
}


def region(country: str, subdivision: str) -> str:
    """The region code of a country and a subdivision as an edge writes them, or nothing: also where the subdivision
    is one of another country."""
    code = iso.country(country)
    of, dash, _ = subdivision.partition("-")
    if not code or (dash and iso.country(of) not in ("", code)):
        return ""
    return iso.subdivision(code, subdivision) or code


def _cldr(country: str, subdivision: str) -> tuple[str, str]:
    """`USCA` is California; where the two headers name different countries, neither is believed."""
    written = subdivision or country
    if not 2 <= len(country) <= 5 or written[:2].upper() != country[:2].upper():
        return "", ""
    return country[:2], written[2:]


def _netlify(text: str) -> tuple[str, str]:
    try:
        told = json.loads(base64.b64decode(text[:MAX_TEXT], validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return "", ""
    return _code(told, "country"), _code(told, "subdivision")


def _code(told: Any, part: str) -> str:
    """The `code` of a part of Netlify's object, or nothing."""
    place = told.get(part) if isinstance(told, dict) else None
    code = place.get("code") if isinstance(place, dict) else None
    return code if isinstance(code, str) else ""
