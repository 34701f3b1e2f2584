import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.cookies import MAX_BYTES, MAX_COOKIES, parse_cookies
from gateway.consent.invalid import Invalid


def test_it_reads_pairs_in_their_order():
    assert parse_cookies([b"a=1; b=2;c=3"]) == [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]


def test_it_joins_several_cookie_headers():
    assert parse_cookies([b"a=1; b=2", b"c=3"]) == [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]


def test_it_keeps_duplicates():
    assert parse_cookies([b"a=1; a=2; a=1"]) == [(b"a", b"1"), (b"a", b"2"), (b"a", b"1")]


def test_it_keeps_raw_json_as_it_is():
    value = b'{"necessaryCookies":["a b", "c"], "n":"\xc3\xa9" , "x":"y=z"}'
    assert parse_cookies([b"CookieControl=" + value + b"  ; b=2"]) == [(b"CookieControl", value), (b"b", b"2")]


def test_it_does_not_unquote():
    assert parse_cookies([b'a="x y"; b=%22']) == [(b"a", b'"x y"'), (b"b", b"%22")]


def test_it_knows_no_version_attribute():
    assert parse_cookies([b"$Version=1; a=1; $Path=/"]) == [(b"$Version", b"1"), (b"a", b"1"), (b"$Path", b"/")]


def test_a_name_may_have_colons_as_some_plugins_write_them():
    assert parse_cookies([b"real_cookie_banner-v:3_blog:1=x; b=2"]) == [
        (b"real_cookie_banner-v:3_blog:1", b"x"),
        (b"b", b"2"),
    ]


@pytest.mark.parametrize("junk", [b"\x85", b"\xa0", "\u2000".encode(), b'"', b"(", b"\xff "])
def test_it_takes_no_part_of_a_bad_name_for_a_name(junk):
    assert parse_cookies([junk + b"__Host-consent=EVIL; __Host-consent=good"]) == [(b"__Host-consent", b"good")]


@pytest.mark.parametrize("header", [b"", b";;", b"a", b"=a", b" ; b ; = "])
def test_it_passes_over_what_is_no_pair(header):
    assert parse_cookies([header]) == []
    assert parse_cookies([header + b"; z=1"]) == [(b"z", b"1")]


def test_a_name_followed_by_a_space_is_another_name():
    assert parse_cookies([b"__Host-consent =EVIL"]) == []


def test_an_empty_value_is_a_value():
    assert parse_cookies([b"a=; b= "]) == [(b"a", b""), (b"b", b"")]


@pytest.mark.parametrize("junk", [b"\x00", b"\x1c", b"\x7f", b"\r\n"])
def test_a_control_character_makes_all_of_it_unreadable(junk):
    assert isinstance(parse_cookies([b"a=1; " + junk + b"__Host-consent=EVIL"]), Invalid)


def test_too_long_is_unreadable():
    assert not isinstance(parse_cookies([b"a=" + b"x" * (MAX_BYTES - 2)]), Invalid)
    assert isinstance(parse_cookies([b"a=" + b"x" * (MAX_BYTES - 1)]), Invalid)
    assert isinstance(parse_cookies([b"a=" + b"x" * (MAX_BYTES // 2), b"b=" + b"x" * (MAX_BYTES // 2)]), Invalid)


def test_too_many_are_unreadable():
    assert not isinstance(parse_cookies([b";".join([b"a=1"] * MAX_COOKIES)]), Invalid)
    assert isinstance(parse_cookies([b"a=1"] * (MAX_COOKIES + 1)), Invalid)


NAMES = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=12).map(str.encode)
VALUES = st.binary(max_size=30).map(lambda raw: bytes(b for b in raw if b >= 0x20 and b not in (0x3B, 0x7F)).strip())


@settings(max_examples=200)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=20))
def test_what_is_written_is_read(pairs):
    assert parse_cookies([b"; ".join(name + b"=" + value for name, value in pairs)]) == pairs


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_it_never_raises(values):
    parse_cookies(values)
