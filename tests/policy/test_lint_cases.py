import pytest

from tests.policy.made import SMALL, findings

FIRST = "party: third\n    controller_country: US"


def told(old, new, text=SMALL):
    return [(one.code, one.severity, one.line, one.column, one.hint) for one in findings(old, new, text)]


def test_an_event_that_nobody_lists_is_a_slip_in_a_test_and_in_a_promise():
    (found,) = told("region: FR}", "region: FR, event: veiw}")
    assert found == ("P083", "warning", 23, 54, 'did you mean "view"?')
    (found,) = told("tests:", "always: [{name: n, when: {event: bought}, deny: [meta]}]\ntests:")
    assert found[:2] == ("P083", "warning")
    assert "event_not_listed" in found[4]


def test_an_event_that_nobody_lists_may_be_what_is_tested():
    assert told("region: FR}, expect: {meta: deny}", "region: FR, event: gone}, expect: {meta: deny (event_not_listed)}") == []  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expect: {meta: deny}", "expect: {third_parties: deny}"),
        ("tests:", "always: [{name: n, deny: [third_parties]}]\ntests:"),
    ],
)
def test_third_parties_where_there_are_none_prove_nothing(old, new):
    assert told(old, new) == []
    (found,) = told(old, new, SMALL.replace(FIRST, "party: processor"))
    assert found[:2] == ("P083", "warning")


@pytest.mark.parametrize("junk", ["1", "[1]", "[{given: 1, expect: 2}]", "[{given: {event: [a]}, expect: [b]}]"])
def test_what_is_no_test_at_all_is_left_to_others(junk):
    head = SMALL.partition("tests:")[0]
    assert "P083" not in [found[0] for found in told("", "", f"{head}tests: {junk}\nalways: {junk}\n")]
