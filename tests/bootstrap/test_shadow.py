import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.reign import reign
from gateway.bootstrap.salt import DailySalt
from gateway.bootstrap.shadow import MAX_COMPARED, Comparing, shadow
from gateway.bootstrap.surroundings import Surroundings
from gateway.decision import Decision, Reason, Sends, Verdict
from gateway.hit import Hit
from gateway.policy.compare import Difference
from tests.bootstrap.configuration import POLICY, write

NOW = 1_790_000_000.0
# OptanonConsent as OneTrust writes it: every group agreed to.
AGREED = (
    b"OptanonAlertBoxClosed=2026-09-21T10:00:00.000Z; OptanonConsent=isGpcEnabled=0&datestamp=Mon+Sep+21+2026+10%3A00%3A00"
    b"+GMT%2B0000&version=202509.1.0&AwaitingReconsent=false&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A1"
)
TRUSTING = """signals:
  trust:
    - {source: gateway_receipt}
    - {source: cmp, vendor: onetrust, map: {C0002: [visits], C0004: [ads]}}
"""


class Keeping:
    """A queue that keeps what it is given."""

    def __init__(self):
        self.events = []

    async def put(self, events):
        self.events += events


@pytest.fixture
def plan(tmp_path):
    return read_plan(write(tmp_path))


@pytest.fixture
def trusting(tmp_path):
    (tmp_path / "trusting").mkdir()
    return read_plan(
        write(tmp_path / "trusting", policy=POLICY.replace("destinations:\n", f"{TRUSTING}destinations:\n"))
    )


def hit(cookie: bytes = AGREED) -> Hit:
    headers = {
        b"host": [b"shop.example"],
        b"cookie": [cookie],
        b"user-agent": [b"Mozilla/5.0 (X11; Linux) Firefox/143.0"],
    }
    return Hit("GET", "/tr", "id=1234567890&ev=Purchase", headers, b"", "192.0.2.1", NOW, "shop", "meta_pixel")


def collected(plan, candidate, counts):
    """What a purchase leaves in the queue, and in the decisions that were counted."""
    queue, decided = Keeping(), Counter()
    around = Surroundings(
        store=queue,
        queue=queue,
        salt=DailySalt(lambda size: b"s" * size),
        counts=lambda decision, facts: decided.update(verdict.reason for verdict in decision.verdicts),
        dropped=lambda count: None,
        chose=lambda act: None,
        landed=None,
    )
    made = reign(plan, around).beside(shadow(candidate, lambda name, outcome: counts.update([(name, outcome)])))
    asyncio.run(made.collector.collect(hit()))
    return queue.events, decided


def test_a_candidate_that_trusts_more_is_asked_with_its_own_reading_and_changes_nothing(plan, trusting):
    counts = Counter()
    events, decided = collected(plan, trusting, counts)
    assert events == [] and decided == {Reason.NO_CONSENT: 1, Reason.EVENT_NOT_LISTED: 1}
    assert counts == {("meta", Difference.WIDENS): 1, ("own_stats", Difference.SAME): 1}


def test_a_candidate_that_trusts_less_would_narrow(plan, trusting):
    counts = Counter()
    events, _ = collected(trusting, plan, counts)
    assert [event.destination for event in events] == ["meta"]
    assert counts == {("meta", Difference.NARROWS): 1, ("own_stats", Difference.SAME): 1}


def test_consent_is_read_once_where_both_read_it_alike(plan, trusting):
    made = shadow(plan, lambda name, outcome: None)
    assert made.beside(replace(plan)).reader is None
    assert made.beside(trusting).reader is not None


def test_what_a_pair_comes_to_is_remembered_and_no_more_than_so_many():
    counts = Counter()
    comparing = Comparing(lambda name, outcome: counts.update([outcome]))
    first = Decision("purchase", "a", (Verdict("meta", False, Reason.NO_CONSENT),))
    sends = Sends({"order.value": ""})
    for _ in range(3):
        comparing(first, Decision("purchase", "b", (Verdict("meta", True, Reason.CONSENT, sends),)))
    assert counts == {Difference.WIDENS: 3}
    for _ in range(MAX_COMPARED + 10):
        comparing(first, Decision("purchase", "b", (Verdict("meta", False, Reason.NO_CONSENT),)))
    assert counts[Difference.SAME] == MAX_COMPARED + 10
    assert len(comparing._memo) == MAX_COMPARED


def test_a_comparison_remembers_no_event_by_its_name():
    comparing = Comparing(lambda name, outcome: None)
    verdicts = (Verdict("meta", False, Reason.EVENT_NOT_LISTED),)
    for name in ("john_smith_paid", "jane_smith_paid"):
        comparing(Decision(name, "a", verdicts), Decision(name, "b", verdicts))
    assert len(comparing._memo) == 1
    assert "smith" not in repr(comparing._memo)
