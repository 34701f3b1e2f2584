"""Keep what subjects have withdrawn, so that every replica sees it as soon as it is acknowledged."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.errors import StoreUnavailable
from gateway.store.protocols import Refusal
from gateway.store.redis.line import Line
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import EXPIRE, LIFT, RECALL, REFUSE, Call, Replication, run

_AT_ONCE = 500


class RedisWithdrawals:
    """`Withdrawals` of `gateway.store.protocols`. `forgotten` is called when a server no longer knows what it once
    was told."""

    def __init__(self, line: Line, names: Names, replication: Replication) -> None:
        self._line = line
        self._tag = names.withdrawals
        self._replication = replication
        self._state: bytes | None = None
        self.forgotten: Callable[[], None] = lambda: None

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        await self._change(Call(REFUSE, self._tag, (subject, at, *_purposes(purposes))))

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`."""
        await self._change(Call(LIFT, self._tag, (subject, int(purposes is None), *_purposes(purposes))))

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`. StoreUnavailable, once, where the server has forgotten them since we last asked."""
        wanted = [subject for subject in subjects if subject]
        if not wanted:
            return {}
        calls = [Call(RECALL, self._tag, (secrets.token_hex(8), *wanted))]
        ((state, *found),) = await self._line.ask(self._tag, partial(run, calls=calls))
        self._compare(state)
        return {subject: _refusals(those) for subject, those in zip(wanted, found, strict=True) if those}

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        gone, last = 0, _AT_ONCE
        while last >= _AT_ONCE:
            (last,) = await self._change(Call(EXPIRE, self._tag, (before, _AT_ONCE)))
            gone += last
        return gone

    async def _change(self, call: Call) -> list[Any]:
        return await self._line.ask(self._tag, partial(run, calls=[call], replication=self._replication))

    def _compare(self, state: bytes) -> None:
        before, self._state = self._state, state
        if before is not None and before != state:
            self.forgotten()
            raise StoreUnavailable("the store has forgotten what was withdrawn")


def _purposes(purposes: Collection[str] | None) -> tuple[str, ...]:
    return ("",) if purposes is None else tuple(purposes)


def _refusals(answer: Sequence[bytes]) -> tuple[Refusal, ...]:
    return tuple(_refusal(*pair) for pair in sorted(zip(answer[::2], answer[1::2], strict=True)))


def _refusal(purpose: bytes, value: bytes) -> Refusal:
    at, standing = value.split()
    return Refusal(purpose.decode(), int(at), standing == b"1")
