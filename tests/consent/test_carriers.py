import gzip
import json
import timeit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.consent.carriers import MAX_LEAVES, MAX_VALUE, MAX_VALUES, NAMES, assort, find
from gateway.consent.invalid import Invalid

PLAIN = (
    "id=1&ev=Purchase&dl=https%3A%2F%2Fshop.example%2F&cd%5Bvalue%5D=9.99&ud%5Bem%5D=a%40mail.example&npax=1&xgdpr=1"
)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_found_in_a_query_a_form_a_path_and_json_at_any_depth(name):
    value = "a value"
    expected = ((NAMES[name], value),)
    assert find("/tr", f"x=1&{name}=a%20value&y=2", b"") == expected
    assert find("/tr", "", f"x=1\r\n{name}=a+value&y".encode()) == expected
    assert find(f"/activity;src=1;{name}=a%20value;ord=2", "", b"") == expected
    assert find("/e", "", json.dumps([{"a": [{"b": {name: value}}]}]).encode()) == expected


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize(
    "written",
    ["cd[{}]", "cd%5B{}%5D", "regs[ext][{}]", "{}[]", "{}%5b0%5d", "a[{}][12]", "cd%5Bvalue%5D=1&regs%5b{}%5d"],
)
def test_every_name_is_found_in_brackets(name, written):
    expected = ((NAMES[name], "a value"),)
    assert find("/tr", f"x[y]=1&{written.format(name)}=a%20value&z[]=2", b"") == expected
    assert find("/tr", "", f"x[y]=1\r\n{written.format(name)}=a+value".encode()) == expected


@pytest.mark.parametrize("query", ["", PLAIN, PLAIN.replace("&", "&amp;"), "gdprx=1&_gdpr=1&consent=yes&dl=gdpr=1"])
def test_what_is_none_of_the_names_is_not_found(query):
    assert find("/tr", query, b"") == ()
    assert find("/tr", "", query.encode()) == ()
    assert find("/e", "", json.dumps({"page": {"url": query}, "gdprx": 1, "consent": "yes"}).encode()) == ()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("gdpr", (("gdpr", ""),)),
        ("gdpr=&gdpr=1&gdpr=1", (("gdpr", ""), ("gdpr", "1"))),
        ("a=1&amp;gdpr=1", (("gdpr", "1"),)),
        ("gdpr%5fconsent=CP", (("gdpr_consent", "CP"),)),
        ("%67%64%70%72=1", (("gdpr", "1"),)),
        ("us%5Fprivacy=1YYN&gdpr=0", (("us_privacy", "1YYN"), ("gdpr", "0"))),
        ("gdpr_consent=%2524%257B", (("gdpr_consent", "%24%7B"),)),
        ("gdpr_consent=${GDPR_CONSENT_755}", (("gdpr_consent", "${GDPR_CONSENT_755}"),)),
        ("gpp=%zz%", (("gpp", "%zz%"),)),
        ("gpp=%ff", (("gpp", "\ufffd"),)),
    ],
)
def test_a_query_is_decoded_exactly_once(query, found):
    assert find("/tr", query, b"") == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"regs": {"gdpr": 1, "ext": {"us_privacy": "1YNN"}}}, (("gdpr", "1"), ("us_privacy", "1YNN"))),
        ({"user": {"consent": "CP"}}, (("gdpr_consent", "CP"),)),
        ({"user": {"ext": {"consent": "CP"}}}, (("gdpr_consent", "CP"),)),
        ({"consent": {"ad_user_data": "DENIED"}}, (("consent.ad_user_data", "DENIED"),)),
        ({"gpp_sid": [2, 6]}, (("gpp_sid", "2,6"),)),
        ({"gdpr": True, "npa": False}, (("gdpr", "1"), ("npa", "0"))),
        ({"gdpr_consent": None}, (("gdpr_consent", "null"),)),
        ({"data_processing_options": {"modes": ["LDU"]}}, (("data_processing_options", "LDU"),)),
        ([{"gdpr": 0}, {"gdpr": 1}], (("gdpr", "0"), ("gdpr", "1"))),
        ({"consent": "no", "ad_user_data": "DENIED", "ext": {"consent": "CP"}}, ()),
    ],
)
def test_json_is_searched_member_by_member(body, found):
    assert find("/e", "", json.dumps(body).encode()) == found


