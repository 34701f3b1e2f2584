"""What is handed out is what its schema says, with plain words for each part."""

import json

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dsr.extract import EXPLAINED, SCHEMA, Holdings, written
from gateway.dsr.recipients import Receipt
from gateway.store.protocols import Held, Refusal
from tests.test_event import EVENTS

NOW = 1_795_429_200
HELD = st.builds(
    lambda event, where: Held(where, "ads", event.id, 1, event.to_json()), EVENTS, st.sampled_from(["queue", "dead"])
)
RECEIPTS = st.builds(
    Receipt, st.text(max_size=9), st.integers(0, 30_000), st.integers(0, 30_000), st.just(("id.user",)),
    st.just({"id.user": ("u-1",)}),
)  # fmt: skip
HOLDINGS = st.builds(
    Holdings, st.lists(HELD, max_size=2), st.lists(RECEIPTS, max_size=2), st.just([{"record": 1}]),
    st.dictionaries(st.text(max_size=9), st.lists(st.builds(Refusal, st.text(max_size=9), st.integers(0, NOW)), max_size=2)),
    st.integers(0, 9),
)  # fmt: skip


@given(HOLDINGS)
@settings(max_examples=10)
def test_a_package_is_what_its_schema_says_and_nothing_is_left_out(holdings):
    told = json.loads(written(holdings, "id", NOW))
    schema, readme = told.pop("schema"), told.pop("readme")
    assert schema == SCHEMA
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)
    assert len(told["events"]) + told["unread"] == len(holdings.events)
    assert len(told["recipients"]) == len(holdings.recipients)
    assert all(words in readme for words in EXPLAINED.values())


def test_every_part_is_explained():
    lists = {name for name, kind in SCHEMA["properties"].items() if kind.get("type") in ("array", "integer")}
    assert lists - {"version"} == EXPLAINED.keys()


def test_what_cannot_be_read_is_counted_and_not_passed_over():
    told = json.loads(written(Holdings([Held("queue", "ads", "1", 1, "[]")], [], [], {}), "id", NOW))
    assert (told["events"], told["unread"]) == ([], 1)


def test_a_refusal_is_held_and_no_erasure_ends_it():
    holdings = Holdings([], [], [{}], {"a": [Refusal("ads", 1), Refusal("", 2)]})
    assert (holdings.size, holdings.erasable) == (3, 1)


def test_that_several_names_are_one_persons_is_held_as_well():
    holdings = Holdings([], [], [], {}, linked=2)
    assert (holdings.size, holdings.erasable, json.loads(written(holdings, "id", NOW))["linked"]) == (2, 2, 2)
