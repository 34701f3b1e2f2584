import itertools

import pytest

from gateway.decision import Decision, Reason, Sends, Verdict
from gateway.policy.compare import Difference, compare, exceeds


def said(**sends: Sends | None) -> Decision:
    verdicts = tuple(
        Verdict(name, each is not None, Reason.NO_CONSENT if each is None else Reason.CONSENT, each)
        for name, each in sends.items()
    )
    return Decision("purchase", "any", verdicts)


PATH = Sends({"page.url": "path", "order.value": ""})
FULL = Sends({"page.url": "full", "order.value": ""})
WITHOUT = Sends({"page.url": "path"})
MIXED = Sends({"page.url": "full"})


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (PATH, PATH, Difference.SAME),
        (None, None, Difference.SAME),
        (None, PATH, Difference.WIDENS),
        (PATH, None, Difference.NARROWS),
        (PATH, FULL, Difference.SENDS_MORE),
        (FULL, PATH, Difference.SENDS_LESS),
        (PATH, WITHOUT, Difference.SENDS_LESS),
        (WITHOUT, PATH, Difference.SENDS_MORE),
        (PATH, MIXED, Difference.SENDS_MORE),
    ],
)
def test_what_a_second_opinion_changes_is_told(before, after, difference):
    assert compare(said(meta=before), said(meta=after)) == (("meta", difference),)


def test_a_destination_that_only_one_opinion_knows_is_refused_by_the_other():
    assert dict(compare(said(meta=PATH, hook=None), said(ads=PATH))) == {
        "meta": Difference.NARROWS,
        "hook": Difference.SAME,
        "ads": Difference.WIDENS,
    }


def test_parameters_count_where_the_address_is_cut_to_them_and_nowhere_else():
    few, many = ({"utm_source"}, {"utm_source", "gclid"})
    for level, expected in (("allowlist", True), ("path", False), ("full", False)):
        assert (
            exceeds(Sends({"page.url": level}, frozenset(many)), Sends({"page.url": level}, frozenset(few))) is expected
        )
        assert not exceeds(Sends({"page.url": level}, frozenset(few)), Sends({"page.url": level}, frozenset(many)))


def test_a_consent_type_that_is_granted_in_addition_sends_more():
    plain, granting = Sends({"event.name": ""}), Sends({"event.name": ""}, grants=frozenset({"ad_storage"}))
    assert exceeds(granting, plain) and not exceeds(plain, granting)


def test_nothing_exceeds_itself_and_of_two_different_ones_at_least_one_exceeds_the_other():
    levels = [{"page.url": url, "client.ip": ip} for url in ("full", "path") for ip in ("full", "truncate")]
    for one, other in itertools.product([Sends(each) for each in (*levels, {}, {"order.value": ""})], repeat=2):
        assert (exceeds(one, other) or exceeds(other, one)) is (one != other)
