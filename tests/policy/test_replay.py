import pytest

from gateway.facts import Facts, Signals, Vote
from gateway.policy.replay import RecordError, read_facts, read_records, replay
from tests.policy.made import TODAY, small

YES = {"purpose": "ads", "source": "gateway_receipt", "grant": True, "day": TODAY}
ALLOWED = {"meta": {"allow": True, "reason": "consent"}}


def record(**more):
    return {"facts": {"regions": ["FR"], "votes": [YES]}, "event": "view", **more}


def told(line, *policies):
    before, after = policies if len(policies) > 1 else (None, *policies)
    result = replay(read_records(line), before, after, TODAY)
    changes = [(one.destination, one.text, one.wider) for one in result.changes]
    return result.records, result.compared, changes


def test_facts_are_read_as_they_are_written():
    data = {"regions": ["FR", "US-CA"], "votes": [YES], "gpc": True, "bot": True, "age": 12, "unreadable": ["tcf"]}
    votes = (Vote("ads", "gateway_receipt", True, day=TODAY),)
    assert read_facts(data) == Facts(("FR", "US-CA"), Signals(votes, True, unreadable=("tcf",)), True, 12)
    assert read_facts({}) == Facts()


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {"email": "a@example.com"},
        {"regions": "FR"},
        {"regions": [1]},
        {"gpc": "yes"},
        {"gpc": 1},
        {"age": -1},
        {"age": True},
        {"age": "12"},
        {"votes": {}},
        {"votes": [{}]},
        {"votes": [{**YES, "who": "me"}]},
        {"votes": [{**YES, "day": "today"}]},
        {"votes": [{**YES, "grant": 1}]},
        {"votes": [{**YES, "purpose": None}]},
    ],
)
def test_facts_that_say_anything_else_are_refused(facts):
    with pytest.raises(RecordError):
        read_facts(facts)


@pytest.mark.parametrize(
    "line",
    [
        [],
        {"facts": {}},
        record(event=1),
        record(day="x"),
        record(batch={}),
        record(destinations=[]),
        record(destinations={"meta": {"allow": "yes", "reason": "consent"}}),
        record(destinations={"meta": {"allow": True, "reason": "whim"}}),
        record(destinations={"meta": {"allow": True, "reason": []}}),
    ],
)
def test_a_record_that_cannot_be_read_is_refused(line):
    with pytest.raises(RecordError):
        list(read_records(line))


def test_a_decision_is_held_against_what_was_recorded():
    assert told(record(destinations=ALLOWED), small()) == (1, 1, [])
    stricter = small("valid_for: 100d", "valid_for: 0d")
    assert told(record(destinations=ALLOWED, day=TODAY + 1), stricter) == (
        1, 1, [("meta", "allow -> deny (consent_expired)", False)],
    )  # fmt: skip
    denied = {"meta": {"allow": False, "reason": "no_consent"}}
    assert told(record(destinations=denied), small())[2] == [("meta", "deny -> allow (consent)", True)]


def test_another_reason_for_the_same_answer_is_no_change():
    assert told(record(destinations={"meta": {"allow": True, "reason": "notice"}}), small())[2] == []


def test_two_policies_are_compared_for_all_destinations_where_none_was_recorded():
    assert told(record(), small(), small("{url: origin}", "{url: path}")) == (
        1, 2, [("meta", "page.url: origin -> path", True)],
    )  # fmt: skip


def test_a_destination_that_the_policy_does_not_know_gets_nothing():
    assert told(record(destinations={"gone": {"allow": True, "reason": "consent"}}), small())[2] == [
        ("gone", "allow -> deny (event_not_listed)", False)
    ]


def test_the_lines_of_a_simulation_are_records_and_hits_that_nobody_wanted_are_not():
    line = {
        "id": "1", "recognised": "p", "status": 200, "facts": {"regions": ["FR"]}, "read": {"event": "view"},
        "destinations": ALLOWED, "batch": [{"read": {"event": "other"}, "destinations": {}}],
    }  # fmt: skip
    assert [(one.event, dict(one.outcomes)) for one in read_records(line)] == [("view", {"meta": (True, "consent")})]
    assert list(read_records({"id": "2", "recognised": None, "status": 404})) == []
