import functools
import gc
import re
import types
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hit import Hit
from gateway.region.databases import Database, Databases
from gateway.region.edge import Edge
from gateway.region.locate import EVIDENCE, MAX_CHAIN, Locator

PROXIES = ["10.0.0.0/8", "2400:cb00::/32"]
CLOUDFLARE = Edge("CF-IPCountry")
STRANGER = "93.184.216.34"


def hit(peer="10.0.0.1", **headers):
    values = {
        name.replace("_", "-").encode(): [
            text.encode("latin-1") for text in (value if isinstance(value, list) else [value])
        ]
        for name, value in headers.items()
    }
    return Hit("GET", "/p.gif", "country=DE&region=US-WY", values, b"", peer, 1.0, "shop")


def client(*, forwarded="x-forwarded-for", **headers):
    address = Locator(PROXIES, forwarded=forwarded).address(hit(**headers))
    return None if address is None else str(address)


# ---------------------------------------------------------------- the client address


def test_without_trusted_proxies_the_socket_is_the_client():
    assert str(Locator().address(hit(STRANGER, x_forwarded_for="1.1.1.1"))) == STRANGER


def test_a_stranger_cannot_forward():
    assert client(peer=STRANGER, x_forwarded_for="1.1.1.1") == STRANGER


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("6.6.6.6, 93.184.216.34", "93.184.216.34"),
        ("6.6.6.6, 93.184.216.34:80, 10.1.1.1", "93.184.216.34"),
        (["6.6.6.6", "93.184.216.34, 10.1.1.1", "10.1.1.2"], "93.184.216.34"),
        ("[2606:2800::1]:443", "2606:2800::1"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("2400:cb00::7, 10.2.2.2", None),
        ("93.184.216.34, garbage", None),
        ("93.184.216.34, unknown, 10.0.0.2", None),
        ("93.184.216.34,,10.0.0.2", None),
        ("garbage, 93.184.216.34", "93.184.216.34"),
        ("", None),
        ([], None),
    ],
)
def test_the_chain_is_walked_from_the_right_over_trusted_proxies(chain, expected):
    assert client(x_forwarded_for=chain) == expected


def test_twenty_hops_are_walked_and_not_one_more():
    proxies = ", ".join(["10.0.0.9"] * 19)
    assert client(x_forwarded_for=f"93.184.216.34, {proxies}") == STRANGER
    assert client(x_forwarded_for=f"93.184.216.34, 10.0.0.9, {proxies}") is None


def test_a_chain_longer_than_two_kilobytes_is_not_believed():
    padding = "x" * (MAX_CHAIN - len(f",{STRANGER}"))
    assert client(x_forwarded_for=f"{padding},{STRANGER}") == STRANGER
    assert client(x_forwarded_for=f"{padding}x,{STRANGER}") is None


@pytest.mark.parametrize("peer", ["::ffff:10.0.0.1", "10.255.255.255", "2400:cb00::1"])
def test_a_proxy_is_known_in_every_form(peer):
    assert client(peer=peer, x_forwarded_for=STRANGER) == STRANGER


@pytest.mark.parametrize("peer", ["2002:a00:1::1", "64:ff9b::10.0.0.1"])
def test_an_address_that_embeds_a_proxy_is_not_the_proxy(peer):
    assert client(peer=peer, x_forwarded_for=STRANGER) == "10.0.0.1"


@pytest.mark.parametrize("peer", ["", "unix:", "testclient"])
def test_a_peer_without_an_address_is_nobody(peer):
    assert client(peer=peer, x_forwarded_for=STRANGER) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=93.184.216.34", "93.184.216.34"),
        ("for=6.6.6.6, For=93.184.216.34;proto=https;by=10.0.0.1", "93.184.216.34"),
        ('for="[2606:2800::1]:443"', "2606:2800::1"),
        ('for=93.184.216.34, for="10.0.0.7:81"', "93.184.216.34"),
        (["for=6.6.6.6", "for=93.184.216.34"], "93.184.216.34"),
        ('by="a,;for=9.9.9.9";for=93.184.216.34', "93.184.216.34"),
        ('by="x;for=9.9.9.9;y"', None),
        ("for=unknown", None),
        ("for=_hidden", None),
        ("proto=https", None),
        ("for=9.9.9.9;for=93.184.216.34", None),
        ('for="93.184.216.34', None),
        ('for="unclosed, for=93.184.216.34', None),
        ("93.184.216.34", None),
        ("for=93.184.216.34,", None),
    ],
)
def test_forwarded_is_read_as_rfc_7239_writes_it(value, expected):
    address = Locator(PROXIES, forwarded="forwarded").address(hit(forwarded=value, x_forwarded_for="1.1.1.1"))
    assert expected == (None if address is None else str(address))


