"""What an engine must do to keep events, withdrawals and dead letters: the promises, without a way to keep them.

Every method may raise `gateway.errors.StoreUnavailable`; then nothing has happened that was promised. Times are POSIX
seconds and come in as arguments.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from gateway.event import Event

# What a loss of power may take of what was acknowledged, the best first. `strict`: nothing, for it is on disk.
# `replicated`: nothing, unless all servers that have it lose power together. `relaxed`: the last second. `none`: all.
DURABILITY = ("strict", "replicated", "relaxed", "none")


class Lease(NamedTuple):
    """A queued event, lent to one worker. `attempts` counts the tries before this one; `key` is the engine's own.

    `body` is what `Event.to_json` wrote, or empty where the engine could not read back what it had stored; `erased`
    tells that nobody can, because the key it was sealed under was destroyed.
    """

    key: Any
    id: str
    destination: str
    received: int
    attempts: int
    body: str
    erased: bool = False


class Refusal(NamedTuple):
    """A withdrawal: `purpose` (empty: every purpose) is refused since `at`. Lifted, it covers only what came before."""

    purpose: str
    at: int
    standing: bool = True

    def covers(self, received: int) -> bool:
        """Whether an event received then must not be delivered for this purpose."""
        return self.standing or received <= self.at


class DeadLetter(NamedTuple):
    """An event that nobody will deliver, why, and since when. `body` and `erased` are as those of a lease."""

    id: str
    destination: str
    received: int
    buried: int
    reason: str
    attempts: int
    body: str
    erased: bool = False


class Depth(NamedTuple):
    """What waits for one destination: how many events, and when the oldest of them was received."""

    destination: str
    events: int
    oldest: int


class Held(NamedTuple):
    """An event of a subject that is still here: `where` is `queue` or `dead`, `body` what `Event.to_json` wrote."""

    where: str
    destination: str
    id: str
    received: int
    body: str


class Erased(NamedTuple):
    """What an erasure destroyed: keys, queued events, dead letters, links between subjects."""

    keys: int
    queued: int
    dead: int
    links: int


class Compaction(NamedTuple):
    """Whether what was deleted is gone from the files as well; `evidence` says how that is known, or why not yet."""

    done: bool
    evidence: str


class Sheet(NamedTuple):
    """A small document of the ledger. `revision` is 1 when it is added, and one more with each rewriting."""

    key: str
    revision: int
    body: str


class Queue(Protocol):
    """Events on their way, at least once each."""

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """Done when every event is durable. An event whose id its destination already has is kept once."""

    async def lease(self, destination: str, most: int, now: float, seconds: float) -> list[Lease]:
        """Lend up to `most` due events, oldest first, to nobody else for `seconds`; a crash ends every lease."""

    def holds(self, lease: Lease, now: float) -> bool:
        """Whether a lease still stands. What it no longer holds is not to be sent: somebody else may have it."""

    async def settle(self, leases: Sequence[Lease]) -> None:
        """Forget events that are delivered or refused. Leases that somebody else has now stay as they are.

        An engine that cannot do so now may remember this, as `retry` and `bury`, and do it as soon as it can.
        """

    async def retry(self, leases: Sequence[Lease], at: float, tried: bool = True) -> None:
        """Give events back until `at`; `tried` says whether the attempt counts."""

    async def bury(self, leases: Sequence[Lease], reason: str, now: float) -> None:
        """Move events among the dead letters, in the place of earlier ones of the same id."""


class Withdrawals(Protocol):
    """What subjects have taken back. A subject is a keyed digest; its key is in no store."""

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """Return when the refusal is durable; None refuses every purpose. No later lease may outrun it."""

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """End refusals for what comes from now on; events received before them stay refused."""

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """The refusals of those among `subjects` who have any."""

    async def expire(self, before: int) -> int:
        """Forget refusals older than `before`, when nothing of that age can still be queued; how many."""


class DeadLetters(Protocol):
    """Events that failed for good, kept for a while for an operator to look at."""

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """How many there are, by (destination, reason)."""

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """The newest of a destination; with `after`, those that follow the one of this id, or none without it."""

    async def find(self, destination: str, id: str) -> DeadLetter | None:
        """The one of this id, or None."""

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """Queue dead letters of a destination again, all or those of `ids`, to be decided and tried anew; how many."""

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """Destroy dead letters of a destination, all or those of `ids`; how many."""

    async def discard(self, before: int) -> int:
        """Destroy those buried before a time; how many."""


class Erasing(Protocol):
    """What becomes of all that is kept of a subject. A subject is a keyed digest, as for `Withdrawals`.

    Nothing here keeps a subject from being filed again: whoever erases has refused what is still to come first.
    """

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """Remember that who is (first) is also filed as (second), for each pair; again, it is as if said once."""

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """The subjects that these lead to, by one link, without themselves."""

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """Up to `most` events that are sealed under keys of these subjects, the queued ones first."""

    async def erase(self, subjects: Collection[str], at: int) -> Erased:
        """Destroy the keys of these subjects, durably; then all that was sealed under them, and their links.

        Killed anywhere between, it is finished by being asked again, and what is left meanwhile nobody can read.
        What is put from now on is sealed under new keys.
        """

    async def expire_keys(self, before: int) -> int:
        """Destroy the keys of all months that were over before a time, and so what is sealed under them; how many
        months."""

    async def compact(self) -> Compaction:
        """Have what was deleted vanish from the files too, of this engine's own; of backups it knows nothing."""


