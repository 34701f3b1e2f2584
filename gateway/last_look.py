"""Look at all that may change between the making of a request and its first byte, and tell then whether it has."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.delivery import Parts
from gateway.store.protocols import Lease, Refusal

# A request that gets its connection, and its token, within so many seconds need not be looked at again.
FRESH_SECONDS = 0.2


class Look(NamedTuple):
    """What was found at a time of the steady clock: what subjects have withdrawn, and the policy of that moment."""

    at: float
    subjects: frozenset[str]
    refusals: Mapping[str, tuple[Refusal, ...]]
    policy: str

    def of(self, subjects: frozenset[str]) -> "Look":
        """What of it concerns some of the subjects."""
        own = {subject: found for subject, found in self.refusals.items() if subject in subjects}
        return Look(self.at, subjects, own, self.policy)


async def look(parts: Parts, subjects: frozenset[str]) -> Look:
    """What is to be found now. StoreUnavailable where nobody can say what was withdrawn."""
    at = parts.steady()
    refusals = await parts.withdrawals.refusals_of(subjects) if subjects else {}
    return Look(at, subjects, refusals, parts.policy().fingerprint)


async def is_right(parts: Parts, leases: Sequence[Lease], before: Look) -> bool:
    """Whether what was found before still holds, and the leases do. StoreUnavailable where nobody can say."""
    if parts.steady() - before.at < FRESH_SECONDS:
        return True
    now = await look(parts, before.subjects)
    same = (now.refusals, now.policy) == (before.refusals, before.policy)
    return same and all(parts.queue.holds(lease, parts.clock()) for lease in leases)