@given(st.lists(st.sampled_from(["6.6.6.6", "junk", "10.0.0.3", "[::1]", ""]), max_size=6))
@settings(max_examples=100, deadline=None)
def test_what_stands_left_of_the_client_changes_nothing(forged):
    assert client(x_forwarded_for=", ".join([*forged, STRANGER, "10.0.0.4"])) == STRANGER


# ---------------------------------------------------------------- the region


def test_the_named_header_of_a_trusted_peer_names_the_country():
    assert Locator(PROXIES, CLOUDFLARE).regions(hit(cf_ipcountry="FR")) == ("FR",)


def test_nobody_else_names_it():
    locator = Locator(PROXIES, CLOUDFLARE)
    assert locator.regions(hit(STRANGER, cf_ipcountry="FR")) == ()
    assert locator.regions(hit(cloudfront_viewer_country="FR", x_country="FR", cf_region_code="CA")) == ()
    assert Locator(PROXIES).regions(hit(cf_ipcountry="FR")) == ()
    assert locator.regions(hit("", cf_ipcountry="FR")) == ()


@pytest.mark.parametrize(
    "value", ["XX", "T1", "ZZ", "UK", "EU", "", "unknown", "FR, DE", "F R", "\xdf", ["FR", "DE"], "FRA"]
)
def test_what_places_nobody_is_unknown(value):
    assert Locator(PROXIES, CLOUDFLARE).regions(hit(cf_ipcountry=value)) == ()


def test_the_same_value_twice_is_one_value():
    assert Locator(PROXIES, CLOUDFLARE).regions(hit(cf_ipcountry=["GB", "GB"])) == ("GB",)


@pytest.mark.parametrize(
    ("country", "subdivision", "expected"),
    [
        ("US", "CA", ("US-CA",)),
        ("US", "US-CA", ("US-CA",)),
        ("US", "", ("US",)),
        ("US", "ZZ", ("US",)),
        ("US", "California", ("US",)),
        ("XX", "CA", ()),
        ("US", ["CA", "TX"], ()),
        (["US", "CA"], "QC", ()),
        ("US", "PR", ("US-PR", "PR")),
        ("US", "CA-QC", ()),
        ("DE", "us-ca", ()),
        ("US", "n-a", ("US",)),
    ],
)
def test_a_second_header_names_the_subdivision(country, subdivision, expected):
    edge = Edge("cf-ipcountry", "cf-region-code", "country_subdivision")
    assert Locator(PROXIES, edge).regions(hit(cf_ipcountry=country, cf_region_code=subdivision)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("USCA", ("US-CA",)),
        ("FR", ("FR",)),
        ("FRIDF", ("FR-IDF",)),
        ("USZZ", ("US",)),
        ("ZZ", ()),
        ("USCALIF", ()),
        ("", ()),
    ],
)
def test_cldr_writes_both_in_one_word(value, expected):
    assert Locator(PROXIES, Edge("x-geo", form="cldr")).regions(hit(x_geo=value)) == expected


@pytest.mark.parametrize(
    ("country", "subdivision", "expected"),
    [("US", "USCA", ("US-CA",)), ("US", "", ("US",)), ("FR", "USCA", ())],
)
def test_cldr_in_two_headers_must_agree(country, subdivision, expected):
    edge = Edge("x-country", "x-subdivision", "cldr")
    assert Locator(PROXIES, edge).regions(hit(x_country=country, x_subdivision=subdivision)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("georegion=246,country_code=US,region_code=CA,city=LOSANGELES", ("US-CA",)),
        ("georegion=263, country_code=FR", ("FR",)),
        ("country_code=reserved", ()),
        ("georegion=1", ()),
        ("US", ()),
    ],
)
def test_edgescape_writes_pairs(value, expected):
    edge = Edge("X-Akamai-Edgescape", form="edgescape")
    assert Locator(PROXIES, edge).regions(hit(x_akamai_edgescape=value)) == expected


