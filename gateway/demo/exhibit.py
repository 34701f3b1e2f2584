"""Let hits through the gateway one at a time, so that what the vendors catch belongs to the hit at hand."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.decision import Decision
from gateway.demo.passages import Arrived, Known, Outcome, Passage, passage
from gateway.demo.upstream import Answer, Request, Upstream
from gateway.demo.vendors import Vendors
from gateway.facts import Facts
from gateway.policy.decide import Policy

MOST_PASSAGES = 30
MOST_WAITING = 50
DELIVERY_SECONDS = 5.0


@dataclass(slots=True)
class Tap:
    """Where the collector tells its decisions: those of the hit at hand are kept."""

    taken: list[tuple[Decision, Facts]] = field(default_factory=list)

    def __call__(self, decision: Decision, facts: Facts) -> None:
        """Take one decision."""
        self.taken.append((decision, facts))


@dataclass(slots=True)
class Exhibit:
    """The hits of this demo, the newest first. `hosts` names the real host of each destination, `today` counts days."""

    upstream: Upstream
    vendors: Vendors
    tap: Tap
    policy: Policy
    hosts: Mapping[str, str]
    today: Callable[[], int]
    passages: deque[Passage] = field(default_factory=lambda: deque(maxlen=MOST_PASSAGES))
    _count: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _following: set[asyncio.Task[None]] = field(default_factory=set)

    async def play(self, arrived: Arrived, request: Request) -> Answer:
        """Send one hit through and wait until it is where it goes."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        await self._through(arrived, request, answered)
        return answered.result()

    async def follow(self, arrived: Arrived, request: Request) -> Answer:
        """Send one hit of a page through: the page is answered as soon as the gateway has answered."""
        if len(self._following) >= MOST_WAITING:
            return await self.upstream.ask(request, arrived.situation)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._through(arrived, request, answered))
        self._following.add(task)
        task.add_done_callback(self._following.discard)
        return await answered

    async def quiet(self) -> None:
        """Return when no hit is under way."""
        while self._following:
            await asyncio.wait(set(self._following))

    async def _through(self, arrived: Arrived, request: Request, answered: asyncio.Future[Answer]) -> None:
        async with self._turn:
            self.vendors.forget()
            self.tap.taken.clear()
            try:
                answer = await self.upstream.ask(request, arrived.situation)
            except Exception as error:  # noqa: BLE001  whatever it was, the page that waits has to hear of it
                answered.set_exception(error)
                return
            answered.set_result(answer)
            decisions = list(self.tap.taken)
            permitted = {verdict.destination for decision, _ in decisions for verdict in decision.permits}
            caught = await self.vendors.caught(permitted, DELIVERY_SECONDS)
            self._count += 1
            known = Known(self.policy, self.hosts, self.today())
            self.passages.appendleft(passage(self._count, arrived, Outcome(answer.status, decisions, caught), known))
