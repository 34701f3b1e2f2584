"""Work through the requests that are open, whatever happens: killed anywhere, another run goes on where this one was.

How far a request has come stands in the request itself. Whoever works on one holds it for a while, so that no two
processes do; should they all the same, each task ends as if done once.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from gateway.audit.leaf import named
from gateway.days import SECONDS_A_DAY
from gateway.dsr.acts import may_reopen
from gateway.dsr.doing import Doing, Hands, Left, Work
from gateway.dsr.journal import JournalBroken
from gateway.dsr.request import (
    ENDED,
    IN_WORK,
    Request,
    State,
    Task,
    TaskState,
    is_ready,
    outcome_of,
    reachable,
    state_of,
)
from gateway.dsr.steps import planned
from gateway.errors import StoreUnavailable

HELD_SECONDS = 60
AT_ONCE = 32
_LONGEST, _AWAY, _SOON = 30.0, 3.0, 0.1
_AGAIN_SECONDS = 60
_MOST_TRIES = 30


@dataclass(frozen=True, slots=True)
class Rules:
    """`methods` are those that this process can see to. `seal` makes the receipt of a request, and is None where it has
    no key for it. A package is kept `packages` seconds, a request that has ended `requests` seconds."""

    methods: Collection[str]
    seal: Callable[[Request, int], str] | None
    packages: int
    requests: int


class Runner:
    """Sees to requests. `name` tells this process from others; `fault` is told each exception that nobody expected."""

    def __init__(self, hands: Hands, rules: Rules, name: str, fault: Callable[[BaseException], None]) -> None:
        self._hands = hands
        self._books = hands.books
        self._rules = rules
        self._name = name
        self._fault = fault
        self._doing = Doing(hands)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """See to what is open, until cancelled."""
        while True:
            self._woken.clear()
            wait = _AWAY
            try:
                wait = await self.work()
            except StoreUnavailable:
                pass
            except Exception as error:  # noqa: BLE001 - a fault ends one round, never the rounds
                self._fault(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait)

    async def work(self) -> float:
        """One round: everything that can be done now. The seconds until the next is worth it."""
        places = asyncio.Semaphore(AT_ONCE)

        async def see(id: str) -> float:
            async with places:
                return await self._see(id)

        ids = [id async for id in self._books.open()]
        waits = await asyncio.gather(*map(see, ids), return_exceptions=True)
        for each in waits:
            if isinstance(each, BaseException) and not isinstance(each, StoreUnavailable):
                self._fault(each)
        return min([_AWAY if isinstance(each, BaseException) else each for each in waits], default=_LONGEST)

    async def sweep(self) -> None:
        """Forget what has outlived its time: requests that ended long ago, and what was never handed in whole."""
        now = self._now
        async for request in self._books.all():
            over = request.state in ENDED and request.ended < now - self._rules.requests
            if over and not may_reopen(request, now):
                await self._books.forget(request)
        async for client, claim in self._books.orphans():
            if int(claim.id.replace("-", "")[:12], 16) // 1000 < now - SECONDS_A_DAY:
                await self._books.abandon(client, claim)

    @property
    def _now(self) -> int:
        return int(self._hands.clock())

    async def _see(self, id: str) -> float:
        """Do for one request what can be done now; the seconds until there may be more."""
        kept = await self._books.load(id)
        if kept is None:
            return _LONGEST  # it is being handed in, or never was whole
        if kept.request.state in IN_WORK:
            return await self._work_on(*kept)
        if kept.request.state in ENDED:
            await self._put_away(kept.request)
        else:
            await self._waited(kept.request)
        return _LONGEST

    async def _work_on(self, request: Request, revision: int) -> float:
        """Hold it, if there is something to do for this process and nobody else has it."""
        if request.tasks and not self._next(request) and not self._is_done(request):
            return self._wait(request)
        if request.holder not in ("", self._name) and request.held > self._now:
            return min(_LONGEST, request.held - self._now)
        held = replace(request, holder=self._name, held=self._now + HELD_SECONDS)
        return await self._see_through(held) if await self._books.save(held, revision) else _SOON

    async def _see_through(self, request: Request) -> float:
        try:
            if not request.tasks:
                request = await self._begin(request)
            while task := self._next(request):
                request = await self._step(request, task)
        finally:
            with contextlib.suppress(StoreUnavailable):
                request = await self._books.change(request.id, lambda each: replace(each, holder="", held=0))
        if self._is_done(request):
            await self._finish(request)
        return self._wait(request)

    async def _begin(self, request: Request) -> Request:
        tasks, now = planned(request, self._hands.world()), self._now

        def begun(each: Request) -> Request:
            waits = each.state is State.QUEUED  # it may have been cancelled or denied this very moment
            return _stated(replace(each.to(State.RUNNING, now), tasks=tasks), now) if waits else each

        request = await self._books.change(request.id, begun)
        if request.tasks:
            self._hands.evidence.note("dsr.begun", request=request.id, targets=[named(task.target) for task in tasks])
        return request

    async def _step(self, request: Request, task: Task) -> Request:
        held = await self._books.held(request.id)
        if held is None:
            done = replace(
                task, state=TaskState.FAILED, note="whom it is about cannot be read", at=self._now, retry_at=0
            )
        else:
            done = await self._tried(Work(request, held, task, self._now))
        now = self._now
        return await self._books.change(
            request.id, lambda each: _stated(replace(each.with_task(done), held=now + HELD_SECONDS), now)
        )

    async def _tried(self, work: Work) -> Task:
        """The task as it is after one try. StoreUnavailable where the store has to be there first."""
        try:
            return await self._doing.do(work)
        except StoreUnavailable:
            raise
        except (JournalBroken, OSError, Left) as error:
            note = str(error) if not isinstance(error, OSError) else f"a file cannot be written: {type(error).__name__}"
        except Exception as error:  # noqa: BLE001 - one task's fault must not keep the others from being done
            self._fault(error)
            note = f"a fault: {type(error).__name__}"
        tries = work.task.tries + 1
        again = work.now + _AGAIN_SECONDS if tries < _MOST_TRIES else 0
        return replace(work.task, state=TaskState.FAILED, note=note, at=work.now, tries=tries, retry_at=again)

    async def _finish(self, request: Request) -> None:
        """Say what it came to, prove it, and forget whom it was about."""
        if self._rules.seal is None:
            return
        now, outcome = self._now, outcome_of(request.tasks)
        self._hands.evidence.note("dsr.ended", request=request.id, outcome=str(outcome))
        await self._books.prove(request, self._rules.seal(replace(request, outcome=outcome), now))
        ended = await self._books.change(
            request.id,
            lambda each: each if each.state in ENDED else replace(each.to(State.COMPLETED, now), outcome=outcome),
        )
        await self._put_away(ended)

    async def _put_away(self, request: Request) -> None:
        """Let go of what an ended request needs no more. What may be appealed or fetched stays open for so long."""
        now = self._now
        if not await self._is_proven(request, now) or may_reopen(request, now):
            return
        await self._books.let_go(request.id)
        if await self._books.package(request.id) is not None:
            if now < request.ended + self._rules.packages:
                return
            await self._books.shred(request.id)
        await self._books.close(request.id)

    async def _is_proven(self, request: Request, now: int) -> bool:
        """Whether an ended request has its receipt, which is made here where that can be."""
        if await self._books.receipt(request) is not None:
            return True
        if self._rules.seal is None:
            return False
        await self._books.prove(request, self._rules.seal(request, now))
        return True

    async def _waited(self, request: Request) -> None:
        """End a request that was not verified in time."""
        now = self._now
        if request.state is not State.AWAITING_VERIFICATION or now <= request.expires:
            return
        self._hands.evidence.note("dsr.ended", request=request.id, outcome="expired")
        expired = await self._books.change(
            request.id, lambda each: each.to(State.EXPIRED, now) if each.state is State.AWAITING_VERIFICATION else each
        )
        if expired.state in ENDED:
            await self._put_away(expired)

    def _next(self, request: Request) -> Task | None:
        """The first task that can be worked on now, and here."""
        given = reachable(request.tasks)
        return next((each for each in given if is_ready(each, self._now) and each.method in self._rules.methods), None)

    def _is_done(self, request: Request) -> bool:
        return bool(request.tasks) and all(task.settled for task in request.tasks)

    def _wait(self, request: Request) -> float:
        times = [each.retry_at or each.completes_by for each in reachable(request.tasks)]
        due = min([at for at in times if at], default=self._now + _LONGEST)
        return min(_LONGEST, max(_SOON, due - self._now))


def _stated(request: Request, now: int) -> Request:
    """In the state of its tasks; that it has ended is for `_finish` to say."""
    state = state_of(request.tasks, now)
    return request if state is State.COMPLETED else request.to(state, now)
