"""Change a gateway's policy again and again under load, in every way a file can change, and keep the books of each hit.

`python -m tests.blackbox.reloads --changes 1000` makes the long run; the suite makes a short one. The two versions of the
policy differ in whom they serve, in what they send and in how far they weaken it, and neither is the laxer one in
everything: an event that was decided by a bit of each shows.

How far the 99th percentile moves is a figure of a machine that does nothing else. A disk that others keep busy moves it more than
any policy: with `TMPDIR=/dev/shm` the disk is left out.
"""

import argparse
import asyncio
import itertools
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from gateway.bootstrap.shipped import resolver
from gateway.event import Event
from tests.blackbox.destination import Destination
from tests.blackbox.driver import Driver, Entry, Fate, Planned
from tests.blackbox.opened import opened
from tests.blackbox.running import POLICY, Gateway, choose
from tests.blackbox.traffic import event_id, order_of, own, pixel
from tests.policy.made import loaded

RATE = 500
QUIET_SECONDS = 3.0
WAIT_SECONDS = 60.0
KINDS = ("renamed", "broken", "rewritten slowly", "failing its test", "removed", "swapped by link")
# Between the pieces of a slow writer: shorter than the stillness that is asked of a file.
PEN_SECONDS = 0.08

_TEST = """
tests:
  - name: nobody is asked in Germany
    given: {region: DE, event: purchase}
    expect: {hook: allow}
"""


class Version(NamedTuple):
    """A policy, and what it does: `serves` maps destinations to the visitors whose purchases they get."""

    text: str
    serves: Mapping[str, frozenset[str]]
    fields: frozenset[str]
    url: str

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self.text)


@cache
def _fingerprint(text: str) -> str:
    return loaded(text, "policy.yaml", resolver(Path("policy.yaml"))).fingerprint


# Who visits, by what they agreed to.
VISITORS: Mapping[str, tuple[str, ...]] = {
    "both": ("ads", "insight"),
    "ads": ("ads",),
    "insight": ("insight",),
    "none": (),
}
_FIELDS = "fields: [event.name, event.id, event.time, page.url, order.id, order.value, order.currency]"
_COMMON = {"event.name", "event.id", "event.time", "page.url", "order.id"}
_BEFORE = "events: {page_view: [ads], purchase: [ads]}", "events: {page_view: [insight], purchase: [insight]}"


def _version(name: str, meta: str, hook: str, less: str) -> str:
    """The battery's policy with other events. Every version names the same recipients for each purpose, for a yes to
    other words would be no answer to these."""
    text = POLICY.replace("name: battery", f"name: {name}").replace(_FIELDS, _FIELDS.replace(f", {less}", ""))
    return text.replace(_BEFORE[0], f"events: {{{meta}}}").replace(_BEFORE[1], f"events: {{{hook}}}")


FIRST = Version(
    _version(
        "first", "page_view: [insight], purchase: [ads]", "page_view: [ads], purchase: [insight]", "order.currency"
    ),
    {"meta": frozenset({"both", "ads"}), "hook": frozenset({"both", "insight"})},
    frozenset(_COMMON | {"order.value"}),
    "https://shop.example/thanks",
)
SECOND = Version(
    _version(
        "second",
        "page_view: [insight], purchase: [ads, insight]",
        "page_view: [insight], purchase: [ads]",
        "order.value",
    ).replace("url: path", "url: origin"),
    {"meta": frozenset({"both"}), "hook": frozenset({"both", "ads"})},
    frozenset(_COMMON | {"order.currency"}),
    "https://shop.example/",
)


