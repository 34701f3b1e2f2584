import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hit import Hit
from gateway.region.edge import FORMS, VENDORS, Edge
from gateway.region.locate import Locator

STRANGER, PROXY = "93.184.216.34", "10.0.0.1"


def located(vendor, peer=PROXY, **headers):
    values = {name.lower().encode(): [text.encode("latin-1")] for name, text in headers.items()}
    locator = Locator(["10.0.0.0/8"], VENDORS[vendor])
    return locator.regions(Hit("GET", "/p.gif", "", values, b"", peer, 1.0, "shop"))


def netlify(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


EDGESCAPE = "georegion=246,country_code={},region_code={},city=X,lat=1,long=2,network=x"
# Vendor, headers as it sends them, what they mean.
SENT = [
    ("cloudflare", {"CF-IPCountry": "FR"}, ("FR",)),
    ("cloudflare", {"CF-IPCountry": "US", "cf-region-code": "CA"}, ("US-CA",)),
    ("cloudflare", {"CF-IPCountry": "XX"}, ()),
    ("cloudflare", {"CF-IPCountry": "T1"}, ()),
    ("cloudfront", {"CloudFront-Viewer-Country": "US", "CloudFront-Viewer-Country-Region": "TX"}, ("US-TX",)),
    ("cloudfront", {"CloudFront-Viewer-Country": "GB", "CloudFront-Viewer-Country-Region": "ENG"}, ("GB-ENG",)),
    ("akamai", {"X-Akamai-Edgescape": EDGESCAPE.format("US", "CA")}, ("US-CA",)),
    ("akamai", {"X-Akamai-Edgescape": EDGESCAPE.format("reserved", "reserved")}, ()),
    ("app_engine", {"X-Appengine-Country": "US", "X-Appengine-Region": "ca"}, ("US-CA",)),
    ("app_engine", {"X-Appengine-Country": "ZZ"}, ()),
    ("app_engine", {"X-Appengine-Country": "US", "X-Appengine-Region": "?"}, ("US",)),
    ("vercel", {"x-vercel-ip-country": "DE", "x-vercel-ip-country-region": "BE"}, ("DE-BE",)),
    ("bunny", {"CDN-RequestCountryCode": "NO"}, ("NO",)),
    ("transparent_edge", {"Geo_Country_Code": "ES"}, ("ES",)),
    ("transparent_edge", {"Geo_Country_Code": "Unknown"}, ()),
    ("transparent_edge", {"Geo-Country-Code": "ES"}, ()),
    ("contentstack", {"Visitor-IP-Country": "US", "Visitor-IP-Region": "California"}, ("US",)),
    ("netlify", {"x-nf-geo": netlify({"country": {"code": "US"}, "subdivision": {"code": "CA"}})}, ("US-CA",)),
    ("netlify", {"x-nf-geo": netlify({"city": "Oslo", "country": {"code": "NO", "name": "Norway"}})}, ("NO",)),
    ("netlify", {"x-nf-geo": netlify({"country": "NO"})}, ()),
    ("netlify", {"x-nf-geo": netlify(["NO"])}, ()),
    ("netlify", {"x-nf-geo": netlify({"country": {"code": 7}})}, ()),
    ("netlify", {"x-nf-geo": "NO"}, ()),
    ("netlify", {"x-nf-geo": base64.b64encode(b"[" * 3000).decode()}, ()),
    ("netlify", {"x-nf-geo": "{\"country\":{\"code\":\"NO\"}}"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "headers", "expected"), SENT)
def test_each_vendors_words_are_understood(vendor, headers, expected):
    assert located(vendor, **headers) == expected


@pytest.mark.parametrize(("vendor", "headers", "expected"), SENT)
def test_nobody_else_can_say_them(vendor, headers, expected):
    assert located(vendor, STRANGER, **headers) == ()


@pytest.mark.parametrize(("vendor", "headers", "expected"), SENT)
def test_the_headers_of_another_vendor_are_not_looked_at(vendor, headers, expected):
    for other in VENDORS:
        mine = {VENDORS[other].country.lower(), VENDORS[other].subdivision.lower()}
        if not mine & {name.lower() for name in headers}:
            assert located(other, **headers) == ()


def test_every_vendor_is_tried():
    assert {vendor for vendor, _, expected in SENT if expected} == set(VENDORS)


@given(st.sampled_from(sorted(VENDORS)), st.text(max_size=60), st.text(max_size=10))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_it(vendor, country, subdivision):
    code = VENDORS[vendor].region(country, subdivision)
    assert code == "" or code[:2].isupper()


def test_the_page_lists_every_vendor_with_its_headers_and_every_form():
    page = Path(__file__).parents[2].joinpath("docs/reference/regions.md").read_text("utf-8")
    vendors, forms = (re.findall(r"^\| `(\w+)` \| (.*)", part, re.MULTILINE) for part in page.split("| `form` |")[:2])
    told = {name: set(re.findall(r"`([A-Za-z_-]+)`", cell)) for name, cell in vendors}
    assert told == {name: {edge.country, edge.subdivision} - {""} for name, edge in VENDORS.items()}
    assert {name for name, _ in forms} == set(FORMS)


def test_what_else_a_header_tells_is_left_behind():
    told = {"city": "Oslo", "country": {"code": "NO"}, "latitude": 59.9}
    assert VENDORS["netlify"].words(netlify(told), "") == ("NO", "")
    assert VENDORS["akamai"].words(EDGESCAPE.format("US", "CA"), "") == ("US", "CA")


def test_an_underscore_is_taken_from_the_one_vendor_that_has_no_other_name():
    assert Edge("Geo_Country_Code").region("FR", "") == "FR"
    with pytest.raises(ValueError, match="safely"):
        Edge("My_Country")
