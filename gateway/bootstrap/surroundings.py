"""Name what a reign needs of the process around it, which outlives every policy."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from gateway.anonymise.derive import Masked
from gateway.bootstrap.rights import Rights
from gateway.bootstrap.salt import DailySalt
from gateway.collector import Keeps
from gateway.decision import Decision
from gateway.facts import Facts
from gateway.store.protocols import Store
from gateway.twins import Twins


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`queue` is the store as events are put into it. `counts` is told each decision, `dropped` how many parameters of
    own events nobody knew, `chose` each act at `/consent`; `landed` waits until no request with an event of these
    subjects is under way; `masked` is told where something personal was masked, `met` what there was to place a hit by;
    `twins` are the actions of the last moments; without `rights` there is no page of the visitor's own."""

    store: Store
    queue: Keeps
    salt: DailySalt
    counts: Callable[[Decision, Facts], None]
    dropped: Callable[[int], None]
    chose: Callable[[str], None]
    landed: Callable[[Collection[str]], Awaitable[None]]
    masked: Callable[[Masked], None] | None = None
    twins: Twins | None = None
    met: Callable[[str], None] = lambda evidence: None
    rights: Rights | None = None
