"""Take requests and what is done to them: the one door for the API, the visitor's page and the command line.

Every act is written into the evidence before it is done, and not done where it cannot be written.
"""

import asyncio
import hmac
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol
from uuid import UUID

from hashids import Hashids

from gateway.audit.leaf import Value, named
from gateway.dsr import acts, deadlines
from gateway.dsr.books import Books, Claim, Held
from gateway.dsr.deadlines import Asked
from gateway.dsr.identities import Reader, Whom, canonical_type
from gateway.dsr.problems import IdempotencyConflict, InvalidDraft, NotHere, UnknownRequest, VerificationFailed
from gateway.dsr.request import (
    ENDED,
    Denial,
    Identity,
    Moment,
    Request,
    Scope,
    State,
    TaskState,
    Type,
    Verification,
)
from gateway.dsr.salts import Salts
from gateway.keys import digest

# Who asks at the visitor's own page, in the evidence: nobody with a key.
PERSON = "person------"

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_LENGTH = 12  # of every code, so that no answer is longer than another
_PATIENCE, _LOOK = 2.0, 0.02  # seconds that somebody else may take, and between two looks whether he is done


class Draft(NamedTuple):
    """What is handed in. `subject_request_id` is a UUID of the client's: handed in again with the same body, it is the
    same request. `regulation` as `gateway.dsr.deadlines` knows them; `verification` where it is done already."""

    subject_request_id: str
    type: Type
    identities: tuple[Identity, ...]
    regulation: str = deadlines.VOLUNTARY
    scope: Scope = Scope()
    verification: Verification = Verification()
    callbacks: tuple[str, ...] = ()
    protocol: str = ""


class Sought(NamedTuple):
    """Which requests somebody looks for; None of each for whichever. `due_before` leaves out those to which nobody
    waits for an answer, `reference` is the short code of one."""

    state: State | None = None
    type: Type | None = None
    due_before: int | None = None
    reference: str | None = None

    def fits(self, request: Request) -> bool:
        """Whether a request is one of them."""
        plain = ((self.state, request.state), (self.type, request.type), (self.reference, request.reference))
        due = self.due_before is None or 0 < request.waits_until < self.due_before
        return due and all(wanted in (None, given) for wanted, given in plain)


ANY = Sought()


class Counted(NamedTuple):
    """What is kept of somebody now, in numbers: events that wait and that failed, destinations that received something,
    and refusals."""

    queued: int
    dead: int
    recipients: int
    refusals: int


class Witness(Protocol):
    """The log of evidence."""

    async def require(self, act: str, **fields: Value) -> None:
        """Return when it is durable. LogUnavailable, and nothing is written, where it cannot be."""


class Counts(Protocol):
    """Whoever looks what is kept."""

    async def count(self, subjects: Collection[str]) -> Counted:
        """What is kept of these subjects and of those they lead to."""


@dataclass(frozen=True, slots=True)
class Office:
    """What a desk works with. `reader` is None in a process without the root key, which takes no requests. `key` keys
    digests of bodies, `clock` is POSIX seconds, `random` gives so many random bytes, `wake` tells the runner. A request
    waits `verify_within` seconds for its verification; `asked` is what the policy in force says of terms."""

    books: Books
    reader: Reader | None
    salts: Salts
    evidence: Witness
    counts: Counts
    key: bytes
    clock: Callable[[], float]
    random: Callable[[int], bytes]
    asked: Asked
    verify_within: int
    wake: Callable[[], None] = lambda: None


