import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.scrub.detect import DETECTOR, SHIPPED
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.walk import KINDS
from tests.measure import seconds

EMAIL = "eva.lind@mail.example"


def found(text, kind="query", name=""):
    return [(text[span.start : span.end], str(span.label)) for span in DETECTOR.spans(text, kind, name)]


def test_a_finding_is_told_where_it_stands_however_deep():
    inner = quote(f"https://a.example/?x=1&mail={quote(EMAIL, safe='')}", safe="")
    text = f"v=1&dl={inner}&z=2"
    assert found(text) == [(quote(quote(EMAIL, safe=""), safe=""), "EMAIL")]


@pytest.mark.parametrize("rounds", range(4))
def test_up_to_four_layers_are_taken_off(rounds):
    text = EMAIL
    for _ in range(rounds + 1):
        text = quote(text, safe="")
    assert found(f"x={text}") == [(text, "EMAIL")]


def test_what_is_escaped_more_often_is_told_whole():
    text = EMAIL
    for _ in range(6):
        text = quote(text, safe="")
    assert found(f"x={text}") == [(text, "OPAQUE")]


def test_what_is_nested_too_deeply_is_told_whole():
    assert {label for _, label in found("a=b&" * 3 + "x=" + "a=1&b=" * 3 + "c", "query")} <= {"OPAQUE"}
    deep = "https://a.example/?u="
    text = deep
    for _ in range(12):
        text = deep + quote(text + "1", safe="")
    assert Label.OPAQUE in {span.label for span in DETECTOR.spans(text, "url")}


def test_neighbours_tell_whose_name_it_is():
    assert found("name=Quillon&email=x%40y.example")[0] == ("Quillon", "PERSON_NAME")
    assert found("name=Quillon&size=xl") == []
    assert found("order[customer][email]=x%40y.example&order[items][0][name]=Quillon") == [("x%40y.example", "EMAIL")]
    assert found("a[email]=x%40y.example&a[name]=Quillon")[1] == ("Quillon", "PERSON_NAME")
    assert found('{"name":"Quillon","email":"x@y.example"}', "json")[0] == ("Quillon", "PERSON_NAME")


@pytest.mark.parametrize("kind", [*KINDS, "unheard"])
@given(text=st.text(max_size=80) | st.text(st.sampled_from('a1@%&=?/:;.{}[]"\\+ -#40u'), max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_walk_and_spans_are_in_order(kind, text):
    spans = DETECTOR.spans(text, kind)
    ends = [place for span in spans for place in (span.start, span.end)]
    assert ends == sorted(ends)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize(
    ("kind", "text", "secret"),
    [
        ("query", "d=%7B%22m%22%3A%22%7B%5C%22e%5C%22%3A%5C%22eva%40mail.example%5C%22%7D%22%7D", "eva%40mail.example"),
        ("query", "d=%7B%22m%22%3A%22say%20%26quot%3Bhi%26quot%3B%20to%20eva%40mail.example%22%7D", "eva%40mail.example"),
        ("json", "[{email:eva@mail.example,n:1}]", "eva@mail.example"),
        ("json", '{"m":{{x,eva@mail.example,y}}}', "eva@mail.example"),
        ("json", '{"tel": 0171 2345678, "n": 1}', "0171 2345678"),
        ("url", "https://shop.example/?to=eva&#64;mail.example&amp;issue=4", "eva&#64;mail.example"),
        ("url", "https://shop.example/?to=eva&#x40;mail.example#top", "eva&#x40;mail.example"),
        ("query", "v=a%3Db%3B%20password%3Dhunter22%3B%20d%3De", "hunter22"),
        ("query", "w9=REU4OSAzNzA0IDAwNDQgMDUzMiAwMTMwIDAw,1", "REU4OSAzNzA0IDAwNDQgMDUzMiAwMTMwIDAw"),
        ("query", "w9={{ZXZhLmxpbmRAbWFpbC5leGFtcGxl}}", "ZXZhLmxpbmRAbWFpbC5leGFtcGxl"),
        ("query", "v=NO9386011117947", "NO9386011117947"),
        ("query", "v=DE89%2B3704%2B0044%2B0532%2B0130%2B00", "DE89%2B3704%2B0044%2B0532%2B0130%2B00"),
        ("url", "https://shop.example/reset-password/2202ec2a6866dd66251a6b6b953d407c6b0448b7", "2202ec2a6866dd66251a6b6b953d407c6b0448b7"),
        ("query", "token=8a7b1c2d-1111-4222-8333-123456789abc", "8a7b1c2d-1111-4222-8333-123456789abc"),
        ("query", "_id=34aa8aa629fe3d8a&rec=1", "34aa8aa629fe3d8a"),
        ("cookie", "_pk_id.3.1fff=25f4dce9504ba67f.1746269505.; lang=pl", "25f4dce9504ba67f.1746269505."),
    ],
)  # fmt: skip
def test_what_is_wrapped_in_unusual_ways_is_found(kind, text, secret):
    assert secret in [text[span.start : span.end] for span in DETECTOR.spans(text, kind)]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("私の電話番号は090-1234-5678です。", "090-1234-5678"), ("電話番号は0312345678です。", "0312345678"), ("โทร081-234-5678ครับ", "081-234-5678"),
        ("連絡先+81 90-1234-5678まで", "+81 90-1234-5678"), ("卡号4111111111111111谢谢", "4111111111111111"), ("服务器203.0.113.77访问", "203.0.113.77"),
    ],
)  # fmt: skip
def test_scripts_without_blanks_hide_no_number(text, secret):
    assert secret in [text[span.start : span.end] for span in DETECTOR.spans(text, "text")]