class Mount:
    """A directory as Kubernetes mounts a ConfigMap: the file is a link through `..data`, which is swapped as a whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()
        self.file = directory / "policy.yaml"
        directory.mkdir()
        self.swap(FIRST.text)
        self.file.symlink_to(Path("..data") / "policy.yaml")

    def swap(self, text: str) -> None:
        """A new directory, and the link to it put in the place of the old one."""
        fresh = self._directory / f"..{next(self._numbers)}"
        fresh.mkdir()
        (fresh / "policy.yaml").write_text(text)
        link = self._directory / "..fresh"
        link.symlink_to(fresh.name)
        link.replace(self._directory / "..data")

    @property
    def real(self) -> Path:
        """The file itself, below all links."""
        return (self._directory / "..data").resolve() / "policy.yaml"

    def rename(self, text: str) -> None:
        """Another file, moved into the place of the old one."""
        fresh = self.real.with_suffix(".next")
        fresh.write_text(text)
        fresh.replace(self.real)


class Books(NamedTuple):
    """What a run came to. The 99th percentiles are in milliseconds, of the best window of their kind."""

    changes: int
    accepted: int
    refused: int
    hits: int
    statuses: Mapping[int, int]
    events: int
    by_version: Mapping[str, int]
    strange: list[str]
    lost: int
    p99_quiet: float
    p99_changing: float

    @property
    def moved(self) -> float:
        """How far the 99th percentile moved while the policy was being changed."""
        return self.p99_changing - self.p99_quiet


class Run:
    """One gateway under load whose policy is changed `changes` times."""

    def __init__(self, directory: Path, changes: int, rate: float = RATE) -> None:
        self._directory = directory
        self._mount = Mount(directory / "mount")
        self._changes = changes
        self._rate = rate
        self._visitor: dict[str, str] = {}
        self._windows: list[tuple[bool, float, float]] = []
        self._current = FIRST

    def run(self) -> Books:
        """Everything. The gateway keeps all events as they were decided, for it is only a collector."""
        known = {FIRST.fingerprint, SECOND.fingerprint}  # computed before anything is timed
        assert len(known) == 2
        slice_before = sys.getswitchinterval()
        sys.setswitchinterval(0.0002)  # what changes the files shall not keep the driver waiting
        settings = {"policy": "mount/policy.yaml", "reload_every": "1s"}
        try:
            with Destination() as meta, Destination() as hook:
                destinations = {"meta": meta, "hook": hook}
                with Gateway(self._directory, destinations, settings, role="collector") as gateway:
                    cookies = {name: choose(gateway, yes=yes) for name, yes in VISITORS.items()}
                    entries = uvloop.run(self._drive(gateway, cookies))
                    metrics = gateway.metrics()
                    assert gateway.stop() == 0
                assert not meta.requests + hook.requests, "a collector delivers nothing"
        finally:
            sys.setswitchinterval(slice_before)
        return self._books(entries, opened(gateway.config, gateway.data), metrics)

    def _plan(self, cookies: Mapping[str, str]) -> Callable[[int], Planned]:
        names = list(cookies)

        def plan(number: int) -> Planned:
            turn, who = divmod(number, len(names))
            name = event_id("reload", number)
            self._visitor[name] = names[who]
            make, owed = (pixel, "meta") if turn % 2 else (own, "hook")
            return Planned(name, order_of(name), make(name, cookies[names[who]]), (owed,))

        return plan

    async def _drive(self, gateway: Gateway, cookies: Mapping[str, str]) -> list[Entry]:
        driver = Driver(gateway.port, self._plan(cookies), self._rate)
        load = asyncio.create_task(driver.run())
        try:
            await asyncio.sleep(1)
            kinds = [kind for _, kind in zip(range(self._changes), itertools.cycle(KINDS), strict=False)]
            for at in range(0, len(kinds), len(KINDS)):
                await self._window(False, self._watch, gateway)
                await self._window(True, self._change, gateway, kinds[at : at + len(KINDS)])
            await self._window(False, self._watch, gateway)
        finally:
            driver.stop()
            entries = await load
        return entries

    async def _window(self, changing: bool, work: Callable[..., None], *given: Any) -> None:
        began = time.monotonic()
        await asyncio.to_thread(work, *given)
        self._windows.append((changing, began, time.monotonic()))

    def _watch(self, gateway: Gateway) -> None:
        """Change nothing, and ask as often as where something is changed."""
        until = time.monotonic() + QUIET_SECONDS
        wait(lambda: self._state(gateway)["policy_reload_failed"] or time.monotonic() > until)

    def _change(self, gateway: Gateway, kinds: list[str]) -> None:
        for kind in kinds:
            other = SECOND if self._current is FIRST else FIRST
            if kind in ("broken", "failing its test", "removed"):
                self._spoil(gateway, kind, other)
            else:
                self._replace(gateway, kind, other)

    def _spoil(self, gateway: Gateway, kind: str, other: Version) -> None:
        """Put something wrong there, wait until that was said, and make it good again."""
        if kind == "removed":
            self._mount.real.unlink()
        elif kind == "broken":
            self._mount.real.write_text(other.text.replace("opt_in", "opt_inn"))
        else:
            self._mount.rename(other.text + _TEST)
        gateway.signal(signal.SIGHUP)
        wait(lambda: self._state(gateway)["policy_reload_failed"])
        assert self._state(gateway)["policy"]["fingerprint"] == self._current.fingerprint
        self._mount.rename(self._current.text)
        gateway.signal(signal.SIGHUP)
        wait(lambda: not self._state(gateway)["policy_reload_failed"])

    def _replace(self, gateway: Gateway, kind: str, other: Version) -> None:
        """Put the other version there, and wait until it is in force."""
        if kind == "rewritten slowly":
            half = len(other.text) // 2
            for cut in (half, half + 40, len(other.text)):
                self._mount.real.write_text(other.text[:cut])
                gateway.signal(signal.SIGHUP)
                time.sleep(PEN_SECONDS)
        elif kind == "renamed":
            self._mount.rename(other.text)
            gateway.signal(signal.SIGHUP)
        else:  # without a signal: the gateway is left to see it for itself
            self._mount.swap(other.text)
        wait(lambda: self._state(gateway)["policy"]["fingerprint"] == other.fingerprint)
        self._current = other

    def _state(self, gateway: Gateway) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(gateway.ask("GET", "/readyz", port=gateway.admin_port).body)
        assert state["ready"], state
        return state

    def _books(self, entries: list[Entry], events: list[Event], metrics: Mapping[str, float]) -> Books:
        versions = {version.fingerprint: version for version in (FIRST, SECOND)}
        kept = {(event.id, event.destination) for event in events}
        owed = {
            (entry.planned.id, destination)
            for entry in entries
            for destination in entry.planned.owed
            if entry.fate is Fate.ACKED
            and all(self._visitor[entry.planned.id] in version.serves[destination] for version in versions.values())
        }
        reloads = (
            metrics.get(f'gateway_policy_reloads_total{{outcome="{word}"}}', 0) for word in ("accepted", "refused")
        )
        return Books(
            self._changes,
            *map(int, reloads),
            len(entries),
            Counter(entry.status for entry in entries),
            len(events),
            Counter(event.policy for event in events),
            [fault for event in events if (fault := self._fault(event, versions.get(event.policy)))],
            len(owed - kept),
            self._p99(entries, False),
            self._p99(entries, True),
        )

    def _fault(self, event: Event, version: Version | None) -> str:
        """What is wrong with an event, seen from the version that it says decided it."""
        visitor = self._visitor.get(event.id, "")
        if version is None:
            return f"decided by nobody known: {event.policy!r}"
        if visitor not in version.serves[event.destination]:
            return f"{event.destination} was given what {visitor!r} did not agree to"
        if event.fields.keys() != version.fields:
            return f"fields of another version: {sorted(event.fields.keys() ^ version.fields)}"
        return (
            ""
            if event.fields["page.url"] == version.url
            else f"an address of another version: {event.fields['page.url']}"
        )

    def _p99(self, entries: list[Entry], changing: bool) -> float:
        found = []
        for kind, began, ended in self._windows:
            times = sorted(entry.seconds for entry in entries if began <= entry.due < ended)
            if kind is changing and len(times) >= 200:
                found.append(times[len(times) * 99 // 100])
        return min(found, default=0.0) * 1000


def wait(condition: Callable[[], bool]) -> None:
    """TimeoutError where it does not come to hold."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the gateway did not follow")
        time.sleep(0.05)


def main() -> int:
    """0 where nothing was strange or lost, and the 99th percentile moved by 5 ms at most."""
    parser = argparse.ArgumentParser(prog="python -m tests.blackbox.reloads", description=__doc__)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=RATE)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        books = Run(Path(directory), args.changes, args.rate).run()
    print(json.dumps(books._asdict() | {"strange": books.strange[:5], "moved": books.moved}))
    good = not books.strange and not books.lost and books.moved <= 5.0 and set(books.statuses) <= {200, 204}
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
