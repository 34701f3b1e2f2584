from dataclasses import replace

import pytest

from gateway.policy.impact import weigh
from gateway.policy.model import Purpose
from gateway.policy.trusted import hearings
from tests.policy.made import SMALL, TODAY, small

RECEIPT = "{source: gateway_receipt}"


def trusting(*sources):
    return small(text=SMALL.replace("tests:", f"signals: {{trust: [{', '.join(sources)}]}}\ntests:"))


def onetrust(mapping):
    return f"{{source: cmp, vendor: onetrust, cookie: OptanonConsent, map: {mapping}}}"


def test_the_same_sources_in_another_order_change_nothing():
    one, other = RECEIPT, onetrust("{C0002: [visits], C0004: [ads]}")
    assert list(hearings(trusting(one, other), trusting(other, one))) == []
    assert list(hearings(small(), trusting(RECEIPT))) == []


def test_a_source_that_is_new_widens_for_each_purpose_and_one_that_is_gone_narrows():
    more = trusting(RECEIPT, onetrust("{C0004: [ads, visits]}"))
    assert sorted(hearings(small(), more)) == [
        ("ads", "a yes counts now from cmp onetrust OptanonConsent C0004", True),
        ("visits", "a yes counts now from cmp onetrust OptanonConsent C0004", True),
    ]
    assert {(each.purpose, each.wider) for each in hearings(more, small())} == {("ads", False), ("visits", False)}


def test_a_category_that_means_more_than_before_widens():
    old, new = trusting(onetrust("{C0004: [ads]}")), trusting(onetrust("{C0001: [ads], C0004: [ads]}"))
    assert list(hearings(old, new)) == [("ads", "a yes counts now from cmp onetrust OptanonConsent C0001", True)]


def test_to_ask_a_framework_for_less_widens():
    old, new = (trusting(f"{{source: tcf, map: {{{asked}: [ads]}}}}") for asked in ("1+7", "1"))
    assert {(text, wider) for _, text, wider in hearings(old, new)} == {
        ("a yes counts now from tcf 1", True),
        ("a yes no longer counts from tcf 1+7", False),
    }


def test_to_take_a_legitimate_interest_for_a_yes_widens():
    old, new = (trusting(f"{{source: tcf{more}}}") for more in ("", ", legitimate_interest: true"))
    assert ("(each)", "a yes counts now from tcf (legitimate interest too)", True) in list(hearings(old, new))


@pytest.mark.parametrize(("old", "new", "wider"), [("", ", tcf: [1, 7]", True), (", tcf: [1, 7]", "", False)])
def test_a_purpose_that_asks_for_less_than_its_family_is_told(old, new, wider):
    before, after = (small("family: advertising", f"family: advertising{words}") for words in (old, new))
    (found,) = hearings(before, after)
    assert (found.purpose, found.wider) == ("ads", wider)
    assert "1 + 7" in found.text


def test_whose_yes_counts_is_part_of_what_a_diff_tells_and_of_its_exit_code():
    impact = weigh(small(), trusting(RECEIPT, onetrust("{C0001: [ads]}")), TODAY)
    assert [(change[:3], places) for change, places in impact.places.items()] == [(("signals.trust", "ads", ""), [])]
    assert impact.widens


def test_purposes_are_told_in_the_order_of_the_policy():
    names = [f"purpose{number}" for number in range(12)]
    old, new = (
        replace(
            small(), purposes=small().purposes | {name: Purpose(name, name, "advertising", tcf=tcf) for name in names}
        )
        for tcf in ((1, 7), (1,))
    )
    assert [each.purpose for each in hearings(old, new)] == names
