"""Write down what is done to this process and by whom, in the order it was done, without keeping a hit waiting.

What somebody asks for is written before it is done, and not done where it cannot be written. What happens by itself, a
start, another policy, the end of a salt, happens all the same: its leaf is owed until the log takes it again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from gateway.audit.leaf import Value, leaf
from gateway.audit.log import Log
from gateway.errors import LogUnavailable

MOST_OWED = 1000


class Owed(NamedTuple):
    """What is to be written: an act, when it was (POSIX seconds), and what is told of it. Where `unless` names a field,
    it is written only where the latest leaf of the act says something else there."""

    act: str
    at: float
    fields: dict[str, Value]
    unless: str = ""


class Evidence:
    """The log of one process. Its work is done in a thread of its own, one thing after the other.

    `begin` opens the log; LogUnavailable, OSError or ValueError where it cannot. `fault` is told, at a tick, what has
    kept leaves from being written.
    """

    def __init__(self, begin: Callable[[], Log], fault: Callable[[BaseException], None]) -> None:
        self._begin = begin
        self._fault = fault
        self._thread = ThreadPoolExecutor(1, "evidence")
        self._log: Log | None = None
        self._owed: deque[Owed] = deque()
        self._lost = 0
        self._trouble: BaseException | None = None

    @property
    def owed(self) -> int:
        """How many leaves could not be written yet."""
        return len(self._owed) + self._lost

    async def require(self, act: str, **fields: Value) -> None:
        """Return when it is durable. LogUnavailable, and nothing is written, where it cannot be."""
        owed = Owed(act, time.time(), fields)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write_now, owed)

    def note(self, act: str, **fields: Value) -> None:
        """Have written what happened by itself."""
        self._thread.submit(self._write_later, Owed(act, time.time(), fields))

    def changed(self, act: str, after: Value, nothing: Value) -> None:
        """Have written that something is now `after`, if the log says something else; `nothing` is what it was before
        there was a log."""
        fields = {"before": nothing, "after": after}
        self._thread.submit(self._write_later, Owed(act, time.time(), fields, unless="after"))

    def tick(self) -> None:
        """Have signed what is not signed, try what is owed, and tell what went wrong."""
        trouble, self._trouble = self._trouble, None
        if trouble:
            self._fault(trouble)
        self._thread.submit(self._sign)

    async def stop(self) -> None:
        """Write that it ends, sign everything, and let go of the log."""
        self.note("stopped")
        self._thread.submit(self._end)
        await asyncio.to_thread(self._thread.shutdown)

    def _write_now(self, owed: Owed) -> None:
        log = self._flushed()
        log.append(leaf(owed.act, owed.at, **owed.fields))

    def _write_later(self, owed: Owed) -> None:
        if len(self._owed) >= MOST_OWED:
            self._lost += 1
        else:
            self._owed.append(owed)
        self._try(self._flushed)

    def _sign(self) -> None:
        self._try(lambda: self._flushed().checkpoint())

    def _end(self) -> None:
        self._sign()
        if self._log:
            self._log.close()

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the thread goes on; the fault is told at the next tick
            self._trouble = error

    def _flushed(self) -> Log:
        """The log, with everything that was owed."""
        try:
            log = self._log = self._log or self._begin()
        except (OSError, ValueError) as error:
            raise LogUnavailable(f"the log of evidence cannot be begun: {type(error).__name__}") from error
        while self._owed:
            try:
                _append(log, self._owed[0])
            except ValueError as error:  # a leaf that has no form must not keep the others from being written
                self._lost, self._trouble = self._lost + 1, error
            self._owed.popleft()
        if self._lost:
            log.append(leaf("log.gap", time.time(), lost=self._lost))
            self._lost = 0
        return log


def _append(log: Log, owed: Owed) -> None:
    fields = owed.fields
    last = log.last(owed.act) if owed.unless else None
    if last is not None and last[owed.unless] == fields[owed.unless]:
        return
    if last is not None:
        fields = {**fields, "before": last["after"]}
    log.append(leaf(owed.act, owed.at, **fields))
