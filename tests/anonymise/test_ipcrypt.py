import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise import ipcrypt

VECTORS = [json.loads(line) for line in Path(__file__).with_name("ipcrypt.jsonl").read_text().splitlines()[1:]]
KEY = bytes(range(32))
TWEAK = bytes(range(100, 116))
ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)


def encrypted(vector) -> str:
    address, key = ip_address(vector["ip"]), bytes.fromhex(vector["key"])
    if vector["mode"] == "ndx":
        return ipcrypt.encrypt_ndx(address, key, bytes.fromhex(vector["tweak"])).hex()
    return str({"det": ipcrypt.encrypt_det, "pfx": ipcrypt.encrypt_pfx}[vector["mode"]](address, key))


def decrypted(vector) -> str:
    key = bytes.fromhex(vector["key"])
    if vector["mode"] == "ndx":
        return str(ipcrypt.decrypt_ndx(bytes.fromhex(vector["gives"]), key))
    return str(
        {"det": ipcrypt.decrypt_det, "pfx": ipcrypt.decrypt_pfx}[vector["mode"]](ip_address(vector["gives"]), key)
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['mode']} {vector['ip']}")
def test_it_gives_what_the_draft_gives_and_undoes_it(vector):
    assert encrypted(vector) == vector["gives"]
    assert decrypted(vector) == str(ipcrypt.plain(ip_address(vector["ip"])))


def test_every_mode_has_vectors():
    assert {vector["mode"] for vector in VECTORS} == set(ipcrypt.KEY_BYTES)


@given(ADDRESSES)
@settings(max_examples=100, deadline=None)
def test_every_mode_can_be_undone_by_whoever_has_the_key(address):
    plain = ipcrypt.plain(address)
    assert ipcrypt.decrypt_det(ipcrypt.encrypt_det(address, KEY[:16]), KEY[:16]) == plain
    assert ipcrypt.decrypt_pfx(ipcrypt.encrypt_pfx(address, KEY), KEY) == plain
    assert ipcrypt.decrypt_ndx(ipcrypt.encrypt_ndx(address, KEY, TWEAK), KEY) == plain


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
@settings(max_examples=60, deadline=None)
def test_pfx_keeps_the_length_of_shared_prefixes_and_nothing_else(one, other):
    def shared(first, second):
        return 128 - (int(first) ^ int(second)).bit_length()

    if one.ipv4_mapped is None and other.ipv4_mapped is None:
        assert shared(ipcrypt.encrypt_pfx(one, KEY), ipcrypt.encrypt_pfx(other, KEY)) == shared(one, other)


@given(st.ip_addresses(v=4))
@settings(max_examples=60, deadline=None)
def test_a_mapped_address_is_the_same_address(address):
    mapped = ip_address(f"::ffff:{address}")
    assert ipcrypt.encrypt_det(mapped, KEY[:16]) == ipcrypt.encrypt_det(address, KEY[:16])
    assert ipcrypt.encrypt_pfx(mapped, KEY) == ipcrypt.encrypt_pfx(address, KEY)
    assert ipcrypt.encrypt_ndx(mapped, KEY, TWEAK) == ipcrypt.encrypt_ndx(address, KEY, TWEAK)


def test_ndx_never_gives_the_same_twice_for_two_tweaks():
    address = ip_address("203.0.113.77")
    assert ipcrypt.encrypt_ndx(address, KEY, TWEAK)[16:] != ipcrypt.encrypt_ndx(address, KEY, TWEAK[::-1])[16:]


@pytest.mark.parametrize("key", [b"", b"k" * 32, bytes(range(31)), bytes(range(33))])
def test_keys_that_are_no_two_different_ones_are_refused(key):
    address = ip_address("192.0.2.1")
    for refuses in (
        lambda: ipcrypt.encrypt_pfx(address, key),
        lambda: ipcrypt.decrypt_pfx(address, key),
        lambda: ipcrypt.encrypt_ndx(address, key, TWEAK),
        lambda: ipcrypt.decrypt_ndx(bytes(32), key),
        lambda: ipcrypt.encrypt_det(address, key),
    ):
        with pytest.raises(ValueError, match="key"):
            refuses()


def test_tweaks_and_sealed_addresses_of_another_size_are_refused():
    with pytest.raises(ValueError, match="tweak"):
        ipcrypt.encrypt_ndx(ip_address("192.0.2.1"), KEY, b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        ipcrypt.decrypt_ndx(bytes(31), KEY)
