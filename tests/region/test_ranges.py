from ipaddress import ip_address

import pytest

from gateway.region.build import Range, RangeError
from gateway.region.ranges import read


def number(text):
    return int(ip_address(text))


def test_addresses_and_numbers_are_read_with_quotes_and_without():
    lines = ["1.0.0.0,1.0.0.255,AU", '"1.0.1.0","1.0.3.255","cn"', "16778240,16779263,AU", "", "2a00::,2a00::ff,FR,x,y"]
    assert list(read(lines)) == [
        Range(4, number("1.0.0.0"), number("1.0.0.255"), "AU"),
        Range(4, number("1.0.1.0"), number("1.0.3.255"), "CN"),
        Range(4, number("1.0.4.0"), number("1.0.7.255"), "AU"),
        Range(6, number("2a00::"), number("2a00::ff"), "FR"),
    ]


def test_the_names_of_the_columns_are_left_alone_in_the_first_line_only():
    assert len(list(read(["ip_range_start,ip_range_end,country_code", "1.0.0.0,1.0.0.255,AU"]))) == 1
    with pytest.raises(RangeError, match="line 2"):
        list(read(["1.0.0.0,1.0.0.255,AU", "start,end,country"]))


def test_large_numbers_are_ipv6():
    (only,) = read([f"{number('2a00::')},{number('2a00::1')},FR"])
    assert only.version == 6


@pytest.mark.parametrize(
    "line",
    ["1.0.0.0,AU", "1.0.0.0,2a00::,AU", "one,two,AU", f"1,{1 << 128},AU", "1.0.0.0/8,1.0.0.1,AU", '"1.0.0.0'],
)
def test_a_line_that_is_no_range_is_named(line):
    with pytest.raises(RangeError, match="line 2"):
        list(read(["1.0.0.0,1.0.0.255,AU", line]))
