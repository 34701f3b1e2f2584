"""Tell whoever wants to know of each change of a request and of each deadline that comes near, and count those open.

What is to be told follows from a request itself, so nothing can be lost between a change and its message; what was told
is kept beside it. A message may come twice, with the same id.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol

from gateway.dsr.acts import may_reopen
from gateway.dsr.books import Kept
from gateway.dsr.request import ENDED, Request
from gateway.dsr.webhooks import message
from gateway.store.protocols import Ledger

BOOK = "dsr.told"
SHARES = (50, 80, 100)  # per cent of the time to answer
RESULTS = ("delivered", "put_off", "given_up")

_LEASE = 60
_TRIES = 10
_FIRST_WAIT, _LONGEST_WAIT = 30, 6 * 3600
_WHOLE_EVERY = 3600
_HANDED_IN = 600  # seconds after which no request appears any more before one that is there
_AT_ONCE = 200


class Shelf(Protocol):
    """The requests."""

    async def load(self, id: str) -> Kept | None:
        """A request as it is now."""

    def all(self, after: str = "") -> AsyncIterator[Request]:
        """Those that came after the one of an id, the oldest first."""


class Notice(NamedTuple):
    """One message: its id, and its body."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What one listener was told of a request: so many changes, and that so much of the time is over (per cent). The
    next message is tried not before `at`, for the `tries`-th time."""

    changes: int = 0
    share: int = 0
    tries: int = 0
    at: int = 0


@dataclass(slots=True)
class Standing:
    """The requests that are open: how many by state; and of these and of appeals, how many are overdue, and when the
    first is due (0: none)."""

    open: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    due: int = 0


Post = Callable[[str, str, bytes], Awaitable[bool]]
"""Posts a message (to an address, with an id) and tells whether it was taken."""


class Voice(Protocol):
    """Another protocol, in which the callbacks of requests that came by it are told."""

    def change(self, request: Request, number: int, url: str) -> Notice:
        """What is told of a change."""

    async def post(self, url: str, id: str, body: bytes) -> bool:
        """Whether a message was taken."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How messages leave. `own` is the operator's address, empty where nobody is told; `count` is told what became of
    a message, `clock` is POSIX seconds. `voices` are protocols beside our own; one that is not there is silent."""

    own: str
    post: Post
    count: Callable[[str], None]
    clock: Callable[[], float]
    voices: Mapping[str, Voice] = field(default_factory=dict)


class Notices:
    """The messages of an installation. Several processes may sweep; each message is lent to one at a time."""

    def __init__(self, shelf: Shelf, ledger: Ledger, ways: Ways) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._ways = ways
        self._after = ""
        self._watched: set[str] = set()  # of those up to there
        self._whole = 0.0
        self._down: set[str] = set()
        self.standing = Standing()

    async def sweep(self) -> None:
        """Send what is due to be told, and count what is open. What nothing more can come of is passed over, and is
        looked at again once an hour."""
        now = int(self._ways.clock())
        whole = now - self._whole >= _WHOLE_EVERY
        if whole:
            self._after, self._whole = "", now
            self._watched.clear()
        self._down.clear()
        standing, late = Standing(), False
        for id in sorted(self._watched):
            kept = await self._shelf.load(id)
            if kept is None or not await self._look(kept.request, standing, now):
                self._watched.discard(id)
        async for request in self._shelf.all(self._after):
            goes_on = await self._look(request, standing, now)
            late = late or request.received > now - _HANDED_IN
            if not late:
                self._after = request.id
                self._watched |= {request.id} if goes_on else set()
        self.standing = standing
        if whole:
            await self._tidy()

    async def _look(self, request: Request, standing: Standing, now: int) -> bool:
        """Count a request and tell of it; whether there may be more of it to tell."""
        _count(standing, request, now)
        quiet = await self._tell(request, now)
        return not quiet or bool(request.waits_until) or may_reopen(request, now)

    async def _tell(self, request: Request, now: int) -> bool:
        """Tell everybody about a request; whether nothing is left to be told."""
        silent = request.protocol and request.protocol not in self._ways.voices
        places = [(0, self._ways.own), *enumerate(() if silent else request.callbacks, 1)]
        return all([await self._tell_one(request, number, url, now) for number, url in places if url])

    async def _tell_one(self, request: Request, number: int, url: str, now: int) -> bool:
        if url in self._down:
            return False
        key = f"{request.id}/{number}"
        sheet = await self._ledger.sheet(BOOK, key)
        if sheet is None:
            await self._ledger.add(BOOK, key, _written(Told()))
            sheet = await self._ledger.sheet(BOOK, key)
        if sheet is None:
            return False
        told, revision = Told(**json.loads(sheet.body)), sheet.revision
        voice = self._ways.voices.get(request.protocol) if number else None
        change, post = (partial(voice.change, url=url), voice.post) if voice else (changed, self._ways.post)
        while (due := next(untold(request, told, now, change, own=not number), None)) is not None:
            notice, after = due
            lent = replace(told, at=now + _LEASE)
            if told.at > now or not await self._ledger.rewrite(BOOK, key, _written(lent), revision):
                return False
            taken = await post(url, notice.id, notice.body)
            told = self._judged(told, after, now, taken=taken)
            if not await self._ledger.rewrite(BOOK, key, _written(told), revision + 1):
                return False
            revision += 2
            if not taken:
                self._down.add(url)  # whoever does not answer must not keep the others waiting once for each request
                return False
        return True

    def _judged(self, told: Told, after: Told, now: int, *, taken: bool) -> Told:
        """What is known when a message was taken, or not: then it is put off, and after a day given up."""
        given_up = not taken and told.tries + 1 >= _TRIES
        self._ways.count("delivered" if taken else "given_up" if given_up else "put_off")
        if taken or given_up:
            return after
        wait = min(_FIRST_WAIT << told.tries, _LONGEST_WAIT)
        return replace(told, tries=told.tries + 1, at=now + wait)

    async def _tidy(self) -> None:
        """Forget what was told of requests that are forgotten."""
        here = {request.id async for request in self._shelf.all()}
        after = ""
        while page := await self._ledger.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                if sheet.key.partition("/")[0] not in here:
                    await self._ledger.strike(BOOK, sheet.key)
            after = page[-1].key


def changed(request: Request, number: int) -> Notice:
    """What is told of a change, the one at this place of the history."""
    moment = request.history[number]
    data = {**_data(request), "state": moment.state, "outcome": _outcome(request, number)}
    return Notice(f"{request.id}.{number}", message("dsr.request.changed", moment.at, data))


def untold(
    request: Request, told: Told, now: int, change: Callable[[Request, int], Notice] = changed, *, own: bool
) -> Iterator[tuple[Notice, Told]]:
    """What is to be told next, each with what is told then. Only the operator (`own`) hears of deadlines."""
    for number in range(told.changes, len(request.history)):
        yield change(request, number), replace(told, changes=number + 1, tries=0, at=0)
    share = share_of(request, now)
    if own and share > told.share:
        notice = Notice(
            f"{request.id}.due-{share}", message("dsr.request.due", now, {**_data(request), "share": share})
        )
        yield notice, replace(told, changes=len(request.history), share=share, tries=0, at=0)


def share_of(request: Request, now: int) -> int:
    """How much of the time to answer an open request is over, as the highest of SHARES that is; else 0."""
    if request.state in ENDED or request.due <= request.received:
        return 0
    over = 100 * (now - request.received) // (request.due - request.received)
    return max((share for share in SHARES if over >= share), default=0)


def _data(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "subject_request_id": request.subject_request_id,
        "type": str(request.type),
        "reference": request.reference,
        "due": request.due,
    }


def _outcome(request: Request, number: int) -> str | None:
    last = number == len(request.history) - 1
    return str(request.outcome) if last and request.outcome else None


def _count(standing: Standing, request: Request, now: int) -> None:
    due = request.waits_until
    if not due:
        return
    standing.open[str(request.state)] += request.state not in ENDED
    standing.overdue += due <= now
    standing.due = min(standing.due or due, due)


def _written(told: Told) -> str:
    return json.dumps(asdict(told))
