"""Look up everything that is held of a person, and nothing of anyone else."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from gateway.dsr.desk import Counted
from gateway.dsr.extract import Holdings
from gateway.dsr.recipients import Recipients
from gateway.store.protocols import Erasing, Withdrawals

_MOST = 100_000


class Keeps(Erasing, Withdrawals, Protocol):
    """The store, as far as it knows subjects."""


class Consents(Protocol):
    """Whoever keeps what was chosen."""

    async def of(self, subject: str) -> list[Mapping[str, Any]]:
        """The consent records of a subject, as they are handed out."""

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike those of these subjects; how many there were."""


class Lookup:
    """Looks up what is held of subjects."""

    def __init__(self, store: Keeps, recipients: Recipients, consents: Consents | None) -> None:
        self._store = store
        self._recipients = recipients
        self._consents = consents

    async def resolved(self, subjects: Collection[str]) -> tuple[str, ...]:
        """These subjects and those that they lead to."""
        linked = await self._store.linked(subjects)
        return tuple(dict.fromkeys((*subjects, *sorted(linked))))

    async def of(self, subjects: Collection[str]) -> Holdings:
        """Everything that is held of these subjects."""
        return Holdings(
            await self._store.held(subjects, _MOST),
            await self._recipients.of(subjects),
            [record for subject in subjects for record in await self._chosen(subject)],
            await self._store.refusals_of(subjects),
        )

    async def _chosen(self, subject: str) -> list[Mapping[str, Any]]:
        return await self._consents.of(subject) if self._consents else []

    async def count(self, subjects: Collection[str]) -> Counted:
        """What is held of these subjects and of those they lead to, in numbers."""
        found = await self.of(await self.resolved(subjects))
        queued = sum(each.where == "queue" for each in found.events)
        refusals = sum(map(len, found.refusals.values()))
        return Counted(queued, len(found.events) - queued, len(found.recipients), refusals)

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike the sheets of these subjects; how many there were."""
        forgotten = await self._consents.forget(subjects) if self._consents else 0
        return forgotten + await self._recipients.forget(subjects)
