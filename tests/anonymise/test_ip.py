import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise import ip

VECTORS = json.loads(Path(__file__).with_name("ipcrypt_pfx.json").read_text())["vectors"]
KEY = bytes(range(32))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["ip"])
def test_prefix_gives_what_the_draft_gives(vector):
    assert str(ip.prefix(ip_address(vector["ip"]), bytes.fromhex(vector["key"]))) == vector["encrypted_ip"]


@pytest.mark.parametrize("key", [b"", b"k" * 16, b"k" * 32, bytes(range(31)), bytes(33)])
def test_prefix_refuses_keys_that_are_not_two(key):
    with pytest.raises(ValueError, match="two different keys"):
        ip.prefix(ip_address("192.0.2.1"), key)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
@settings(max_examples=100, deadline=None)
def test_prefix_keeps_the_length_of_shared_prefixes_and_nothing_else(one, other):
    def shared(first, second):
        return 32 - (int(first) ^ int(second)).bit_length()

    assert shared(ip.prefix(one, KEY), ip.prefix(other, KEY)) == shared(one, other)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:85a3::8a2e:370:7334", "2001:db8::"),
        ("255.255.255.255", "255.255.255.0"),
    ],
)
def test_truncate_keeps_24_bits_or_32(address, expected):
    assert ip.truncate(ip_address(address)) == expected


@given(st.ip_addresses(v=4))
@settings(max_examples=100, deadline=None)
def test_a_mapped_address_is_the_same_address(address):
    mapped = ip_address(f"::ffff:{address}")
    assert ip.keyed(mapped, KEY) == ip.keyed(address, KEY)
    assert ip.truncate(mapped) == ip.truncate(address)
    assert ip.prefix(mapped, KEY) == ip.prefix(address, KEY)
    assert ip.parse(str(mapped)) == address


def test_keyed_depends_on_the_key_and_hides_the_address():
    address = ip_address("203.0.113.77")
    assert ip.keyed(address, KEY) != ip.keyed(address, KEY[::-1])
    assert len(ip.keyed(address, KEY)) == 32


@pytest.mark.parametrize("value", [None, 7, "", "x", "1.2.3.4:80", "1" * 65, ["1.2.3.4"]])
def test_what_is_no_address_is_none(value):
    assert ip.parse(value) is None