@pytest.mark.parametrize(
    "query", ["ad_id=800977997747800941", "schema=2.0.1.4", "lot=L981219496", "label=H6B5XIFIyKvTcO0NDBw&em=abc", "id=34aa8aa629fe3d8a"]
)  # fmt: skip
def test_what_a_shop_or_an_advertisement_is_numbered_with_stays(query):
    assert DETECTOR.spans(query, "query") == []


UNITS = [
    "a", "a@", "1 ", "%40", "aA1_", "::", "+0", "DE11", "&amp;", "eyJ.", '"', '\\"', "0.", "1.1.1.", "@", "-a-", "٠", "&#64", "a=b&", "%25", "{", '{"a":', "[1,",
    "a: b", "https://a.b/?", "Eva Lind ", "12 rue ", "call 1234567 ", "at b dot ", "fb.1.", "IwAR", "4111 ", "/users/", "eva-", "AAAA", "=40", "born ", "a:b@",
    "ssn 123456789 ", "%u0040", "Straße 1 ", "１", "a.b.", "x=1;", "Bearer ", "-----BEGIN ",
]  # fmt: skip
SIZE = 4096


def cost(text, kind, enough=0.0):
    return seconds(SHIPPED._detector.spans, text, kind, tries=3, enough=enough)


def plain():
    """A fixed piece of work, to hold the machine of the moment against: about 1 ms where this was written."""
    for _ in range(10):
        "".join(chr(97 + number % 26) for number in range(1000))


def test_hostile_texts_take_no_longer_than_their_length_allows():
    dice = random.Random(4)
    texts = [(unit * SIZE)[:SIZE] for unit in UNITS]
    texts += ["".join(dice.choices(UNITS, k=SIZE))[:SIZE] for _ in range(40)]
    unit = seconds(plain)
    costs = sorted(
        (cost(text, kind, enough=unit), text[:20], kind) for text in texts for kind in ("query", "json", "text")
    )
    assert costs[-1][0] < 60 * unit, costs[-3:]
    # Twice the length takes no more than about twice the time: nothing backtracks.
    worst, start, kind = costs[-1]
    text = next(text for text in texts if text.startswith(start))
    assert cost(text[: SIZE // 2] * 8, kind) < 16 * max(worst, unit)
