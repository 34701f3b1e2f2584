from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.region.build import Range, RangeError, pack
from gateway.region.table import parse

BUILT = 20_605
COUNTRIES = ("FR", "DE", "US", "NO", "ZZ")
END = {4: 1 << 32, 6: 1 << 128}


def address(version, number):
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def table(*ranges):
    return parse(pack(ranges, BUILT, "made up"))


@st.composite
def worlds(draw, version):
    """Ranges without overlap, with gaps, neighbours and both ends of the address space."""
    cuts = draw(st.lists(st.integers(0, END[version] - 1), max_size=24, unique=True).map(sorted))
    if draw(st.booleans()):
        cuts = sorted({0, END[version] - 1, *cuts})
    pieces = pairwise(cuts)
    return [
        Range(version, first, last - 1, draw(st.sampled_from(COUNTRIES)))
        for first, last in pieces
        if draw(st.integers(0, 4))
    ]


def expected(ranges, version, number):
    """A slow reading of what the table should say; of IPv6, a /64 has one country or none."""
    if version == 4:
        found = {one.country for one in ranges if one.first <= number <= one.last}
    else:
        first, last = number >> 64 << 64, number | (1 << 64) - 1
        inside = [one for one in ranges if one.first <= last and one.last >= first]
        covered = sum(min(one.last, last) - max(one.first, first) + 1 for one in inside)
        found = {one.country for one in inside} if covered == 1 << 64 else set()
    return tuple(found) if len(found) == 1 and found != {"ZZ"} else ()


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_every_border_is_where_the_source_has_it(version, data):
    ranges = data.draw(worlds(version))
    built = table(*data.draw(st.permutations(ranges)))
    edges = {number + by for one in ranges for number in (one.first, one.last) for by in (-1, 0, 1)}
    for number in {0, END[version] - 1, *(edge for edge in edges if 0 <= edge < END[version])}:
        assert built.find(address(version, number)) == expected(ranges, version, number)
    assert list(built.v4) == sorted(set(built.v4))
    assert list(built.v6) == sorted(set(built.v6))


def test_a_64_that_two_countries_share_is_nowhere_and_one_that_one_country_fills_is_not():
    half, base = 1 << 63, int(IPv6Address("2a00::"))
    shared = table(Range(6, base, base + half - 1, "FR"), Range(6, base + half, base + 2 * half - 1, "DE"))
    filled = table(Range(6, base, base + half - 1, "FR"), Range(6, base + half, base + 2 * half - 1, "FR"))
    assert shared.find(IPv6Address("2a00::1")) == ()
    assert filled.find(IPv6Address("2a00::1")) == ("FR",)


def test_neighbours_of_one_country_are_one_row():
    assert len(table(Range(4, 0, 9, "FR"), Range(4, 10, 19, "FR"))) == 2 + 1  # France, nowhere; nowhere of IPv6


def test_no_ranges_make_a_table_that_knows_nothing():
    assert table().find(IPv4Address("93.184.216.34")) == table().find(IPv6Address("2a00::1")) == ()


def test_the_same_ranges_make_the_same_bytes():
    ranges = [Range(4, 0, 9, "FR"), Range(4, 20, 29, "DE")]
    assert pack(ranges, BUILT, "x") == pack(reversed(ranges), BUILT, "x")


@pytest.mark.parametrize("ranges", [[Range(4, 0, 9, "FR"), Range(4, 9, 19, "DE")], [Range(6, 9, 0, "FR")]])
def test_ranges_that_contradict_each_other_are_refused(ranges):
    with pytest.raises(RangeError):
        pack(ranges, BUILT, "x")
