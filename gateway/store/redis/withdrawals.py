"""Keep what subjects have withdrawn, so that every replica sees it as soon as it is acknowledged.

A server that has lost it does not know so itself. Its state therefore has a name, which tells when it began: of what
was received before, nobody knows any more who has withdrawn, and everybody counts as if they had.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from gateway.errors import StoreUnavailable
from gateway.store.protocols import Refusal
from gateway.store.redis.line import Line
from gateway.store.redis.memory import Known, Memory
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import DOUBT, EXPIRE, LIFT, RECALL, REFUSE, Call, Replication, run

_AT_ONCE = 500

# So far may the clock that noted when an event was received be from that which noted when a state began.
CLOCKS_SECONDS = 60


class _Answer(NamedTuple):
    state: str
    since: int
    found: Sequence[Any]


class RedisWithdrawals:
    """`Withdrawals` of `gateway.store.protocols`. `forgotten` is called when a server no longer knows what it once was
    told, `fault` with what keeps us from remembering its state; `clock` gives POSIX seconds."""

    def __init__(self, line: Line, names: Names, replication: Replication, clock: Callable[[], float]) -> None:
        self._line = line
        self._tag = names.withdrawals
        self._replication = replication
        self._clock = clock
        self.memory = Memory(None)
        self.forgotten: Callable[[], None] = lambda: None
        self.fault: Callable[[BaseException], None] = lambda error: None

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        await self._change(Call(REFUSE, self._tag, (subject, at, *_purposes(purposes))))

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`."""
        await self._change(Call(LIFT, self._tag, (subject, int(purposes is None), *_purposes(purposes))))

    async def refusals_of(self, subjects: Collection[str], oldest: float) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`. `oldest` is when the oldest event was received that the answer may decide about: where the
        server knows less, everybody refuses what came before. StoreUnavailable, once, where it has forgotten what it
        knew when we last asked."""
        wanted = [subject for subject in subjects if subject]
        if not wanted:
            return {}
        answer = await self._recall(wanted)
        if await self._is_another(answer):
            raise StoreUnavailable("the store has forgotten what was withdrawn")
        told = {subject: _refusals(those) for subject, those in zip(wanted, answer.found, strict=True) if those}
        if answer.since < oldest:
            return told
        unknown = Refusal("", answer.since, standing=False)
        return {subject: (*told.get(subject, ()), unknown) for subject in wanted}

    async def look(self) -> None:
        """See whether the server still knows what it did."""
        await self._is_another(await self._recall(()))

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        gone, last = 0, _AT_ONCE
        while last >= _AT_ONCE:
            (last,) = await self._change(Call(EXPIRE, self._tag, (before, _AT_ONCE)))
            gone += last
        return gone

    async def _recall(self, subjects: Collection[str]) -> _Answer:
        calls = [Call(RECALL, self._tag, (secrets.token_hex(8), *subjects))]
        ((state, since, *found),) = await self._line.ask(self._tag, partial(run, calls=calls))
        return _Answer(state.decode(), int(since), found)

    async def _change(self, call: Call) -> list[Any]:
        return await self._line.ask(self._tag, partial(run, calls=[call], replication=self._replication))

    async def _is_another(self, answer: _Answer) -> bool:
        """Whether the state is not the one we knew. Then everybody is told from when on it can be relied on."""
        known = self.memory.known
        if known is not None and known.state == answer.state:
            return False
        now = self._clock()
        if known is not None:
            # A state that began before we knew another one was not told what that one was.
            born = _born(answer.state)
            began = born if born >= known.learnt else int(now)
            await self._change(Call(DOUBT, self._tag, (began + CLOCKS_SECONDS,)))
            self.forgotten()
        try:
            await self.memory.learn(Known(answer.state, now))
        except OSError as error:
            self.fault(error)
        return known is not None


def _born(state: str) -> int:
    """When a state began; 0 where its name does not tell."""
    time = state.rpartition("-")[2]
    return int(time) if "-" in state and time.isdecimal() else 0


def _purposes(purposes: Collection[str] | None) -> tuple[str, ...]:
    return ("",) if purposes is None else tuple(purposes)


def _refusals(answer: Sequence[bytes]) -> tuple[Refusal, ...]:
    return tuple(_refusal(*pair) for pair in sorted(zip(answer[::2], answer[1::2], strict=True)))


def _refusal(purpose: bytes, value: bytes) -> Refusal:
    at, standing = value.split()
    return Refusal(purpose.decode(), int(at), standing == b"1")