# ---------------------------------------------------------------- what is refused at start


@pytest.mark.parametrize(
    "proxies",
    [
        ["0.0.0.0/0"], ["::/0"], ["*"], ["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/7"], ["2000::/3"], ["10.0.0.0/8", "::/1"],
        [f"{first}.0.0.0/8" for first in range(256)],
    ],
)  # fmt: skip
def test_trusting_everybody_is_refused(proxies):
    with pytest.raises(ValueError, match="trusts everybody; list the addresses"):
        Locator(proxies)


@pytest.mark.parametrize("proxies", [["::ffff:0:0/96"], ["64:ff9b::/96"], ["2002::/16"], ["::ffff:10.0.0.0/104"]])
def test_ipv4_in_disguise_is_refused(proxies):
    with pytest.raises(ValueError, match="write the IPv4 network"):
        Locator(proxies)


@pytest.mark.parametrize("proxies", [["proxy.example"], ["10.0.0.1/8"], [""], ["10.0.0.0/33"]])
def test_what_is_no_network_is_refused(proxies):
    with pytest.raises(ValueError, match=r"trusted_proxies: .*write an address or a network"):
        Locator(proxies)


@pytest.mark.parametrize("proxies", [["10.0.0.0/8", "fc00::/7", "fe80::/10"], ["127.0.0.1", "::1"], ["104.16.0.0/13"]])
def test_networks_of_proxies_are_taken(proxies):
    assert Locator(proxies).regions(hit()) == ()


def test_an_edge_without_proxies_is_refused():
    with pytest.raises(ValueError, match="name them, or leave the edge out"):
        Locator([], CLOUDFLARE)


def test_only_two_headers_forward():
    with pytest.raises(ValueError, match="neither"):
        Locator(PROXIES, forwarded="x-real-ip")


@pytest.mark.parametrize(
    "parts",
    [
        ("X_Country",), ("",), ("x country",), ("x-country", "", "city"), ("x-country", "", "country_subdivision"),
        ("x-country", "x-region", "country"), ("x-country", "x-region", "edgescape"), ("x-country", "x_region", "cldr"),
    ],
)  # fmt: skip
def test_an_edge_that_makes_no_sense_is_refused(parts):
    with pytest.raises(ValueError, match=r"header|form"):
        Edge(*parts)


# ---------------------------------------------------------------- the address as evidence

TABLE = Databases((Database("table", lambda address: ("US",) if str(address) == STRANGER else ("NL",)),))


def placed(peer, proxies=PROXIES, edge=None, **headers):
    return Locator(proxies, edge, databases=TABLE).regions(hit(peer, **headers))


def test_the_clients_address_places_him_where_no_edge_does():
    assert placed(STRANGER, []) == ("US",)
    assert placed(STRANGER) == ("US",)
    assert placed("10.0.0.1", x_forwarded_for=STRANGER) == ("US",)
    assert placed("10.0.0.1", edge=CLOUDFLARE, x_forwarded_for=STRANGER) == ("US",)
    assert placed("10.0.0.1", edge=CLOUDFLARE, x_forwarded_for=STRANGER, cf_ipcountry="FR") == ("FR",)


def test_an_edge_that_says_unknown_is_not_overruled():
    for value in ("T1", "XX", "", ["FR", "DE"]):
        assert placed("10.0.0.1", edge=CLOUDFLARE, x_forwarded_for=STRANGER, cf_ipcountry=value) == ()


@pytest.mark.parametrize(
    "header", ["x_forwarded_for", "forwarded", "via", "cf_connecting_ip", "x_real_ip", "true_client_ip", "cdn_loop"]
)
def test_an_address_that_may_be_a_proxys_places_nobody(header):
    for proxies in ([], PROXIES):
        assert placed(STRANGER, proxies, **{header: "81.2.69.142"}) == ()


