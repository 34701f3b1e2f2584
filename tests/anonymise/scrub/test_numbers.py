import pytest

from gateway.anonymise.scrub.numbers import addresses, cards, coordinates, grouped_cards, ibans
from gateway.anonymise.scrub.runs import runs


def cut(finder, text):
    found = finder(text, runs(text)) if finder in (cards, grouped_cards) else finder(text)
    return [text[start:end] for start, end in found]


@pytest.mark.parametrize(
    "card",
    ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "3782 822463 10005", "4111.1111.1111.1111"],
)
def test_cards_are_found_in_every_grouping(card):
    assert cut(cards, f"12 {card} 12/28")[:1] == [card]


@pytest.mark.parametrize("card", ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444"])
def test_an_underscore_is_no_part_of_a_card(card):
    assert cut(cards, f"card_{card}_x") == [card]


def test_only_the_grouping_of_a_card_tells_it_from_an_order():
    assert cut(grouped_cards, "4111111111111111") == []
    assert cut(grouped_cards, "4111 1111 1111 1111") == ["4111 1111 1111 1111"]


@pytest.mark.parametrize("text", ["7071472973313570", "4111111111111112", "SKU4111111111111111", "0.4111111111111111"])
def test_other_numbers_are_no_cards(text):
    assert cut(cards, text) == []


@pytest.mark.parametrize("iban", ["DE89 3704 0044 0532 0130 00", "gb29nwbk60161331926819", "NO93 8601 1117 947"])
def test_ibans_are_found_and_what_follows_is_not_theirs(iban):
    assert cut(ibans, f"to {iban} please") == [iban]


@pytest.mark.parametrize("text", ["DE43900478342277803724", "MNDT5989252353", "XX89370400440532013000"])
def test_a_wrong_sum_is_no_iban(text):
    assert cut(ibans, text) == []


def test_an_underscore_is_no_part_of_an_ipv6_address():
    assert cut(addresses, "ip_2001:db8::7_x") == ["2001:db8::7"]


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7", "2001:db8:1:2:3:4:5:6"])
def test_network_addresses_are_found(address):
    assert address in cut(addresses, f"from {address}, port")


@pytest.mark.parametrize(
    "text",
    ["1.2.3.4.5", "v1.2.3.4", "version 1.2.3.4", "Chrome/142.0.0.0", "300.1.1.1", "127.0.0.1", "12:30:45", "a::b::c", "std::vector", "0.0.0.0", "1.2.3"],
)  # fmt: skip
def test_versions_and_times_are_none(text):
    assert cut(addresses, text) == []


def test_coordinates_are_pairs_with_four_decimals():
    assert cut(coordinates, "@44.485002,-5.590740,15z") == ["44.485002,-5.590740"]
    assert cut(coordinates, "12.50,13.50 91.2345,181.2345") == []


@pytest.mark.parametrize(
    "text", ["paid with card 3518243306005527.", "meine Kreditkarte 502065658143", "card: 4222222222222"]
)
def test_a_number_that_is_called_a_card_is_one(text):
    assert cut(cards, text)
    assert not cut(cards, text.replace("card", "order").replace("Kreditkarte", "Ware").replace("27", "24"))
