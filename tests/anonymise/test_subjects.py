"""An event is found again by everything that it names its visitor by and sends, and by nothing else."""

from gateway.anonymise.subjects import MOST_ALSO, Person, filed, kind_of, persons_among, subject_value, subjects_of
from gateway.keys import Subjects

SUBJECTS = Subjects(bytes(range(32)))
LEVELS = {
    "id.ga_client_id": "raw", "id.user": "keyed_hash", "id.visitor": "daily_hash", "contact.email_sha256": "hash",
    "contact.phone_sha256": "hash", "page.url": "full", "click.gclid": "raw", "client.ip": "hash", "id.fbp": "drop",
}  # fmt: skip
PERSONS = persons_among(LEVELS.items())
HASH, OTHER = "a" * 64, "b" * 64


def of(kind, value):
    return SUBJECTS.of(kind, value)


def test_an_account_comes_before_an_address_and_an_address_before_a_browser():
    assert (
        Person("id.user", "user"), Person("contact.email_sha256", "email"), Person("contact.phone_sha256", "phone"),
        Person("id.ga_client_id", "client"),
    ) == PERSONS  # fmt: skip


def test_each_field_that_is_sent_names_one_subject_by_what_the_pixel_said():
    carried = {"id.user": "u-1", "contact.email_sha256": HASH.upper(), "id.ga_client_id": "1.2", "id.fbp": "fb.1"}
    sent = {"id.user": "pseudonym", "contact.email_sha256": HASH, "id.ga_client_id": "1.2"}
    assert subjects_of(SUBJECTS, PERSONS, carried, sent) == [
        of("user", "u-1"), of("email", HASH), of("client", "id.ga_client_id\n1.2"),
    ]  # fmt: skip


def test_what_is_not_sent_or_not_carried_names_nobody():
    carried = {"id.user": "u-1", "id.ga_client_id": "1.2"}
    assert subjects_of(SUBJECTS, PERSONS, carried, {}) == []
    assert subjects_of(SUBJECTS, PERSONS, {}, {"id.user": "made of our own cookie"}) == []
    assert subjects_of(SUBJECTS, PERSONS, {"id.user": ["no", "id"]}, {"id.user": "x"}) == []


def test_the_same_value_of_two_makers_is_two_subjects_and_a_user_is_the_same_everywhere():
    assert subject_value(Person("id.a", "client"), "7") != subject_value(Person("id.b", "client"), "7")
    assert subject_value(Person("id.user", "user"), "7") == "7"
    assert [kind_of(name) for name in ("id.user", "id.fbp", "contact.email_sha256_google", "contact.phone_sha256")] == [
        "user", "client", "email", "phone",
    ]  # fmt: skip


def test_the_record_comes_first_and_no_more_than_so_many_follow():
    named = [str(number) for number in range(9)]
    assert filed("record", named) == ("record", tuple(named[:MOST_ALSO]))
    assert filed("", named) == ("0", tuple(named[1 : 1 + MOST_ALSO]))
    assert filed("record", []) == ("record", ())
    assert filed("", []) == ("", ())