def test_a_client_that_cannot_be_told_is_nowhere():
    assert placed("10.0.0.1") == placed("10.0.0.1", x_forwarded_for="unknown") == placed("") == placed("10.0.0.1") == ()


@pytest.mark.parametrize("peer", [f"::ffff:{STRANGER}", f"64:ff9b::{STRANGER}", "2002:5db8:d822::1", f"{STRANGER}:443"])
def test_ipv4_is_looked_up_as_ipv4_in_every_form(peer):
    assert placed(peer) == ("US",)


def test_no_parameter_cookie_or_strange_header_picks_a_law():
    chosen = Hit(
        "POST", "/e", "country=DE&region=US-WY&residence=US-CA&geolocation=US-CA",
        {b"cookie": [b"country=DE; region=US-WY"], b"x-country": [b"DE"], b"cf-ipcountry": [b"DE"]},
        b"", STRANGER, 1.0, "shop",
    )  # fmt: skip
    assert Locator(databases=TABLE).regions(chosen) == ("US",)
    assert Locator(PROXIES, CLOUDFLARE).regions(chosen) == ()


def remembered(*roots, like=r"81\.2\.\d+\.\d+"):
    """The texts (addresses of 81.2.0.0/16) that can be reached from `roots` and from every cache of a function."""
    caches = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    seen, open_things, found = set(), [*roots, *caches], set()
    while open_things:
        thing = open_things.pop()
        if id(thing) in seen or isinstance(thing, type | types.ModuleType | types.FunctionType):
            continue
        seen.add(id(thing))
        if isinstance(thing, str | bytes | IPv4Address) and re.fullmatch(like, str(thing)):
            found.add(str(thing))
        open_things += gc.get_referents(thing)
    return found


def test_no_address_of_a_client_stays_behind():
    locator = Locator(PROXIES, CLOUDFLARE, databases=TABLE)
    for number in range(50):
        locator.regions(hit("10.0.0.1", x_forwarded_for=f"81.2.69.{number}"))
        locator.regions(hit(f"81.2.70.{number}"))
        locator.address(hit(f"81.2.70.{number}"))
    assert remembered(locator) == set()


def test_an_edge_header_that_is_no_code_does_not_stay_behind():
    locator = Locator(PROXIES, Edge("x-country", "x-region", "country_subdivision"))
    for place in ("anna.musterfrau@mail.example", "\xe4nna"):
        assert locator.regions(hit(x_country="US", x_region=place)) == ("US",)
        assert locator.regions(hit(x_country=place)) == ()
    assert remembered(locator, like=r"anna\.musterfrau.*|\xe4nna") == set()
    assert locator.regions(hit(x_country="US", x_region="US-CA")) == ("US-CA",)
    assert "US-CA" in remembered(locator._region, like="US-CA")


def test_what_would_stay_behind_would_be_found():
    assert IPv4Address("81.2.71.1").is_global  # the standard library remembers whom it was asked about
    assert "81.2.71.1" in remembered()


@pytest.mark.parametrize(
    ("peer", "headers", "edge", "met"),
    [
        ("10.0.0.1", {"cf_ipcountry": "FR"}, CLOUDFLARE, ["edge_named"]),
        ("10.0.0.1", {"cf_ipcountry": "XX"}, CLOUDFLARE, ["edge_unread"]),
        ("10.0.0.1", {"x_forwarded_for": STRANGER}, CLOUDFLARE, ["edge_missing", "address"]),
        (STRANGER, {"cf_ipcountry": "FR"}, CLOUDFLARE, ["edge_bypassed", "address"]),
        (STRANGER, {}, None, ["address"]),
        (STRANGER, {"x_forwarded_for": "1.1.1.1"}, None, ["proxy_untold"]),
        ("10.0.0.1", {}, None, ["address_missing"]),
    ],
)
def test_what_there_was_to_place_a_hit_by_is_told(peer, headers, edge, met):
    told = []
    Locator(PROXIES, edge, databases=TABLE, met=told.append).regions(hit(peer, **headers))
    assert told == met and set(told) <= set(EVIDENCE)