class Vault(Protocol):
    """Seals what is personal in a sheet, under a key of the subject that `erase` destroys with the others."""

    async def seal_for(self, subject: str, at: int, text: str) -> str:
        """A text that `unseal` reads back, once the key is durable; `at` tells the month that it expires with."""

    async def unseal(self, text: str) -> str | None:
        """What was sealed, or None where its key was destroyed, or where this is nothing that was sealed here."""


class Ledger(Protocol):
    """Small durable documents. A book is a name such as `dsr.request`; keys are in the order of their text.

    Bodies are opaque: who writes one seals first what is personal in it.
    """

    async def add(self, book: str, key: str, body: str) -> bool:
        """Write a new sheet; False where the key is there already, and then nothing has changed."""

    async def sheet(self, book: str, key: str) -> Sheet | None:
        """A sheet as it is now."""

    async def rewrite(self, book: str, key: str, body: str, revision: int) -> bool:
        """Write over a sheet, if it still has that revision; False where it has another one, or is gone."""

    async def strike(self, book: str, key: str) -> bool:
        """Delete a sheet and overwrite where it was; False where there is none."""

    async def sheets(self, book: str, after: str, most: int) -> list[Sheet]:
        """Up to `most` sheets of a book whose keys come after `after`, in order."""


class Backlog(Protocol):
    """The state of the queue, for lanes and for metrics."""

    async def next_due(self, destination: str) -> float | None:
        """When the next event of a destination may be leased (0: at once), or None when none is queued."""

    async def depths(self) -> list[Depth]:
        """What waits, by destination; destinations without events are absent."""


class Condition(NamedTuple):
    """How a store is: its engine, the class of `DURABILITY` it keeps its promises with now, whether it is of any use,
    what is in the way of its best, and how many events wait for that aside."""

    engine: str
    durability: str
    sound: bool
    why: str = ""
    aside: int = 0


class Store(Queue, Withdrawals, DeadLetters, Erasing, Ledger, Vault, Backlog, Protocol):
    """An engine as a process holds it. `wake` is called with the name of each destination that has something to do.

    `gone` is told of a destination how many of its queued events an erasure destroyed that nobody was lent just then;
    of those that are lent, and of what is lent as erased, whoever has the lease tells. `forgotten` is told of subjects
    that another process may have erased, before anything else is asked of the store.
    """

    wake: Callable[[str], None]
    gone: Callable[[str, int], None]
    forgotten: Callable[[Collection[str]], None]

    async def open(self) -> None:
        """Begin. ConfigurationError where the engine must not be used like this."""

    async def close(self) -> None:
        """Keep what was accepted, and let go of everything."""

    async def condition(self) -> Condition:
        """How the store is now."""