class Desk:
    """Takes requests. Beside the problems that it names, each act may raise UnknownRequest, StoreUnavailable, and
    LogUnavailable, after which nothing was done. `by` is always the id of the key that asks, or PERSON."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._books = office.books
        self._codes = Hashids(salt=digest(office.key, "reference"), min_length=_LENGTH, alphabet=_ALPHABET)

    async def submit(self, draft: Draft, by: str) -> tuple[Request, bool]:
        """The request of a draft, and whether it is a new one. InvalidDraft, InvalidIdentity, VerificationFailed, and
        IdempotencyConflict where the client's id is that of another body. NotHere without the root key."""
        whom = self._whom(draft.identities)
        now = self._now
        request = self._request(draft, whom, by)
        mine = Claim(request.id, request.digest_of_body)
        claim = await self._books.claim(draft.subject_request_id, mine)
        if not hmac.compare_digest(claim.digest, mine.digest):
            raise IdempotencyConflict("this id is that of a request with another body")
        first = await self._books.hold(claim.id, _held(draft, whom))
        known = None if first else await self._awaited(claim.id)
        if known:
            return known, False
        commitments = await self._office.salts.commitments(whom.subjects, now)
        told = {"request": claim.id, "type": str(draft.type), "subjects": commitments, "by": by}
        await self._office.evidence.require("dsr.received", **told)
        fresh = await self._books.add(replace(request, id=claim.id))
        self._office.wake()
        return await self.show(claim.id), fresh

    async def show(self, id: str) -> Request:
        """A request as it is now. UnknownRequest where there is none."""
        kept = await self._books.load(id)
        if kept is None:
            raise UnknownRequest("there is no such request")
        return kept.request

    async def of_client(self, subject_request_id: str) -> Request:
        """The request that a client's id names. UnknownRequest where it names none."""
        claim = await self._books.claimed(subject_request_id)
        return await self.show(claim.id if claim else "")

    async def browse(self, after: str, most: int, sought: Sought = ANY) -> list[Request]:
        """Up to `most` requests that are sought, the oldest first, that came after the one of the id `after`."""
        found: list[Request] = []
        async for request in self._books.all(after):
            if sought.fits(request):
                found.append(request)
            if len(found) >= most:
                break
        return found

    async def preview(self, identities: Sequence[Identity], by: str) -> Counted:
        """What is kept of somebody, in numbers; nothing is changed. InvalidIdentity, NotHere."""
        whom = self._whom(identities)
        commitments = await self._office.salts.commitments(whom.subjects, self._now)
        await self._office.evidence.require("dsr.previewed", subjects=commitments, by=by)
        return await self._office.counts.count(whom.subjects)

    async def verify(self, id: str, how: Verification) -> Request:
        """Let a request go on. VerificationFailed where this is not enough, VerificationExpired, InvalidState."""
        alter = partial(acts.verified, how=how, now=self._now)
        return await self._act("dsr.verified", id, alter, method=how.method, by=how.by)

    async def cancel(self, id: str, by: str) -> Request:
        """End a request that nobody works on yet. InvalidState."""
        return await self._act("dsr.cancelled", id, partial(acts.cancelled, now=self._now), by=by)

    async def deny(self, id: str, denial: Denial) -> Request:
        """Refuse a request that nobody works on yet. InvalidDraft, InvalidState."""
        alter = partial(acts.denied, denial=denial, now=self._now)
        return await self._act("dsr.denied", id, alter, reason=denial.reason, by=denial.by)

    async def extend(self, id: str, reason: str, by: str) -> Request:
        """Take one more period, once. InvalidDraft, InvalidState."""
        alter = partial(acts.extended, reason=reason, asked=self._office.asked, now=self._now)
        return await self._act("dsr.extended", id, alter, by=by)

    async def retry(self, id: str, by: str, target: str = "") -> Request:
        """Try again now what has failed, of one target or of all. InvalidState."""
        alter = partial(acts.retried, target=target, now=self._now)
        return await self._act("dsr.retried", id, alter, by=by)

    async def complete_manual(
        self, id: str, target: str, note: str, by: str, state: TaskState = TaskState.DONE
    ) -> Request:
        """Say what a person has done about a target that waits for one. InvalidDraft, InvalidState."""
        alter = partial(acts.settled, target=target, state=state, note=note, now=self._now)
        return await self._act("dsr.settled", id, alter, target=named(target), state=str(state), by=by)

    async def appeal(self, id: str, by: str) -> Request:
        """Have a denial looked at again. InvalidState."""
        alter = partial(acts.appealed, id=self._new_id(), by=by, now=self._now)
        return await self._act("dsr.appealed", id, alter, by=by)

    async def decide_appeal(self, id: str, appeal: str, upheld: bool, by: str) -> Request:
        """Decide an appeal: upheld, the request is worked on after all. SamePrincipal, InvalidState."""
        alter = partial(acts.appeal_decided, id=appeal, upheld=upheld, by=by, now=self._now)
        return await self._act("dsr.appeal_decided", id, alter, decision="upheld" if upheld else "rejected", by=by)

    async def receipt(self, id: str) -> str | None:
        """The signed receipt of a request; None before it has ended."""
        for _ in range(int(_PATIENCE / _LOOK)):
            request = await self.show(id)
            receipt = await self._books.receipt(request)
            if receipt or request.state not in ENDED:
                return receipt
            await asyncio.sleep(_LOOK)  # it has ended just now
        return None

    async def package(self, id: str) -> str | None:
        """What is handed out on a request for access, as JSON; None where there is nothing, or nothing any more."""
        await self.show(id)
        return await self._books.package(id)

    async def hand_out(self, id: str, by: str) -> str | None:
        """The same for who takes it, which is evidenced first."""
        text = await self.package(id)
        if text is not None:
            await self._office.evidence.require("dsr.package_taken", request=id, by=by)
        return text

    async def shred(self, id: str) -> bool:
        """Destroy what was to be handed out; whether there was something."""
        return await self._books.shred(id)

    @property
    def _now(self) -> int:
        return int(self._office.clock())

    def _new_id(self) -> str:
        return new_id(self._office.clock(), self._office.random)

    async def _act(self, act: str, id: str, alter: Callable[[Request], Request], **told: str) -> Request:
        """Alter a request, once it is known that it lets itself be altered and the evidence says so."""
        alter(await self.show(id))
        await self._office.evidence.require(act, request=id, **told)
        request = await self._books.change(id, alter)
        self._office.wake()
        return request

    async def _awaited(self, id: str) -> Request | None:
        """The request that somebody else is handing in now; None where he does not come to its end."""
        for _ in range(int(_PATIENCE / _LOOK)):
            kept = await self._books.load(id)
            if kept:
                return kept.request
            await asyncio.sleep(_LOOK)
        return None

    def _whom(self, identities: Sequence[Identity]) -> Whom:
        if self._office.reader is None:
            raise NotHere("this process has no root key, and takes no requests")
        return self._office.reader.read(identities)

    def _request(self, draft: Draft, whom: Whom, by: str) -> Request:
        place = deadlines.place_of(draft.regulation)
        if place is None or not _is_uuid(draft.subject_request_id):
            raise InvalidDraft("the regulation is none that is known, or the id of the request is no UUID")
        if draft.type is Type.OPT_IN and not whom.records:
            raise InvalidDraft("a yes is taken from a consent record alone: name it by its cookie (visitor_id)")
        now = self._now
        begun = Request(
            id=self._new_id(),
            subject_request_id=draft.subject_request_id,
            type=draft.type,
            regulation=draft.regulation,
            received=now,
            due=deadlines.after(now, deadlines.terms_of(place, self._office.asked).answer),
            digest_of_body=self._digest(draft),
            kinds=tuple(canonical_type(each.type) for each in draft.identities),
            reference=self._codes.encode(int.from_bytes(self._office.random(5), "big")),
            by=by,
            scope=draft.scope,
            callbacks=draft.callbacks,
            protocol=draft.protocol,
            history=(Moment(State.RECEIVED, now),),
        )
        if not draft.verification.method:
            return replace(begun.to(State.AWAITING_VERIFICATION, now), expires=now + self._office.verify_within)
        if not acts.is_enough(begun, draft.verification.method):
            raise VerificationFailed("this is not enough for what is asked")
        return replace(begun.to(State.QUEUED, now), verification=replace(draft.verification, at=now))

    def _digest(self, draft: Draft) -> str:
        """What two drafts have in common that ask for the same."""
        words = [str(draft.type), draft.regulation, draft.identities, draft.callbacks, draft.scope.destinations]
        how = (draft.verification.method, draft.verification.assurance, draft.verification.evidence)
        return digest(self._office.key, json.dumps([*words, draft.scope.keep_suppressed, how]))


def new_id(now: float, random: Callable[[int], bytes]) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): ids of later milliseconds come after it."""
    body = int(now * 1000).to_bytes(6, "big") + random(10)
    number = int.from_bytes(body, "big") & ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=number | 7 << 76 | 2 << 62))


def _held(draft: Draft, whom: Whom) -> Held:
    granted = tuple(sorted({purpose for record in whom.records for purpose in record.granted}))
    given = max((record.given for record in whom.records), default=0)
    return Held(draft.identities, whom.subjects, proven=whom.proven, granted=granted, given=given)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
