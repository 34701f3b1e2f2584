import random
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.scrub.detect import DETECTOR, SHIPPED
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.walk import KINDS

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


UNITS = [
    "a", "a@", "1 ", "%40", "aA1_", "::", "+0", "DE11", "&amp;", "eyJ.", '"', '\\"', "0.", "1.1.1.", "@", "-a-", "٠", "&#64", "a=b&", "%25", "{", '{"a":', "[1,",
    "a: b", "https://a.b/?", "Eva Lind ", "12 rue ", "call 1234567 ", "at b dot ", "fb.1.", "IwAR", "4111 ", "/users/", "eva-", "AAAA", "=40", "born ", "a:b@",
    "ssn 123456789 ", "%u0040", "Straße 1 ", "１", "a.b.", "x=1;", "Bearer ", "-----BEGIN ",
]  # fmt: skip
SIZE = 4096


def cost(text, kind):
    start = time.process_time()
    SHIPPED._detector.spans(text, kind)
    return time.process_time() - start


def plain_cost():
    """A fixed piece of work, to hold the machine of the moment against: about 1 ms where this was written."""
    start = time.process_time()
    for _ in range(10):
        "".join(chr(97 + number % 26) for number in range(1000))
    return time.process_time() - start


def test_hostile_texts_take_no_longer_than_their_length_allows():
    dice = random.Random(4)
    texts = [(unit * SIZE)[:SIZE] for unit in UNITS]
    texts += ["".join(dice.choices(UNITS, k=SIZE))[:SIZE] for _ in range(40)]
    unit = min(plain_cost() for _ in range(5))
    costs = sorted(
        (min(cost(text, kind) for _ in range(2)), text[:20], kind)
        for text in texts
        for kind in ("query", "json", "text")
    )
    assert costs[-1][0] < 60 * unit, costs[-3:]
    # Twice the length takes no more than about twice the time: nothing backtracks.
    worst, start, kind = costs[-1]
    text = next(text for text in texts if text.startswith(start))
    assert min(cost(text[: SIZE // 2] * 8, kind) for _ in range(2)) < 16 * max(worst, unit)
