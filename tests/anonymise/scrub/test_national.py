import pytest

from gateway.anonymise.scrub import national
from gateway.anonymise.scrub.runs import runs


def national_ids(text):
    return national.national_ids(text, runs(text))


# Made by drawing until an independent library called them valid; the date is often impossible for anybody alive.
ANYWHERE = [
    "700-42-0723", "967.826.810-80", "37021605T", "Z0064361N", "239042252451146", "730504-7883", "050859-032X", "570817/6243",
    "62.03.27-169.53", "756.7147.9530.55", "5363371DB", "26021386315", "110105191711183585", "65.786.318-1", "20-03798194-0",
    "8400 0521 0900", "NGYFRU55D14V243Z", "AB 12 34 56 C", "S1234567D", "A123456789", "010203-1234567", "112-233-445 95",
]  # fmt: skip
ANNOUNCED = ["68041781397", "560556780", "56598745020", "4852744483", "98806989636", "230304403"]


@pytest.mark.parametrize("number", ANYWHERE)
def test_a_number_of_a_form_of_its_own_is_found_anywhere(number):
    assert list(national_ids(f"x {number}, y"))[:1] == [(2, 2 + len(number))]


@pytest.mark.parametrize("number", ANNOUNCED)
def test_a_bare_number_is_believed_where_a_word_announces_it(number):
    assert list(national_ids(f"PESEL/BSN/NHS/TFN: {number}"))
    assert not list(national_ids(f"order {number}"))


@pytest.mark.parametrize(
    "number",
    ["666-21-7102", "000-12-3456", "967.826.810-81", "37021605A", "730504-7880x", "756.7147.9530.56", "110105191711183586", "2026-11-26",
     "891-773-8640", "NGYFRU55D14V243A", "65.786.318-2", "20-03798194-1"],
)  # fmt: skip
def test_what_only_looks_like_one_is_left_alone(number):
    assert not list(national_ids(f"x {number} y"))


@pytest.mark.parametrize(
    ("name", "length", "share"),
    [("cpf", 11, 0.03), ("pesel", 11, 0.11), ("bsn", 9, 0.11), ("nhs", 10, 0.11), ("tfn", 9, 0.11), ("steuer_id", 11, 0.11), ("tc_kimlik", 11, 0.03)],
)  # fmt: skip
def test_no_more_random_digits_pass_than_chance_lets(name, length, share):
    check = getattr(national, name)
    numbers = [str(7_919_000_003 * step % 10**length).zfill(length) for step in range(1, 3000)]
    assert 0 < sum(map(check, numbers)) < 1.3 * share * len(numbers)