@pytest.mark.parametrize(
    "body", [b'{"gdpr":0,"gdpr":1}', b'  [{"gdpr":0},{"\\u0067dpr":1}]', b'{"gdpr":0,"a":{"gd\\u0070r" : 1}}']
)
def test_a_member_that_is_given_twice_or_hidden_in_escapes_has_all_its_values(body):
    assert find("/e", "", body) == (("gdpr", "0"), ("gdpr", "1"))


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b'{"gdpr":1'),
        ("", b'{"gdpr":' + b"[" * 20_000),
        ("", b'{"gdpr":1,"a":[' + b"0," * MAX_LEAVES + b"0]}"),
        ("&".join(f"gdpr={number}" for number in range(MAX_VALUES + 1)), b""),
        ("gdpr_consent=" + "C" * (MAX_VALUE + 1), b""),
    ],
)
def test_too_much_or_broken_json_with_one_of_the_names_is_unreadable_as_a_whole(query, body):
    assert isinstance(find("/e", query, body), Invalid)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("consent_string=CP&consent_type=2", "gdpr_consent"),
        ("consent_string=1YYN&consent_type=3", "us_privacy"),
        ("consent_string=DBAA&consent_type=4", "gpp"),
        ("consent_string=1YYN", "us_privacy"),
        ("consent_string=2YYN", "us_privacy"),
        ("consent_string=DBAA", "gpp"),
        ("consent_string=CP", "gdpr_consent"),
        ("consent_string=1YNN&consent_type=1", "gdpr_consent"),
        ("consent_string=1YNN&consent_type=3&consent_type=2", "gdpr_consent"),
        ("consent_string=1YNN&consent_type=%24%7BT%7D", "gdpr_consent"),
    ],
)
def test_the_one_string_of_amp_goes_where_its_type_or_its_shape_says(query, name):
    assert set(assort(find("/tr", query, b""))) == {name}


def test_a_batch_whose_events_say_the_same_is_not_too_much():
    assert find("/e", "", json.dumps([{"gdpr": 1, "gdpr_consent": "CP"}] * 500).encode()) == (
        ("gdpr", "1"), ("gdpr_consent", "CP")
    )  # fmt: skip


def test_each_value_is_kept_once():
    assert assort((("gdpr", "1"), ("gpp", "x"), ("gdpr", "1"), ("gdpr", "0"))) == {"gdpr": ["1", "0"], "gpp": ["x"]}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200), st.binary(max_size=300))
@example("/;gdpr", "gdpr&%67dpr&", b'{"gdpr":{}}')
def test_it_never_raises(path, query, body):
    result = find(path, query.encode("utf-8", "surrogatepass").decode("latin-1"), body)
    assert isinstance(result, tuple)


def test_a_hit_without_any_of_them_costs_less_than_splitting_its_query():
    query = PLAIN * 3
    ours = min(timeit.repeat(lambda: find("/tr", query, b""), number=500, repeat=7))
    theirs = min(timeit.repeat(lambda: [pair.partition("=") for pair in query.split("&")], number=500, repeat=7))
    assert ours < 3 * theirs


def test_what_is_wrapped_in_gzip_is_found_as_if_it_were_not():
    body = json.dumps({"us_privacy": "1YYN", "consent": {"ad_storage": "denied"}}).encode()
    assert find("/e", "", gzip.compress(body)) == find("/e", "", body) != ()
    assert find("/e", "", gzip.compress(b"a=1&gdpr=1")) == (("gdpr", "1"),)


def test_a_mark_of_the_byte_order_hides_no_name():
    assert find("/tr", "", b"\xef\xbb\xbfgdpr=1&x=1") == (("gdpr", "1"),)
    assert find("/tr", "", b'\xef\xbb\xbf{"gdpr": 1}') == (("gdpr", "1"),)


@pytest.mark.parametrize(
    "body", [gzip.compress(b"gdpr=0", mtime=0)[:-3], b"\x1f\x8bnothing", gzip.compress(bytes(2 << 20), mtime=0)]
)
def test_what_cannot_be_unwrapped_is_unreadable(body):
    assert isinstance(find("/e", "", body), Invalid)


def test_what_a_pixel_unpacked_is_found_by_the_last_name_of_its_path():
    packed = [
        ("gdpr", "1"), ("context.us_privacy", "1YYN"), ("0.consent.ad_storage", "denied"), ("user.consent", "CP"),
        ("user.ext.consent", "CQ"), ("consent", "yes"), ("page.gdprx", "1"), ("cd[gpc]", "1"), ("dpo[0]", "LDU"),
    ]  # fmt: skip
    assert find("/tr", "", b"", packed) == (
        ("gdpr", "1"),
        ("us_privacy", "1YYN"),
        ("consent.ad_storage", "denied"),
        ("gdpr_consent", "CP"),
        ("gdpr_consent", "CQ"),
        ("gpc", "1"),
        ("dpo", "LDU"),
    )


def test_a_name_that_hides_behind_percent_signs_in_a_path_is_found():
    assert find("/activity;src=1;gdp%72=1;ord=2", "", b"") == (("gdpr", "1"),)
