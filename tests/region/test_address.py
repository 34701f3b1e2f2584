from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.region.address import embedded, parse, read
from gateway.region.reserved import is_evidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7\t", "203.0.113.7"),
        ("203.0.113.7:443", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:65535", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80".replace("%25", "%"), "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:cb00:7107]:80", "203.0.113.7"),
        ("2002:cb00:7107::1", "203.0.113.7"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
    ],
)
def test_an_address_is_read_as_proxies_write_it(text, expected):
    assert str(parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "unknown", "_obf", "localhost", "256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456",
        "1.2.3.4%eth0", "[1.2.3.4]", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x", "[2001:db8::1]:", "fe80::1%",
        "fe80::1%e e", "1.2.3.4, 5.6.7.8", "１.2.3.4", "\xb2.1.1.1", "2001:db8::1" + "0" * 100, "1.2.3.4\n", "0x7f.1", "2130706433",
    ],
)  # fmt: skip
def test_what_is_no_literal_address_is_none(text):
    assert parse(text) is None


def test_an_embedded_address_is_not_unwrapped_where_a_proxy_is_looked_for():
    assert read("2002:a00:1::1") == IPv6Address("2002:a00:1::1")
    assert read("64:ff9b::a00:1") == IPv6Address("64:ff9b::a00:1")
    assert read("::ffff:10.0.0.1") == IPv4Address("10.0.0.1")
    assert embedded(IPv4Address("10.0.0.1")) == IPv4Address("10.0.0.1")


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1", "172.16.0.1", "192.168.0.1", "127.0.0.1", "169.254.0.1", "100.64.0.1", "192.0.2.1", "198.51.100.1",
        "203.0.113.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "2001:db8::1", "3fff::1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_nobodys_place_are_no_evidence(text):
    assert parse(text) is not None
    assert not is_evidence(ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2a00:1450::1"])
def test_a_public_address_is_evidence(text):
    assert is_evidence(ip_address(text))


@given(st.ip_addresses(v=4).filter(int), st.integers(0, 65535))  # 0.0.0.0 is nobody's
@settings(max_examples=200, deadline=None)
def test_every_ipv4_form_is_the_same_address(address, port):
    forms = [
        f"{address}",
        f"{address}:{port}",
        f"::ffff:{address}",
        f"[::ffff:{address}]:{port}",
        f"64:ff9b::{address}",
    ]
    assert {parse(form) for form in forms} == {address}


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_it(text):
    assert parse(text) is None or str(parse(text))
