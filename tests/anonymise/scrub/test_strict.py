from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.scrub import MAX_TEXT, SHIPPED, decode, scrub
from gateway.anonymise.scrub.detect import scrubber as rules_scrubber
from gateway.anonymise.scrub.rules import ScrubRules
from tests.measure import seconds

EMAILS = [
    "john@example.com",
    "j.doe+news@mail.example.co.uk",
    "JOHN_DOE@EXAMPLE.TEST",
    "o'neil@x.ie",
    "josé@müller.de",
    "a@b.co",
]


def everything_encoded(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


ENCODINGS = {
    "raw": lambda text: text,
    "once": lambda text: quote(text, safe=""),
    "twice": lambda text: quote(quote(text, safe=""), safe=""),
    "thrice": lambda text: quote(quote(quote(text, safe=""), safe=""), safe=""),
    "four times": lambda text: quote(quote(quote(quote(text, safe=""), safe=""), safe=""), safe=""),
    "whole": everything_encoded,
    "whole, twice": lambda text: everything_encoded(everything_encoded(text)),
    "lower case": lambda text: quote(text, safe="").replace("%40", "%40".lower()),
    "html": lambda text: text.replace("@", "&#64;"),
    "html hex": lambda text: text.replace("@", "&#x40;"),
    "html name": lambda text: text.replace("@", "&commat;"),
    "json": lambda text: text.replace("@", "\\u0040"),
    "full width": lambda text: text.replace("@", "＠"),
    "invisible": lambda text: text.replace("@", "\u200b@\u200b"),
}


@pytest.mark.parametrize("email", EMAILS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_email_address_passes_in_any_encoding(email, encoding):
    text = ENCODINGS[encoding](email)
    domain = email.rpartition("@")[2]
    for around in ("{}", "hello {}!", "mail={}&x=1", "<{}>", "a,{},b"):
        clean = scrub(around.format(text))
        assert clean is not None
        assert "[email]" in clean
        assert domain not in decode(clean)
    assert SHIPPED.betrays(text)


def test_what_is_encoded_more_often_is_dropped():
    text = ENCODINGS["four times"]("john@example.com")
    assert scrub(quote(text, safe="")) is None
    assert SHIPPED.betrays(quote(text, safe=""))


@given(
    st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}", fullmatch=True),
    st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    st.sampled_from(sorted(ENCODINGS)),
    st.text(st.characters(exclude_characters="%\\&"), max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_an_email_address_is_found_wherever_it_stands(local, domain, encoding, around):
    text = f"{around} {ENCODINGS[encoding](f'{local}@{domain}')} {around}"
    clean = scrub(text)
    assert clean is None or f"{local}@{domain}" not in decode(clean)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call +49 171 2345678 now", "call [phone] now"),
        ("%2B33%201%2023%2045%2067%2089", "[phone]"),
        ("0049-171-2345678", "[phone]"),
        ("(020) 7946 0958", "[phone]"),
        ("555-123-4567", "[phone]"),
        ("07700+900882", "[phone]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("5320+5176+3203+4653", "[card]"),
        ("378282246310005", "[card]"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
        ("gb29nwbk60161331926819", "[iban]"),
        ("order 123456789012", "order [number]"),
        ("778-04-2505", "[national_id]"),
        ("from 203.0.113.7", "from [ip]"),
        ("from 2001:db8::7.", "from [ip]."),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[jwt]"),
        ("sk_live_abcdefgh12345678", "[secret]"),
        ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
        ("word q8Kd02LmXz71PqRs5TuVw3Yz", "word [token]"),
        ("5d41402abc4b2a76b9719d911017c592", "[token]"),
        ("2bd961d9-ca1f-4053-8840-a8adef09376d", "[id]"),
        ("٠١٧١٢٣٤٥٦٧٨", "[phone]"),
        ("john@[192.0.2.7]", "[email]"),
        ("root@localhost", "[email]"),
    ],
)
def test_what_looks_personal_is_masked(text, expected):
    assert scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "Blue shirt for men | Shop", "Für Männer", "50% off", "100%", "a&b=c", "spring_2024", "utm-term", "1920x1080",
        "2024-01-31", "2024-01-31 10:15:00", "31.01.2024", "12:30:45", "logo@2x.png", "react@18.2.0", "12.50 EUR", "R2D2",
        "Top 10: the best of 2024", "C++ & Java", "Straße 7", "日本語のページ", "1,234,567", "caf%C3%A9", "version 1.2.3",
        "thank-you-for-your-order", "%zz", "%", "&", "\\",
    ],
)  # fmt: skip
def test_ordinary_text_comes_back_as_it_was(text):
    assert scrub(text) == text


def test_what_is_too_long_is_dropped():
    assert scrub("x " * (MAX_TEXT // 2)) is not None
    assert scrub("x" * (MAX_TEXT + 1)) is None


@given(st.text(max_size=200) | st.from_regex(r"[0-9a-fA-F%+@.:&;# -]{0,80}", fullmatch=True))
@settings(max_examples=200, deadline=None)
def test_scrubbing_twice_is_scrubbing_once(text):
    once = scrub(text)
    assert once is None or scrub(once) == once


@pytest.mark.parametrize(
    "unit", ["a", "a@", "1 ", "%40", "aA1_", "::", "+0", "DE11", "&amp;", "eyJ.", '"', '"a', "0.", "1.1.1.", "@", "-a-", "٠", "&#64"]
)  # fmt: skip
def test_hostile_text_of_full_length_takes_no_long_time(unit):
    text = (unit * MAX_TEXT)[:MAX_TEXT]
    # A few milliseconds here; what backtracks takes minutes.
    assert seconds(scrub, text, enough=0.5) <= 0.5


def test_nothing_of_a_text_that_was_masked_is_remembered_and_of_a_clean_one_only_a_digest():
    scrubber = rules_scrubber(ScrubRules())
    assert scrubber.scrub("for eva@mail.example") == "for [email]"
    assert scrubber.scrub_listed("mail=eva@mail.example") == "mail=[email]"
    assert not scrubber.is_technical("eva@mail.example")
    assert scrubber._clean == set()
    assert scrubber.scrub("Blue shirt for men") == "Blue shirt for men"
    assert scrubber.scrub_listed("uid=4711") == "uid=4711"
    assert scrubber.is_technical("G111.x")
    assert {len(digest) for digest in scrubber._clean} == {16}


def test_the_memory_has_a_bound(monkeypatch):
    monkeypatch.setattr("gateway.anonymise.scrub.strict.MAX_REMEMBERED", 4)
    scrubber = rules_scrubber(ScrubRules())
    for number in range(20):
        scrubber.scrub(f"shirt no. {number}")
    assert len(scrubber._clean) <= 4


def test_a_listed_name_condemns_nothing_but_a_form_does():
    assert SHIPPED.scrub_listed("uid=4711&q=tea") == "uid=4711&q=tea"
    assert SHIPPED.scrub("uid=4711&q=tea", "query") == "uid=[user]&q=tea"
    assert SHIPPED.scrub_listed("uid=eva@mail.example") == "uid=[email]"


@pytest.mark.parametrize("text", ["see https://shop.example/x&bc;d now", "/x&bc;d"])
def test_what_only_has_the_look_of_an_escape_is_read_as_it_stands(text):
    assert scrub(text) == scrub(text, "text") == scrub(text, "path") == decode(text) == text


def test_a_text_that_is_clean_under_one_name_is_not_so_under_another():
    scrubber = rules_scrubber(ScrubRules())
    assert scrubber.scrub("", name="password\nhunter") == ""
    assert scrubber.scrub("hunter\n", name="password") == "[password]"
