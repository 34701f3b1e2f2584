from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.anonymise import ip
from gateway.region import address

KEY = bytes(range(32))
ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@pytest.mark.parametrize(
    ("address", "strict", "most"),
    [
        ("203.0.113.77", "203.0.0.0", "203.0.113.0"),
        ("0.0.0.0", "0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.0.0", "255.255.255.0"),
        ("::ffff:203.0.113.77", "203.0.0.0", "203.0.113.0"),
        ("2001:db8:85a3:8d3:1319:8a2e:370:7334", "2001:d00::", "2001:db8::"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ff00::", "ffff:ffff::"),
        ("2002:cb00:714d::1", "203.0.0.0", "203.0.113.0"),
        ("64:ff9b::203.0.113.77", "203.0.0.0", "203.0.113.0"),
    ],
)
def test_truncate_keeps_a_network_and_never_more_than_24_bits_or_32(address, strict, most):
    assert ip.truncate(ip_address(address)) == most
    assert ip.truncate(ip_address(address), ip.Kept(16, 24)) == strict


@pytest.mark.parametrize("kept", [ip.Kept(25, 32), ip.Kept(24, 33), ip.Kept(-1, 32), ip.Kept(24, -1)])
def test_truncate_is_never_laxer_than_its_word(kept):
    with pytest.raises(ValueError, match="at most"):
        ip.truncate(ip_address("203.0.113.77"), kept)


@given(ADDRESSES)
@settings(max_examples=200, deadline=None)
def test_truncating_twice_changes_nothing_and_leaves_only_the_network(address):
    once = ip_address(ip.truncate(address))
    assert ip.plain(address) in ip_network(f"{once}/{24 if once.version == 4 else 32}")
    assert ip.truncate(once) == str(once)
    assert ip.truncate(once, ip.Kept(16, 24)) == ip.truncate(address, ip.Kept(16, 24))


@given(ADDRESSES)
@settings(max_examples=200, deadline=None)
def test_what_is_weakened_does_not_contain_the_address(address):
    plain = ip.plain(address)
    for text in filter(lambda text: len(text) > 7, (str(plain), plain.packed.hex(), str(int(plain)))):
        assert text not in ip.keyed(address, KEY)
        assert text not in str(ip.prefix(address, KEY))
    if int(plain) & 0xFF:
        assert ip.truncate(address) != str(plain)


@pytest.mark.parametrize(
    "text", ["64:ff9b::", "64:ff9b::1", "64:ff9b:1::a00:1", "::ffff:10.0.0.1", "2002::", "2002:a00:1::1"]
)
def test_what_is_inside_an_address_is_the_same_as_where_its_region_is_asked(text):
    assert ip.parse(text) == address.parse(text)


@given(st.ip_addresses(v=4))
@settings(max_examples=100, deadline=None)
def test_every_form_of_an_ipv4_address_is_the_same_address(address):
    number = int(address)
    assume(number)  # nobody's
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x2002 << 112 | number << 80 | 0xABCD),
        IPv6Address((0x0064FF9B << 96) | number),
    ]
    texts = [
        str(address),
        f"{address}:443",
        f" {address}\t",
        *map(str, forms),
        f"[::ffff:{address}]:8443",
        f"{forms[0]}%eth0",
    ]
    for text in texts:
        assert ip.parse(text) == address, text
    for form in forms:
        assert ip.keyed(form, KEY) == ip.keyed(address, KEY)
        assert ip.truncate(form) == ip.truncate(address)
        assert ip.prefix(form, KEY) == ip.prefix(address, KEY)


def test_keyed_depends_on_the_key_and_hides_the_address():
    address = ip_address("203.0.113.77")
    assert ip.keyed(address, KEY) != ip.keyed(address, KEY[::-1])
    assert len(ip.keyed(address, KEY)) == 32


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 15])
def test_there_is_no_hash_without_a_key(key):
    with pytest.raises(ValueError, match="key"):
        ip.keyed(ip_address("203.0.113.77"), key)


@pytest.mark.parametrize(
    "value",
    [
        None, 7, "", "x", "1" * 81, ["1.2.3.4"], "1.2.3", "1.2.3.4:", "1.2.3.4%eth0", "[1.2.3.4", "[::1]x", "::1%",
        "localhost", "1.2.3.4.5", "01.2.3.4", "[::1]:port", "1.2.3.4, 5.6.7.8",
    ],
)  # fmt: skip
def test_what_is_no_address_is_none(value):
    assert ip.parse(value) is None


def test_ipv6_is_read_with_brackets_port_and_zone():
    for text in ("2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1%en0", "[fe80::1%en0]:443"):
        assert ip.parse(text) == ip_address("fe80::1" if "fe80" in text else "2001:db8::1")
