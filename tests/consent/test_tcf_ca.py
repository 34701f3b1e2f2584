import pytest

from gateway.consent.bits import Malformed
from gateway.consent.tcf_ca import read_tcf_ca
from tests.consent.tcf_packer import base64url, fibonacci_entries, ids, letters, number, vendors


def section(version=1, created=17_000_000_000, cmp_id=31, restrictions=None):
    return base64url(
        number(version, 6) + number(created, 36) + number(created, 36) + number(cmp_id, 12) + number(1, 12)
        + number(1, 6) + letters("FR") + number(9, 12) + number(2, 6) + "0" + ids((2,), 12) + ids((1, 3), 24)
        + ids((5,), 24) + vendors(2, 4) + number(9, 16) + "1" + fibonacci_entries((1, 3), (9, 9))
        + (number(0, 12) if restrictions is None else restrictions)
    )  # fmt: skip


DISCLOSED = base64url("001" + vendors(7))
PUBLISHER = base64url("011" + ids((1,), 24) + ids((2,), 24) + number(2, 6) + "10" + "01")


def test_it_reads_express_and_implied_consent():
    read = read_tcf_ca(section())
    assert (read.purposes_express, read.purposes_implied, read.special_features_express) == ((1, 3), (5,), (2,))
    assert (list(read.vendors_express), list(read.vendors_implied)) == ([2, 4], [1, 2, 3, 9])
    assert (read.vendors_disclosed, read.publisher) == (None, None)


def test_it_reads_segments_in_any_order():
    for text in (f"{section()}.{DISCLOSED}.{PUBLISHER}", f"{section()}.{PUBLISHER}.{DISCLOSED}"):
        read = read_tcf_ca(text)
        assert (list(read.vendors_disclosed), read.publisher.custom_purposes_consent) == ([7], (1,))


def test_it_reads_restrictions():
    read = read_tcf_ca(section(restrictions=number(1, 12) + number(3, 6) + number(0, 2) + vendors(8)))
    assert [(item.purpose, item.kind, list(item.vendors)) for item in read.restrictions] == [(3, 0, [8])]


@pytest.mark.parametrize(
    "text",
    [
        section(version=2),
        section(created=0),
        section(cmp_id=0),
        section(restrictions=number(1, 12) + number(0, 6) + number(0, 2) + vendors(8)),
        section(restrictions=number(1, 12) + number(3, 6) + number(3, 2) + vendors(8)),
        section()[:-4],
        section() + "AAAAA",
        section() + ".",
        f"{section()}.{DISCLOSED}.{DISCLOSED}",
        f"{section()}.{base64url('010' + vendors(7))}",
        f"{section()}.{DISCLOSED}.{PUBLISHER}.{DISCLOSED}",
    ],
)
def test_it_refuses_what_is_no_canadian_section(text):
    with pytest.raises(Malformed):
        read_tcf_ca(text)
