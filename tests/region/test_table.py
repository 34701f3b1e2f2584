import lzma
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.iso3166 import COUNTRIES
from gateway.region.build import Range, pack
from gateway.region.table import HEADER, TableError, parse
from tests.measure import seconds

SHIPPED = (files("gateway.region") / "country.bin.xz").read_bytes()
TABLE = parse(SHIPPED)
GOOD = pack([Range(4, 10, 19, "FR"), Range(6, 1 << 64, (1 << 65) - 1, "DE")], 20_605, "made up")


def raw(data):
    return lzma.compress(data)


def test_a_table_says_where_when_and_by_whom():
    table = parse(GOOD)
    assert (table.built, table.source) == (20_605, "made up")
    assert table.find(IPv4Address(15)) == ("FR",)
    assert table.find(IPv4Address(9)) == table.find(IPv4Address(20)) == ()
    assert table.find(IPv6Address(1 << 64)) == ("DE",)


def test_a_table_by_hand_is_read_and_one_without_a_date_has_none():
    body = (
        HEADER.pack(b"GCC1", 2, 1, 3) + b"??FRXX" + bytes(4) + (10).to_bytes(4, "little") + b"\0\1" + bytes(8) + b"\2"
    )
    table = parse(raw(body))
    assert (table.built, table.source) == (None, "")
    assert [table.find(IPv4Address(number)) for number in (9, 10)] == [(), ("FR",)]
    assert table.find(IPv6Address(5)) == ()


PLAIN = lzma.decompress(GOOD)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GCC1", SHIPPED[:1000], GOOD[:-1], GOOD + b"x", raw(b""), raw(PLAIN[:10]), raw(PLAIN[:20]),
        raw(b"GCC2" + PLAIN[4:]), raw(HEADER.pack(b"GCC1", 1 << 31, 0, 1)), raw(HEADER.pack(b"GCC1", 0, 0, 0)),
        raw(HEADER.pack(b"GCC1", 2, 0, 1) + b"??" + b"\1\0\0\0\0\0\0\0" + b"\0\0"),
        raw(HEADER.pack(b"GCC1", 2, 0, 1) + b"??" + bytes(8) + b"\0\0"),
        raw(HEADER.pack(b"GCC1", 1, 0, 1) + b"??" + bytes(4) + b"\1"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(data):
    with pytest.raises(TableError):
        parse(data)


def test_what_unpacks_to_more_than_a_table_is_refused(monkeypatch):
    monkeypatch.setattr("gateway.region.table.MAX_BYTES", 4 << 20)
    with pytest.raises(TableError):
        parse(raw(bytes(5 << 20)))


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(data):
    with pytest.raises(TableError):
        parse(raw(PLAIN[:16] + data)[:-1])


# Networks that have belonged to public bodies of one country for decades.
@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("193.51.224.1", "FR"), ("141.20.1.1", "DE"), ("129.240.8.200", "NO"), ("130.88.1.1", "GB"),
        ("18.9.22.169", "US"), ("133.11.0.1", "JP"), ("200.160.2.3", "BR"), ("2001:660::1", "FR"), ("2001:700:100::1", "NO"),
        ("2001:4ca0::1", "DE"), ("2001:630::1", "GB"),
    ],
)  # fmt: skip
def test_the_shipped_table_knows_well_known_networks(text, country):
    assert TABLE.find(ip_address(text)) == (country,)


def test_the_shipped_table_is_whole():
    assert TABLE.built == 20_605
    assert "DB-IP" in TABLE.source
    assert len(TABLE.v4) > 300_000
    assert len(TABLE.v6) > 300_000
    assert {code for place in TABLE.places for code in place} <= COUNTRIES
    assert len(SHIPPED) < 800_000


def test_a_lookup_costs_less_than_ten_times_reading_the_address():
    texts = [f"{number % 223 + 1}.{number % 251}.7.9" for number in range(5000)]
    addresses = [ip_address(text) for text in texts]
    reading = seconds(lambda: [ip_address(text) for text in texts])
    finding = seconds(lambda: [TABLE.find(address) for address in addresses])
    assert finding < 10 * reading
