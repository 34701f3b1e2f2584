"""Refuse somebody's events without erasing anything, tell what is refused, and let through again who agreed anew."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from starlette.responses import Response

from gateway.audit.leaf import named as label
from gateway.dsr.desk import Witness
from gateway.dsr.identities import Reader, Record
from gateway.dsr.problems import InvalidIdentity, NotHere
from gateway.dsr.request import Identity
from gateway.dsr.salts import Salts
from gateway.store.protocols import Refusal
from gateway.web.dsr.answers import Suppressed
from gateway.web.dsr.bodies import IdentityBody
from gateway.web.dsr.endpoint import Act, said
from gateway.web.dsr.operation import Call
from gateway.web.dsr.problems import Refused

ALL = "all"


class Lists(Protocol):
    """The refusals of a store, and whom a subject leads to."""

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """Return when the refusal is durable."""

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """End refusals for what comes from now on."""

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """The refusals of those who have any."""

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """The subjects that these lead to."""


class Suppressing(NamedTuple):
    """What it takes. `reader` is None without the root key, `purposes` are those of the policy in force, `landed` waits
    until no request with an event of these subjects is under way, `clock` is POSIX seconds."""

    lists: Lists
    reader: Reader | None
    salts: Salts
    evidence: Witness
    purposes: Callable[[], Collection[str]]
    landed: Callable[[Collection[str]], Awaitable[None]]
    clock: Callable[[], float]


class Suppressions:
    """The acts."""

    def __init__(self, parts: Suppressing) -> None:
        self._parts = parts

    def acts(self) -> Mapping[str, Act]:
        """All of them, by the names of their operations."""
        return {"check": self._check, "suppress": self._suppress, "unsuppress": self._unsuppress}

    async def _check(self, call: Call) -> Response:
        named, subjects = await self._whom(call.body.subject_identities)
        await self._note("suppression.checked", named, call)
        return said(await self._told(subjects))

    async def _suppress(self, call: Call) -> Response:
        purpose, purposes = self._purposes(call)
        named, subjects = await self._whom(call.body.subject_identities)
        await self._note("suppression.set", named, call, purpose=label(purpose))
        at = int(self._parts.clock())
        for subject in subjects:
            await self._parts.lists.refuse(subject, purposes, at)
        await self._parts.landed(subjects)
        return said(await self._told(subjects))

    async def _unsuppress(self, call: Call) -> Response:
        purpose, purposes = self._purposes(call)
        named, subjects = await self._whom(call.body.subject_identities)
        agreed = await self._agreed(call, subjects, purpose)
        await self._note("suppression.lifted", named, call, purpose=label(purpose))
        for subject in (*named, *(each for each in agreed if each not in named)):
            await self._parts.lists.lift(subject, purposes)
        return said(await self._told(subjects))

    def _purposes(self, call: Call) -> tuple[str, Collection[str] | None]:
        """The purpose that the path names, and as the store takes it."""
        purpose = call.spots["scope"]
        if purpose == ALL:
            return purpose, None
        if purpose not in self._parts.purposes():
            raise Refused("not-found")
        return purpose, (purpose,)

    async def _whom(self, bodies: Sequence[IdentityBody]) -> tuple[Sequence[str], Sequence[str]]:
        """The subjects that are named, and those with whom they lead to."""
        named = self._reader.read([each.identity() for each in bodies]).subjects
        linked = await self._parts.lists.linked(named)
        return named, [*named, *(each for each in linked if each not in named)]

    async def _agreed(self, call: Call, subjects: Collection[str], purpose: str) -> Sequence[str]:
        """Who agreed. Refused unless the record is that of each identity, grants the purpose, and is newer than each
        refusal: nobody's yes lets others through."""
        try:
            whom = self._reader.read([Identity("visitor_id", call.body.consent_record)])
        except InvalidIdentity:
            raise Refused("consent-not-newer") from None
        given = [each.given for each in whom.records if _grants(each, purpose)]
        refusals = await self._parts.lists.refusals_of(subjects)
        here = [each.at for found in refusals.values() for each in found if each.standing and _is_of(each, purpose)]
        strangers = [each for each in call.body.subject_identities if not await self._leads_to(each, whom.subjects)]
        if not given or strangers or max(here, default=-1) >= max(given):
            raise Refused("consent-not-newer")
        return whom.subjects

    async def _leads_to(self, body: IdentityBody, agreed: Sequence[str]) -> bool:
        """Whether an identity is that of those who agreed, or is known to be."""
        return not set(agreed).isdisjoint((await self._whom([body]))[1])

    async def _note(self, act: str, named: Collection[str], call: Call, **told: str) -> None:
        commitments = await self._parts.salts.commitments(named, int(self._parts.clock()))
        await self._parts.evidence.require(act, subjects=commitments, by=call.by, **told)

    async def _told(self, subjects: Collection[str]) -> Suppressed:
        refusals = await self._parts.lists.refusals_of(subjects)
        standing = {each.purpose for found in refusals.values() for each in found if each.standing}
        return Suppressed(everything="" in standing, purposes=sorted(standing - {""}))

    @property
    def _reader(self) -> Reader:
        if self._parts.reader is None:
            raise NotHere("this process has no root key")
        return self._parts.reader


def _grants(record: Record, purpose: str) -> bool:
    return bool(record.granted) if purpose == ALL else purpose in record.granted


def _is_of(refusal: Refusal, purpose: str) -> bool:
    return purpose == ALL or refusal.purpose in ("", purpose)
