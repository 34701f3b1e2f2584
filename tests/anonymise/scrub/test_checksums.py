import pytest

from gateway.anonymise.scrub.checksums import (
    iban_length,
    is_card,
    is_date,
    is_iban,
    luhn,
    may_be_card,
    mod_11_10,
    verhoeff,
    weighted,
)

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
]


@pytest.mark.parametrize("number", CARDS)
def test_test_cards_of_the_issuers_are_cards(number):
    assert is_card(number)


@pytest.mark.parametrize("number", CARDS)
def test_one_wrong_digit_is_seen(number):
    assert not luhn(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "number", ["7071472973313570", "9366456394709557", "0000000000000000", "4111", "1763189853688"]
)
def test_what_no_issuer_gives_out_is_no_card(number):
    assert not is_card(number)


@pytest.mark.parametrize(
    "iban", ["DE89370400440532013000", "GB29NWBK60161331926819", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"]
)
def test_the_registrys_examples_are_ibans(iban):
    assert is_iban(iban)
    assert not is_iban(iban[:-1])
    assert not is_iban(iban[:2] + f"{(int(iban[2:4]) + 1) % 100:02}" + iban[4:])


def test_a_country_without_ibans_has_no_length():
    assert (iban_length("DE"), iban_length("US")) == (22, 0)


def test_the_other_sums_are_right():
    assert verhoeff("2363")
    assert not verhoeff("2364")
    assert mod_11_10("07945")
    assert weighted("123", (3, 2, 1)) == 10
    assert is_date("31", "12")
    assert not is_date("31", "13")


def test_what_is_called_a_card_needs_less_to_be_believed():
    assert may_be_card("4222222222222")
    assert may_be_card("4111111111111112")
    assert not may_be_card("4222222222223")
    assert not may_be_card("0000000000000000")
