import pytest

from gateway.anonymise.scrub.detect import NAMES
from gateway.anonymise.scrub.told import told


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ("Phone: 5512 3487, thanks", "5512 3487", "PHONE"), ("Kundenname: Eva Lind", "Eva Lind", "PERSON_NAME"), ("DOB: 4/5/1987", "4/5/1987", "DOB"),
        ("Password: hunter22 please", "hunter22", "PASSWORD"), ("Straße: Am Ring 4", "Am Ring 4", "ADDRESS"), ("user id = 48291", "48291", "USER_ID"),
    ],
)  # fmt: skip
def test_a_value_is_what_its_name_in_front_says(text, value, label):
    assert [(text[start:end], str(kind)) for start, end, kind in told(text, NAMES.of)] == [(value, label)]


@pytest.mark.parametrize(
    "text", ["Order: 12345678", "Sale: 50% off", "10:15", "Note: call", "https://shop.example", "a=b"]
)
def test_other_colons_tell_nothing(text):
    assert list(told(text, NAMES.of)) == []
