from urllib.parse import urlencode

import pytest

from gateway.web.privacy.forms import SECONDS, Forms, is_our_page, request_id, token_in

RING, OLD = b"k" * 32 + b"o" * 32, b"o" * 32
BOUND = ("shop", "1.cookie")
NOW = 1_790_000_000.0
FORM = [b"application/x-www-form-urlencoded"]


def random(number):
    return bytes(range(number))


FORMS = Forms(RING, random)


def test_a_token_is_good_for_its_form_its_site_and_its_cookie_alone():
    token = FORMS.token("erase", BOUND, NOW)
    assert FORMS.holds(token, "erase", BOUND, NOW)
    assert not FORMS.holds(token, "export", BOUND, NOW)
    assert not FORMS.holds(token, "erase", ("blog", "1.cookie"), NOW)
    assert not FORMS.holds(token, "erase", ("shop", "1.other"), NOW)
    assert not FORMS.holds(token, "erase", ("shop", ""), NOW)


def test_parts_that_are_cut_otherwise_are_another_form():
    token = FORMS.token("erase", ("a", "bc"), NOW)
    assert not FORMS.holds(token, "erase", ("ab", "c"), NOW)
    assert not FORMS.holds(token, "erasea", ("", "bc"), NOW)


def test_a_token_is_good_for_an_hour():
    token = FORMS.token("erase", BOUND, NOW)
    assert FORMS.holds(token, "erase", BOUND, NOW + SECONDS - 1)
    assert not FORMS.holds(token, "erase", BOUND, NOW + SECONDS)


def test_a_token_of_an_older_key_still_counts_and_one_of_another_key_does_not():
    assert FORMS.holds(Forms(OLD, random).token("erase", BOUND, NOW), "erase", BOUND, NOW)
    assert not FORMS.holds(Forms(b"x" * 32, random).token("erase", BOUND, NOW), "erase", BOUND, NOW)


def test_whatever_is_changed_of_a_token_it_does_not_count():
    token = FORMS.token("erase", BOUND, NOW)
    for at, letter in enumerate(token):
        other = "1" if letter != "1" else "2"
        assert not FORMS.holds(token[:at] + other + token[at + 1 :], "erase", BOUND, NOW), at
    assert not FORMS.holds(token + " ", "erase", BOUND, NOW)
    assert not FORMS.holds("", "erase", BOUND, NOW)


@pytest.mark.parametrize(
    ("kinds", "body", "token"),
    [
        (FORM, urlencode({"token": "a.b"}), "a.b"),
        ([b"application/x-www-form-urlencoded; charset=utf-8"], "token=a", "a"),
        (FORM, "token=a&token=b", ""),
        (FORM, "other=a", ""),
        (FORM, "token", ""),
        (FORM, "", ""),
        (FORM, "token=" + "a" * 2000, ""),
        (FORM, "token=a&" + "&".join(f"x{n}=" for n in range(9)), ""),
        (FORM, "token=\xe9", ""),
        ([b"text/plain"], "token=a", ""),
        ([b"multipart/form-data; boundary=x"], "token=a", ""),
        ([], "token=a", ""),
        (FORM * 2, "token=a", ""),
    ],
)
def test_one_token_is_read_from_a_form_and_from_nothing_else(kinds, body, token):
    assert token_in({b"content-type": kinds}, body.encode("latin-1")) == token


@pytest.mark.parametrize(
    ("origins", "sites", "ours"),
    [
        ([b"https://shop.example"], [b"same-origin"], True),
        ([b"http://shop.example"], [b"same-origin"], True),
        ([b"https://SHOP.example"], [], True),
        ([], [b"same-origin"], False),
        ([b"null"], [b"same-origin"], False),
        ([b"https://evil.example"], [b"same-origin"], False),
        ([b"https://shop.example.evil.example"], [], False),
        ([b"https://shop.example:8443"], [], False),
        ([b"https://shop.example"] * 2, [b"same-origin"], False),
        ([b"https://shop.example"], [b"same-site"], False),
        ([b"https://shop.example"], [b"cross-site"], False),
        ([b"https://shop.example"], [b"none"], False),
        ([b"https://shop.example"], [b"same-origin", b"cross-site"], False),
    ],
)
def test_only_a_page_of_the_very_same_origin_is_ours(origins, sites, ours):
    assert is_our_page({b"host": [b"shop.example"], b"origin": origins, b"sec-fetch-site": sites}) is ours


def test_what_is_sent_twice_is_the_same_request():
    assert request_id("a") == request_id("a") != request_id("b")
    assert request_id("a")[14] == "4"
