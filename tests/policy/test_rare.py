import copy
import json
import random

import pytest

from gateway.policy.compile import read_policy
from gateway.policy.impact import differences, regions_in, weigh
from gateway.policy.rare import decisions, pair, sense, visitors
from gateway.policy.situations import facts_of, read_situation
from tests.policy import random_policies
from tests.policy.made import SMALL, TODAY, small


def told(before, after):
    return [(*change[:4], change.wider) for change in weigh(before, after, TODAY).places]


@pytest.mark.parametrize(
    ("old", "new", "visitor", "text"),
    [
        ("    anonymise", "    minors: with_consent\n    anonymise", "yes to all, age 15", "deny -> allow (consent)"),
        ("valid_for: 100d", "valid_for: 101d", "yes to all, but ads yes 101d ago", "deny -> allow (consent)"),
        ("under: 16", "under: 13", "yes to all, age 12", ""),
        ("tests:", "signals: {dnt: {refuses: [visits]}}\ntests:", "yes to all, DNT", "deny -> allow (consent)"),
        ("tests:", "signals: {gpc: {override: after_notice}}\ntests:", "yes to all, GPC, notified", "deny -> allow (consent)"),
    ],
)  # fmt: skip
def test_what_only_visitors_see_who_are_not_typical_is_told_of_the_plainest(old, new, visitor, text):
    before, after = small(), small(old, new)
    found = [change for change in told(before, after) if change[0] == "meta"]
    if text:
        assert found == [("meta", "view", visitor, text, True)]
        (back,) = [change for change in told(after, before) if change[0] == "meta"]
        assert (back[2], back[4]) == (visitor, False)
    else:
        assert [change[4] for change in found] == [True]


def test_a_destination_that_one_policy_does_not_know_has_its_events_compared_with_silence():
    late = small(
        text=SMALL.replace("tests:", "  late: {party: first, events: {view: [visits]}, fields: [page.url]}\ntests:")
    )
    question = pair((small(), late), "late", "view", "FR", TODAY)
    assert [side.rule.name for side in question.sides] == ["late", "late"]
    before, after = decisions(question, next(visitors(question)))
    assert [(one.verdicts[0].allow, str(one.verdicts[0].reason)) for one in (before, after)] == [(False, "event_not_listed"), (True, "consent")]  # fmt: skip


def test_what_a_typical_visitor_shows_is_not_told_again():
    before, after = small(), small("advertising: opt_in", "advertising: notice")
    assert [change[2] for change in told(before, after)] == ["no choice"]


def test_equal_sides_are_not_asked():
    question = pair((small(), small()), "meta", "view", "FR", TODAY)
    assert len(set(sense(question))) == 1
    assert all(first.verdicts == second.verdicts for first, second in (decisions(question, one) for one in visitors(question)))  # fmt: skip


def test_visitors_say_yes_to_all_but_one_purpose_and_come_plainest_first():
    several = small(text=SMALL.replace("events: {view: [ads]}", "events: {view: [ads], buy: [visits]}"))
    found = list(visitors(pair((several, several), "meta", "view", "FR", TODAY)))
    assert str(found[0]) == "yes to all"
    assert {one.odd for one in found} == {"", "ads", "visits"}
    assert {one.age for one in found} == {None, 15}
    assert {one.answer for one in found} == {0, None, -1, 101}
    assert len(found) == len(set(found)) == 7 * 2 * (1 + 2 * 3)
    assert "yes to all, but visits no, GPC, notified, age 15" in map(str, found)


def altered(dice, value):
    """The same policy with one or two small edits, as people make them."""
    other = copy.deepcopy(value)
    for _ in range(dice.choice((1, 2))):
        row = dice.choice([*other["regions"].values(), {}])
        rule = dice.choice(list(other["destinations"].values()))
        edit = dice.randrange(7)
        if edit == 0:
            row.setdefault("basis", {})[dice.choice(["p0", *random_policies.FAMILIES])] = dice.choice(random_policies.BASES)  # fmt: skip
        elif edit == 1:
            row["minors"] = {"under": dice.choice((0, 13, 18))}
        elif edit == 2:
            row["consent"] = {"valid_for": dice.choice(random_policies.LENGTHS)}
        elif edit == 3:
            rule["minors"] = dice.choice(["never", "with_consent"])
        elif edit == 4:
            rule["block_regions"] = [dice.choice(random_policies.BLOCKS)]
        elif edit == 5:
            other["signals"] = {"gpc": {"override": dice.choice(["never", "after_notice"])}}
        else:
            rule["anonymise"] = random_policies.levels(dice)
    return other


def changed_pair(dice):
    while True:
        value, pack, before = random_policies.valid_policy(dice)
        text = json.dumps(altered(dice, value))
        after = read_policy(text, "random.yaml", lambda name, pack=pack: (json.dumps(pack), name)).policy
        if after is not None and before.enforcing is before:
            return value, before, after


@pytest.mark.parametrize("seed", range(12))
def test_no_made_up_visitor_sees_a_change_that_is_not_told(seed):
    dice = random.Random(seed)
    value, before, after = changed_pair(dice)
    impact = weigh(before, after, TODAY)
    places = set(regions_in((before, after)))
    known = {(*change[:2], change.wider, place) for change, where in impact.places.items() for place in where}
    for _ in range(400):
        words = random_policies.situation(dice, value["purposes"])
        words["region"] = dice.choice(sorted(places))
        facts = facts_of(read_situation(words, value["purposes"]), TODAY)
        pair_of = (policy.decide(facts, words["event"], tuple(before.destinations), TODAY) for policy in (before, after))  # fmt: skip
        for name, text, wider in differences(*pair_of):
            assert (name, words["event"], wider, words["region"]) in known, (words, text)
