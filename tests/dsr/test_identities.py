"""Whoever says what he is known by is found under everything that his events were filed under."""

import hashlib

import pytest

from gateway.anonymise.subjects import persons_among, subjects_of
from gateway.dsr.identities import Reader, Record
from gateway.dsr.problems import InvalidDraft, InvalidIdentity, UnsupportedIdentity
from gateway.dsr.request import Identity
from gateway.keys import Subjects
from gateway.vendors.contact import EMAIL, PHONE, fields

NOW_KEY, BEFORE = bytes(range(32)), bytes(range(1, 33))
SUBJECTS = Subjects(NOW_KEY)
RECORDS = {"good": Record("5f0c", 100, ("ads",))}
READER = Reader(SUBJECTS, RECORDS.get)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("kind", "value"), [(EMAIL, " Ann.B+x@Gmail.com "), (PHONE, "+49 (0)30 1234567")])
def test_an_address_is_found_whichever_way_a_pixel_hashed_it(kind, value):
    found = READER.read([Identity(kind, value)])
    for way in fields(kind, value).values():
        assert SUBJECTS.of(kind, way) in found.subjects
    assert found.proven[kind] == (value.strip().lower() if kind == EMAIL else value.strip())


def test_a_hash_is_found_as_what_it_is_and_proves_nothing_in_clear():
    found = READER.read([Identity("email", digest("ann@mail.example").upper(), "sha256")])
    assert found.subjects == (SUBJECTS.of("email", digest("ann@mail.example")),)
    assert found.proven == {"contact.email_sha256": digest("ann@mail.example")}


@pytest.mark.parametrize("name", ["user_id", "controller_customer_id", "id.user"])
def test_an_account_is_the_same_under_each_of_its_names(name):
    found = READER.read([Identity(name, "u-1")])
    assert (found.subjects, found.proven) == ((SUBJECTS.of("user", "u-1"),), {"id.user": "u-1"})


def test_the_id_of_a_browser_is_found_as_its_events_are():
    found = READER.read([Identity("id.ga_client_id", "1.2")])
    field = {"id.ga_client_id": "1.2"}
    assert list(found.subjects) == subjects_of(SUBJECTS, persons_among([("id.ga_client_id", "raw")]), field, field)


def test_a_cookie_of_ours_is_the_subject_of_its_record():
    found = READER.read([Identity("visitor_id", "good")])
    assert (found.subjects, found.records, found.proven) == ((SUBJECTS.digest("5f0c"),), (RECORDS["good"],), {})


def test_what_was_filed_under_a_key_before_is_found_too():
    reader = Reader(Subjects(NOW_KEY + BEFORE), RECORDS.get)
    found = reader.read([Identity("user_id", "u-1")])
    assert found.subjects == (SUBJECTS.of("user", "u-1"), Subjects(BEFORE).of("user", "u-1"))


def test_several_are_one_person_each_subject_once():
    user = Identity("user_id", "u-1")
    found = READER.read([user, user, Identity("id.fbp", "fb.1.2.3")])
    assert found.subjects == (SUBJECTS.of("user", "u-1"), SUBJECTS.of("client", "id.fbp\nfb.1.2.3"))


@pytest.mark.parametrize(
    ("identity", "problem"),
    [
        (Identity("passport", "X"), UnsupportedIdentity),
        (Identity("user_id", "u", "sha256"), UnsupportedIdentity),
        (Identity("order.id", "7"), UnsupportedIdentity),
        (Identity("email", "ann"), InvalidIdentity),
        (Identity("email", "a" * 64), InvalidIdentity),
        (Identity("email", "ann@mail.example", "sha256"), InvalidIdentity),
        (Identity("phone", "call me"), InvalidIdentity),
        (Identity("visitor_id", "bad"), InvalidIdentity),
        (Identity("user_id", ""), InvalidIdentity),
    ],
)
def test_what_cannot_be_read_is_told_by_its_place_and_never_repeated(identity, problem):
    with pytest.raises(problem) as raised:
        READER.read([Identity("user_id", "u-1"), identity])
    assert raised.value.place == 1
    assert len(identity.value) < 4 or identity.value not in str(raised.value)


@pytest.mark.parametrize("number", [0, 17])
def test_nobody_and_a_crowd_are_no_person(number):
    with pytest.raises(InvalidDraft):
        READER.read([Identity("user_id", f"u-{each}") for each in range(number)])


def test_neither_prints_anybody():
    identity = Identity("email", "ann@mail.example")
    assert "ann" not in repr(identity) + repr(READER.read([identity]))
