import pytest

from gateway.anonymise.scrub.detect import NAMES, TABLE
from gateway.anonymise.scrub.keys import Key, Names, folded, is_suspicious, words_of
from tests.anonymise.scrub import traffic

HEADING = {"PERSON_NAME": Key.NAME, "PHONE": Key.PHONE, "ADDRESS": Key.ADDRESS, "POSTCODE": Key.POSTCODE, "DOB": Key.DOB, "PASSWORD": Key.PASSWORD,
           "EMAIL": Key.EMAIL, "CREDIT_CARD": Key.CARD, "IBAN": Key.IBAN}  # fmt: skip
FORMS = [(name, HEADING[label]) for label, names in traffic.FORMS.items() for name in names.split() if name != "cep"]


@pytest.mark.parametrize(("name", "key"), FORMS)
def test_names_of_many_languages_are_understood(name, key):
    assert NAMES.of(name) is key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("email", Key.EMAIL), ("userEmail", Key.EMAIL), ("user[email]", Key.EMAIL), ("billing_email_address", Key.EMAIL), ("email2", Key.EMAIL),
        ("em_sha256", Key.EMAIL), ("hashedEmail", Key.EMAIL), ("ep.user_email", Key.EMAIL), ("$email", Key.EMAIL), ("E-MAIL", Key.EMAIL),
        ("customer_phone_number", Key.PHONE), ("phone_home", Key.PHONE), ("order_number", Key.SAFE), ("transaction_id", Key.SAFE),
        ("article_id", Key.SAFE), ("user_id", Key.USER_ID), ("customer[id]", Key.USER_ID), ("device.id", Key.ONLINE_ID), ("cart.id", Key.SAFE),
        ("user.name", Key.NAME), ("name", Key.MAYBE_NAME), ("library.name", Key.MAYBE_NAME), ("iban_like", None), ("font_size", Key.SAFE),
        ("unheard", None), ("", None), ("7", None), ("x" * 200, None), ("items[0][id]", Key.SAFE), ("emails[0]", Key.EMAIL),
    ],
)  # fmt: skip
def test_a_name_is_read_by_its_words(name, key):
    assert NAMES.of(name) is key


def test_the_names_above_count_as_well():
    assert NAMES.of("id", ("customer",)) is Key.USER_ID
    assert NAMES.of("name", ("billing",)) is Key.NAME
    assert NAMES.of("0", ("email",)) is Key.EMAIL


def test_words_and_folding():
    assert words_of("firstName_XML2") == ["first", "Name", "XML", "2"]
    assert folded("Straße É-ı ł") == "strasseeil"


def test_the_table_has_no_heading_that_nobody_knows():
    assert TABLE.keys() - {key.value for key in Key} == {"adornments"}
    assert {key.value for key in Key} - TABLE.keys() == set()


def test_the_operator_may_call_names_harmless():
    names = Names(TABLE, safe=["store_phone"])
    assert names.is_allowed("storePhone")
    assert names.is_allowed("x[store_phone]")
    assert not names.is_allowed("phone")
    assert not NAMES.is_allowed("store_phone")


@pytest.mark.parametrize(("name", "so"), [("eva@mail.example", True), ("0171 2345678", True), ("cd[value]", False)])
def test_a_name_may_itself_be_somebodys_address_or_number(name, so):
    assert is_suspicious(name) is so
