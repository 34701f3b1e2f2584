import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.invalid import Invalid
from gateway.consent.receipt import MAX_LENGTH, Choice, ConsentRecord, open_receipt, seal, terms_of

KEY = bytes(range(32))
SITE = "shop"
NOW = 1_790_841_600
RECORD = ConsentRecord(
    "r-1",
    NOW - 60,
    NOW + 3600,
    (Choice("insight", True, terms_of("a")), Choice("retarget", False, terms_of("b"))),
    True,
)


def test_what_is_sealed_is_opened():
    assert open_receipt(seal(RECORD, KEY, SITE), KEY, SITE, NOW) == RECORD


def test_it_is_a_cookie_value_of_modest_length():
    text = seal(RECORD, KEY, SITE)
    assert len(text) < 160
    assert not set(text) & set(' ",;\\')


def test_it_is_worth_nothing_on_another_site():
    assert isinstance(open_receipt(seal(RECORD, KEY, SITE), KEY, "other", NOW), Invalid)


def test_it_is_worth_nothing_under_another_key():
    assert isinstance(open_receipt(seal(RECORD, bytes(32), SITE), KEY, SITE, NOW), Invalid)


def test_it_ends_with_its_last_second():
    text = seal(RECORD, KEY, SITE)
    assert open_receipt(text, KEY, SITE, RECORD.expires - 1) == RECORD
    assert open_receipt(text, KEY, SITE, RECORD.expires) == Invalid("expired")


def test_it_is_not_given_in_the_future():
    record = RECORD._replace(given=NOW + 86401, expires=NOW + 10**6)
    assert open_receipt(seal(record, KEY, SITE), KEY, SITE, NOW) == Invalid("given in the future")


def test_a_signed_body_of_another_version_is_refused():
    text = seal(RECORD, KEY, SITE)
    body = text.rpartition(".")[0]
    other = "2" + body[1:]
    assert isinstance(open_receipt(other + text[len(body) :], KEY, SITE, NOW), Invalid)


def test_a_choice_of_no_purpose_is_a_choice():
    record = RECORD._replace(choices=())
    assert open_receipt(seal(record, KEY, SITE), KEY, SITE, NOW) == record


@pytest.mark.parametrize("text", ["", ".", "a.b", "\u2000", "\udc80.\udc80", "x" * (MAX_LENGTH + 1)])
def test_what_is_no_receipt_is_invalid(text):
    assert isinstance(open_receipt(text, KEY, SITE, NOW), Invalid)


@pytest.mark.parametrize(
    "record",
    [
        RECORD._replace(id="a.b"),
        RECORD._replace(id=""),
        RECORD._replace(given=-1),
        RECORD._replace(choices=(Choice("a b", True, "t"),)),
        RECORD._replace(choices=(Choice("a", True, "t:"),)),
        RECORD._replace(choices=(Choice("a", True, "t"), Choice("a", False, "t"))),
        RECORD._replace(choices=tuple(Choice(f"{n:064}", True, "t" * 64) for n in range(40))),
    ],
)
def test_what_cannot_be_written_is_refused_on_sealing(record):
    with pytest.raises(ValueError, match=r"."):
        seal(record, KEY, SITE)


def test_terms_tell_where_one_word_ends():
    assert terms_of("ab", "c") != terms_of("a", "bc")
    assert len(terms_of("Measuring whether ads lead to sales", "advertising")) == 8


@settings(max_examples=200)
@given(st.data())
def test_no_change_of_a_receipt_opens(data):
    text = seal(RECORD, KEY, SITE)
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.characters(max_codepoint=0x17F))
    changed = text[:at] + data.draw(st.sampled_from(["", piece])) + text[at + 1 :]
    if changed != text:
        assert isinstance(open_receipt(changed, KEY, SITE, NOW), Invalid)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_it_never_raises(text):
    assert isinstance(open_receipt(text, KEY, SITE, NOW), Invalid)


def test_a_receipt_of_an_older_key_is_believed_as_long_as_the_key_is_there():
    new, old = bytes(range(32)), bytes(range(1, 33))
    text = seal(RECORD, old, SITE)
    record = open_receipt(text, new + old, SITE, NOW)
    assert record == RECORD._replace(age=1)
    assert (record.reference, RECORD.reference) == (f"1:{RECORD.id}", RECORD.id)
    assert isinstance(open_receipt(text, new, SITE, NOW), Invalid)


def test_a_receipt_is_sealed_with_the_current_key():
    new, old = bytes(range(32)), bytes(range(1, 33))
    assert seal(RECORD, new + old, SITE) == seal(RECORD, new, SITE) != seal(RECORD, old, SITE)
