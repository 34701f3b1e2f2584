"""Run several processes of one gateway, start again those that die, and stop them all together.

The parent holds the listening sockets and does nothing with them, so that a connection which a dying process had not
taken yet is taken by another. Nothing is shared beside: no memory, no lock, no queue but the server's.
"""

import errno
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from gateway.telemetry import log

# A child ends with this where the files are wrong: others would fare no better.
MISCONFIGURED = os.EX_CONFIG

# A process that lived for less is started again after a pause, twice as long each time.
YOUNG_SECONDS = 10.0
PAUSES = (0.1, 5.0)

_STOPS = (signal.SIGTERM, signal.SIGINT)
_HEARD = (*_STOPS, signal.SIGHUP, signal.SIGCHLD)


class Processes:
    """So many children, each of which runs `run(its number, lifeline)` and ends with the status it returns.

    The lifeline is a pipe that is closed when all are to stop, or when the parent is gone. `stopping` is called when
    that begins.
    """

    def __init__(self, number: int, run: Callable[[int, int], int], stopping: Callable[[], None]) -> None:
        self._run = run
        self._stopping = stopping
        self._lifeline, self._held = os.pipe()
        self._children: dict[int, int] = {}
        self._born = dict.fromkeys(range(number), float("-inf"))
        self._due = dict.fromkeys(range(number), 0.0)
        self._pauses = dict.fromkeys(range(number), PAUSES[0])
        self._stopped = False
        self._status = 0

    def watch(self) -> int:
        """Return when all have been told to stop and are gone: 0, or 1 where one did not end well."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            while not self._stopped or self._children:
                self._start(before)
                heard = signal.sigtimedwait(_HEARD, self._wait())
                if heard:
                    self._hear(heard.si_signo)
                self._reap()
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self._status

    def _wait(self) -> float:
        """Seconds until a process is to be started, or for so long as nothing is."""
        return max(0.0, min(self._due.values(), default=time.monotonic() + 60) - time.monotonic())

    def _start(self, mask: set[signal.Signals] | set[int]) -> None:
        now = time.monotonic()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            self._born[number] = now
            try:
                pid = os.fork()
            except OSError as error:  # the machine has no room for it just now; the others go on
                log("process", logging.ERROR, state="not started", reason=errno.errorcode.get(error.errno or 0, ""))
                self._again(number)
                continue
            if not pid:
                self._be(number, mask)
            self._children[pid] = number
            log("process", state="started", pid=pid)

    def _be(self, number: int, mask: set[signal.Signals] | set[int]) -> None:
        """What a child does; it never returns."""
        status = 1
        try:
            os.close(self._held)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            status = self._run(number, self._lifeline)
        finally:
            os._exit(status)

    def _hear(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._tell(number)
        elif number in _STOPS and self._stopped:
            self._tell(number)  # asked a second time: without the wait for load balancers
        elif number in _STOPS:
            self._stop()

    def _tell(self, number: int) -> None:
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._due.clear()
            os.close(self._held)
            self._stopping()

    def _reap(self) -> None:
        for pid, number in list(self._children.items()):
            gone, raw = os.waitpid(pid, os.WNOHANG)
            if gone:
                del self._children[pid]
                self._buried(number, pid, os.waitstatus_to_exitcode(raw))

    def _buried(self, number: int, pid: int, status: int) -> None:
        log("process", state="ended", pid=pid, status=status)
        if self._stopped:
            # One that was still starting has no ear for a signal yet.
            self._status |= status not in (0, *(-each for each in _STOPS))
        elif status == MISCONFIGURED and self._pauses[number] == PAUSES[0]:
            self._status = 1
            self._stop()
        else:
            self._again(number)

    def _again(self, number: int) -> None:
        now = time.monotonic()
        if now - self._born[number] >= YOUNG_SECONDS:
            self._pauses[number] = PAUSES[0]
        self._due[number] = now + self._pauses[number]
        self._pauses[number] = min(2 * self._pauses[number], PAUSES[1])
