import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.event import Event
from gateway.facts import Facts, Signals, Vote

TEXT = st.text(max_size=20)
VOTES = st.builds(Vote, TEXT, TEXT, st.booleans(), st.booleans(), st.booleans(), st.none() | st.integers(0, 40_000))
SIGNALS = st.builds(Signals, st.lists(VOTES, max_size=3).map(tuple), st.booleans(), st.booleans())
FACTS = st.builds(Facts, st.lists(TEXT, max_size=2).map(tuple), SIGNALS, st.booleans(), st.none() | st.integers(0, 120))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | TEXT | st.lists(st.dictionaries(TEXT, TEXT), max_size=2)
EVENTS = st.builds(
    Event, TEXT, TEXT, TEXT, st.integers(0, 1 << 40), TEXT, FACTS, st.dictionaries(TEXT, VALUES, max_size=4),
    st.dictionaries(TEXT, TEXT, max_size=4), kept=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    grants=st.frozensets(TEXT, max_size=3), subject=TEXT, also=st.lists(TEXT, max_size=4).map(tuple),
)  # fmt: skip

BARE = Event("id", "meta", "view", 0, "shop", Facts(), {}, {})


@given(EVENTS)
def test_an_event_reads_back_as_it_was_written(event):
    assert Event.from_json(event.to_json()) == event


@given(EVENTS)
def test_it_is_written_as_two_lines_of_json_that_anybody_can_read(event):
    facts, rest = map(json.loads, event.to_json().split("\n"))
    assert facts == event.facts.to_json()
    assert rest[:5] == [event.id, event.destination, event.name, event.received, event.site]
    assert len(rest) == 14


@given(EVENTS)
def test_what_an_older_version_wrote_is_filed_under_one_subject_alone(event):
    facts, rest = event.to_json().split("\n")
    older = json.dumps(json.loads(rest)[:13])
    assert Event.from_json(f"{facts}\n{older}").also == ()


class Word(str):
    """A text of a class of its own."""


@pytest.mark.parametrize(
    "value", ["\ud83d", "a\udcffb", Word("a"), 1 << 64, -1 << 63, 10**40, {"\ud83d": 1}, {None: 1}]
)
def test_what_the_fast_way_refuses_is_written_as_the_standard_library_writes_it(value):
    event = replace(BARE, fields={"page.title": value})
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert f'{{"page.title":{written}}}' in event.to_json()
    assert Event.from_json(event.to_json()).fields == {"page.title": json.loads(written)}


@pytest.mark.parametrize("written", ['"\\ud83d"', '"\ud83d"', "1e999", "-Infinity", "1e+16", "1" * 40])
def test_what_the_fast_way_refuses_is_read_as_the_standard_library_reads_it(written):
    text = BARE.to_json().replace('"shop",{}', f'"shop",{{"params.a":{written}}}')
    assert Event.from_json(text).fields == {"params.a": json.loads(written)}


def test_everybody_it_is_filed_under_may_refuse_it_and_nobody_where_it_is_about_nobody():
    assert replace(BARE, subject="record", also=("user", "email")).subjects == ("record", "user", "email")
    assert BARE.subjects == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", "1", '["a"]', "[1,2,3]\n[1]", "[]\n[1,2,3,4,5,6,7,8,9,10,11,12,13]"]
)
def test_what_is_no_event_is_an_error_that_callers_can_expect(text):
    with pytest.raises((ValueError, TypeError, LookupError)):
        Event.from_json(text)
