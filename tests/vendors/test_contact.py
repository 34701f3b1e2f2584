import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.taxonomy import GROUPS
from gateway.vendors import contact


def digest(plain):
    return hashlib.sha256(plain.encode()).hexdigest()


def hashes(kind, value):
    """The plain forms are compared by their digests, by the way of normalising."""
    return {field.removeprefix(f"contact.{kind}_sha256"): made for field, made in contact.fields(kind, value).items()}


@pytest.mark.parametrize(
    ("value", "plain", "google", "bare"),
    [
        ("alexz@example.com", "alexz@example.com", "alexz@example.com", "alexz@example.com"),
        ("  AlexZ@Example.COM\n", "alexz@example.com", "alexz@example.com", "alexz@example.com"),
        ("Alex.Z+shop@gmail.com", "alex.z+shop@gmail.com", "alexz+shop@gmail.com", "alexz@gmail.com"),
        ("a.b.c@GoogleMail.com", "a.b.c@googlemail.com", "abc@googlemail.com", "abc@googlemail.com"),
        ("a.b+c@mail.example.org", "a.b+c@mail.example.org", "a.b+c@mail.example.org", "ab@mail.example.org"),
        ("jürgen@müller.example", "jürgen@müller.example", "jürgen@müller.example", "jürgen@müller.example"),
        ("o'neil_7@x-y.example", "o'neil_7@x-y.example", "o'neil_7@x-y.example", "o'neil_7@x-y.example"),
    ],
)
def test_an_address_is_hashed_in_each_vendors_normalisation(value, plain, google, bare):
    assert hashes("email", value) == {"": digest(plain), "_google": digest(google), "_nodots_noplus": digest(bare)}


def test_the_hashes_are_those_that_a_vendor_publishes_for_its_examples():
    email, phone = hashes("email", "AlexZ@example.com "), hashes("phone", "1 800 555 0100")
    assert email["_google"] == "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
    assert phone["_e164"] == "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("+1 (800) 555-0100", "18005550100"), ("18005550100", "18005550100"), ("0018005550100", "18005550100"),
        ("+49 171/2345678", "491712345678"), ("+49.171.2345678", "491712345678"), ("+4930\u00a0123456", "4930123456"),
    ],
)  # fmt: skip
def test_a_number_with_its_country_code_is_hashed_in_each_way(value, digits):
    assert hashes("phone", value) == {"": digest(digits), "_digits": digest(digits), "_e164": digest(f"+{digits}")}


def test_a_number_without_its_country_code_is_never_called_e164():
    assert hashes("phone", "0171 2345678") == {"": digest("1712345678"), "_digits": digest("1712345678")}


@pytest.mark.parametrize("value", ["A" * 64, " " + "0" * 64])
@pytest.mark.parametrize("kind", ["email", "phone"])
def test_what_is_hashed_already_stays_in_the_field_it_is_of(kind, value):
    assert contact.fields(kind, value) == {f"contact.{kind}_sha256": value.strip().lower()}
    other = contact.fields_of(kind)[1]
    assert contact.fields(kind, value, other) == {other: value.strip().lower()}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", ""), ("email", "Ann"), ("email", "ann@"), ("email", "@x.example"), ("email", "a b@x.example"),
        ("email", "a@b@x.example"), ("email", "a@localhost"), ("email", "a@x..example"), ("email", "a@x.example."),
        ("email", "Ann <a@x.example>"), ("email", "a@x.example,b@x.example"), ("email", "x" * 400), ("email", None),
        ("email", 7), ("email", "d41d8cd98f00b204e9800998ecf8427e"), ("email", "null"), ("email", "a\x00@x.example"),
        ("phone", ""), ("phone", "home"), ("phone", "123"), ("phone", "+49 171 2345678 ext 7"), ("phone", "1" * 16),
        ("phone", "0" * 12), ("phone", None), ("phone", 4930123456), ("phone", "++4930123456"),
        ("phone", "ann@mail.example"),
    ],
)  # fmt: skip
def test_what_is_neither_clear_nor_hashed_is_nothing(kind, value):
    assert contact.fields(kind, value) == {}


@given(
    st.sampled_from(["email", "phone"]),
    st.text(max_size=80) | st.emails() | st.from_regex(r"\+?[0-9 -]{6,20}", fullmatch=True),
)
def test_no_value_comes_out_as_it_went_in_and_spaces_and_case_change_nothing(kind, value):
    found = contact.fields(kind, value)
    assert all(len(made) == 64 and set(made) <= set("0123456789abcdef") for made in found.values())
    assert set(found) <= set(contact.fields_of(kind))
    assert value.lower() not in found.values() or len(value) == 64
    if value.isascii():
        assert contact.fields(kind, f" {value.upper()} ") == found


def test_every_contact_field_of_the_vocabulary_can_be_made():
    made = [field.removeprefix("contact.") for kind in ("email", "phone") for field in contact.fields_of(kind)]
    assert sorted(made) == sorted(GROUPS["contact"])


@pytest.mark.parametrize("value", ["+49 (0)30 123456", "0049 (0)30 123456", "+49 30 123456"])
def test_a_zero_that_is_dialled_only_at_home_is_no_part_of_a_number(value):
    assert hashes("phone", value)["_e164"] == digest("+4930123456")
