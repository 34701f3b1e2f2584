import pytest

from gateway.anonymise.scrub.keys import Key
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.verdicts import judge

DIGEST = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"


@pytest.mark.parametrize(
    ("key", "text", "label"),
    [
        (Key.EMAIL, "x@y", Label.EMAIL), (Key.EMAIL, DIGEST, Label.EMAIL_HASH), (Key.RECIPIENT, DIGEST[:40], Label.EMAIL_HASH),
        (Key.PHONE, "0171/2345678", Label.PHONE), (Key.PHONE, "5551234 ext 12", Label.PHONE), (Key.PHONE, DIGEST, Label.PHONE_HASH),
        (Key.NAME, "Eva", Label.PERSON_NAME), (Key.NAME, DIGEST, Label.NAME_HASH), (Key.USERNAME, "eva42", Label.USER_ID),
        (Key.ADDRESS, "12 High St", Label.ADDRESS), (Key.POSTCODE, "SW1A 1AA", Label.POSTCODE), (Key.DOB, "4 May 1987", Label.DOB),
        (Key.DOB, "1987年5月4日", Label.DOB), (Key.CARD, "4111 1111 1111 1112", Label.CREDIT_CARD), (Key.CVV, "123", Label.CREDIT_CARD),
        (Key.IBAN, "DE43 9004 7834 2277 8037 24", Label.IBAN), (Key.NATIONAL_ID, "123.456.789-00", Label.NATIONAL_ID), (Key.IP, "203.0.113.7:443", Label.IP),
        (Key.IP, "[2001:db8::1]:443", Label.IP), (Key.GEO, "47.33", Label.GEO_COORD), (Key.PASSWORD, "hunter2", Label.PASSWORD),
        (Key.TOKEN, "abcdefghijkl", Label.AUTH_TOKEN), (Key.TOKEN, "482913", Label.AUTH_TOKEN), (Key.MAYBE_TOKEN, "iCuPDX98DImHN0DhqWU4", Label.AUTH_TOKEN),
        (Key.USER_ID, "48291", Label.USER_ID), (Key.ONLINE_ID, "822818662.1731974019", Label.ONLINE_ID),
        (Key.TOKEN, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", Label.JWT),
    ],
)  # fmt: skip
def test_a_value_that_fits_its_name_gets_the_label(key, text, label):
    assert judge(key, text) is label


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Key.EMAIL, "weekly"), (Key.EMAIL, "true"), (Key.PHONE, "iPhone 15"), (Key.PHONE, "1"), (Key.NAME, "12345"), (Key.NAME, ""), (Key.USER_ID, "guest"),
        (Key.POSTCODE, "London"), (Key.DOB, "soon"), (Key.CARD, "visa"), (Key.CVV, "12345"), (Key.IBAN, "none"), (Key.NATIONAL_ID, "yes please"),
        (Key.IP, "10"), (Key.GEO, "12"), (Key.PASSWORD, "1"), (Key.TOKEN, "short"), (Key.MAYBE_TOKEN, "WELCOME10"), (Key.MAYBE_TOKEN, "spring-sale-landing-page"),
        (Key.ONLINE_ID, "UA-12345-1"), (Key.ONLINE_ID, "shop"), (Key.SAFE, "4111111111111111"), (Key.EMAIL, "[email]"), (Key.NAME, "[name]"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_gets_none(key, text):
    assert judge(key, text) is None
