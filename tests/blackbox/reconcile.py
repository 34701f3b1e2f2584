"""Compare what was acknowledged with what arrived: the one judgement of every test that kills or starves a gateway."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.decision import Reason
from gateway.delivery import BURIED, DONE, QUEUED_BESIDES
from tests.blackbox.destination import Delivery
from tests.blackbox.driver import Entry, Fate

_LABEL = re.compile(r'([a-z]+)="([^"]*)"')
_OUT = frozenset((*DONE, *BURIED))
PERMITS = frozenset(verdict.value for verdict in list(Reason)[: list(Reason).index(Reason.SUPPRESSED)])

Key = tuple[str, str]
"""destination, event id"""


class Account(NamedTuple):
    """The sum of a run. Keys are of events that went wrong; `copies` counts deliveries beyond the first."""

    acked: int
    ambiguous: int
    arrived: int
    lost: frozenset[Key]
    forbidden: frozenset[Key]
    refused: frozenset[Key]
    corrupted: frozenset[Key]
    unknown: frozenset[Key]
    copies: int

    @property
    def copies_share(self) -> float:
        """Extra copies per event that arrived."""
        return self.copies / max(1, self.arrived)

    def __str__(self) -> str:
        wrong = ", ".join(
            f"{name} {len(getattr(self, name))}" for name in ("lost", "forbidden", "refused", "corrupted", "unknown")
        )
        return f"{self.acked} acknowledged, {self.ambiguous} ambiguous, {self.arrived} arrived, {self.copies} copies; {wrong}"


def reconcile(entries: Sequence[Entry], arrivals: Mapping[str, Sequence[Delivery]]) -> Account:
    """The account of a run. `arrivals` are the deliveries by destination.

    lost: acknowledged and owed, but not there. forbidden: arrived where nothing was owed. refused: arrived although the
    sender was told no. corrupted: the order id is not the one that was sent. unknown: nobody sent that.
    """
    planned = {entry.planned.id: entry.planned for entry in entries}
    fates = {entry.planned.id: entry.fate for entry in entries}
    counts = Counter((name, delivery.id) for name, those in arrivals.items() for delivery in those)
    owed = {(name, e.planned.id) for e in entries if e.fate is Fate.ACKED for name in e.planned.owed}
    known = {key for key in counts if key[1] in planned}
    return Account(
        acked=sum(fate is Fate.ACKED for fate in fates.values()),
        ambiguous=sum(fate is Fate.AMBIGUOUS for fate in fates.values()),
        arrived=len(counts),
        lost=frozenset(owed - set(counts)),
        forbidden=frozenset(key for key in known if key[0] not in planned[key[1]].owed),
        refused=frozenset(key for key in known if fates[key[1]] is Fate.REFUSED),
        corrupted=frozenset(
            (name, delivery.id)
            for name, those in arrivals.items()
            for delivery in those
            if delivery.id in planned and delivery.order != planned[delivery.id].order
        ),
        unknown=frozenset(set(counts) - known),
        copies=sum(counts.values()) - len(counts),
    )


def balance(samples: Mapping[str, float]) -> dict[str, float]:
    """What came in and is in no book, by destination, from the samples of /metrics of one process: empty when all adds up.

    What was permitted, found queued at the start or queued again is merged, done with, buried or queued.
    """
    sums: Counter[str] = Counter()
    for sample, value in samples.items():
        name, _, labels = sample.partition("{")
        named = dict(_LABEL.findall(labels))
        at = named.get("destination", "")
        if (name == "gateway_decisions_total" and named["reason"] in PERMITS) or (
            name == "gateway_deliveries_total" and named["result"] in QUEUED_BESIDES
        ):
            sums[at] += value
        elif name in ("gateway_queue_events", "gateway_merged_total") or (
            name == "gateway_deliveries_total" and named["result"] in _OUT
        ):
            sums[at] -= value
    return {name: left for name, left in sums.items() if left}
