"""What the battery does to a gateway: crashes, losses of power, a steady load, canaries, a search for what should be gone."""

import gc
import random
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import uvloop

from tests.battery.power import Disk
from tests.blackbox.canaries import make, plant
from tests.blackbox.crashes import Crashes, crashed
from tests.blackbox.destination import FINE, Behaviour, Destination
from tests.blackbox.driver import Driver, Entry, Fate
from tests.blackbox.outages import Outage as Trouble
from tests.blackbox.outages import outage, stops
from tests.blackbox.reconcile import Account, reconcile
from tests.blackbox.replicas import EACH_ONCE, Outage, empty, replica, roll, run, withdrawals
from tests.blackbox.running import HOST, PURPOSES, SITE, Gateway, choose
from tests.blackbox.slow import attacked
from tests.blackbox.test_canary import look, searching, visitor
from tests.blackbox.traffic import mixed
from tests.store.servers import Server, binaries

RATE = 500
DESCRIPTORS = 96
LONGEST_STOP = 12.0
TURN = 0.0005
GAP = (1.0, 2.5)


class Figure(NamedTuple):
    """What came of a check, in words, and whether that is what was promised."""

    said: str
    reached: bool


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


@contextmanager
def vendors() -> Iterator[dict[str, Destination]]:
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


def judged(account: Account, beside: str, copies: float = 0.01) -> Figure:
    """The figure of an account: nothing wrong, and at most such a share of copies."""
    wrong = account.lost | account.forbidden | account.refused | account.corrupted | account.unknown
    said = (
        f"{beside}, {account.acked:,} acknowledged: {len(account.lost)} lost, "
        f"{len(account.forbidden | account.refused)} forbidden, {account.copies_share:.1%} twice"
    )
    return Figure(said, not wrong and account.copies_share <= copies)


def _accounted(
    driver: Driver, crashes: Crashes, those: Mapping[str, Destination], drain: Callable[[], None]
) -> Account:
    entries, _ = uvloop.run(crashed(driver, crashes))
    drain()
    return reconcile(entries, {name: each.deliveries() for name, each in those.items()})


def kills(times: int, copies: float = 0.01) -> Figure:
    with folder() as place, vendors() as those, Gateway(place, those) as gateway:
        plan = mixed("kills", choose(gateway, yes=PURPOSES), choose(gateway))
        crashes = Crashes(times, GAP, gateway.kill, gateway.start)
        account = _accounted(Driver(gateway.port, plan, RATE), crashes, those, gateway.drain)
    return judged(account, f"{times} kills", copies)


def kills_on_a_server(times: int) -> Figure:
    with folder() as place:
        account = run(place, [EACH_ONCE[number % len(EACH_ONCE)] for number in range(times)], RATE)
    return judged(account, f"{times} kills", 0.01)


def stops_on_a_server(times: int) -> Figure:
    kinds = (Outage("server", "stop"), Outage("worker", "stop"))
    with folder() as place:
        account = run(place, [kinds[number % len(kinds)] for number in range(times)], RATE)
    return judged(account, f"{times} pauses", 0.02)


def power(times: int, copies: float = 0.01, *, lies: bool = False) -> Figure:
    """The machine of an embedded gateway loses power. Where its disk lies, that must be found out."""
    dice, doubtful = random.Random(), [0]
    with folder() as place, vendors() as those:
        disk = Disk(place / "disk", place / "data", lies=lies)
        with Gateway(place, those, environment=disk.environment) as gateway:

            def end() -> None:
                gateway.kill()
                doubtful[0] += disk.lose(dice)

            plan = mixed("power", choose(gateway, yes=PURPOSES), choose(gateway))
            for each in those.values():
                each.behave(Behaviour(delay=0.5) if lies else FINE)  # so that much is queued when it goes
            crashes = Crashes(times, GAP, end, gateway.start)
            account = _accounted(Driver(gateway.port, plan, RATE), crashes, those, gateway.drain)
    return judged(account, f"{times} losses of power, {doubtful[0]:,} writes in doubt", copies)


def power_on_a_server(times: int) -> Figure:
    """The server that replicas share loses power, and the gateway with it."""
    dice, doubtful = random.Random(), [0]
    with folder() as place, vendors() as those:
        disk = Disk(place / "disk", place / "server")
        server = Server(place / "server", disk.under(binaries()["valkey"]))
        with server, replica(place / "gateway", server, those) as gateway:

            def end() -> None:
                server.kill()  # first: nobody asks it to write any more once the gateway is gone
                gateway.kill()
                doubtful[0] += disk.lose(dice)

            def begin() -> None:
                server.start()
                gateway.start()

            plan = mixed("power", choose(gateway, yes=PURPOSES), choose(gateway))
            crashes = Crashes(times, GAP, end, begin)
            account = _accounted(Driver(gateway.port, plan, RATE), crashes, those, lambda: empty(gateway))
    return judged(account, f"{times} losses of power, {doubtful[0]:,} writes in doubt", 0.01)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let whoever measures a time not be who takes it: no pauses of this process's collector of garbage, which has
    millions of entries to look at, and quick turns between the load and the vendors, which are threads beside it."""
    before = sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.enable()


def load(rate: float, seconds: float, p99: float) -> Figure:
    """Open load with two vendors; the percentiles are of answers, from when each hit was due. Delivery may take longer."""
    with folder() as place, vendors() as those, Gateway(place, those, {"log_level": "warning"}) as gateway:
        plan = mixed("load", choose(gateway, yes=PURPOSES), choose(gateway))
        uvloop.run(Driver(gateway.port, mixed("warm", "", ""), rate).run(200))
        began = time.monotonic()
        with undisturbed():
            entries = uvloop.run(Driver(gateway.port, plan, rate).run(int(rate * seconds)))
        took, behind = time.monotonic() - began, gateway.waiting()
        gateway.drain()
        later = time.monotonic() - began - took
        most = gateway.memory() / 2**20
        account = reconcile(entries, {name: each.deliveries() for name, each in those.items()})
    times = sorted(entry.seconds * 1000 for entry in entries)
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    lost = len(account.lost)
    said = (
        f"{len(entries) / took:,.0f}/s for {took:.0f} s: p50 {middle:.1f} ms, p99 {late:.1f} ms, {most:.0f} MiB, {lost} lost; "
        f"delivery {behind:,} events behind at the end, done {later:.0f} s later"
    )
    return Figure(said, late <= p99 * 1000 and most <= 160 and not lost and _all_taken(entries))


def _all_taken(entries: list[Entry]) -> bool:
    return all(entry.fate is Fate.ACKED for entry in entries)


def canaries(kinds: tuple[str, ...]) -> Figure:
    planted = found = 0
    for kind in kinds:
        values = make()
        with folder() as place, vendors() as those, Gateway(place, those) as gateway:
            plant(gateway.port, SITE, values, visitor(gateway, kind))
            scanner = searching(values)
            look(scanner, gateway, those)
            planted, found = planted + len(values.planted("a hit")), found + len(list(scanner.finds))
    return Figure(f"{planted:,} planted, {found} found", planted > 0 and not found)


def residue(hits: int) -> Figure:
    """What is left of delivered events in the files of a gateway that was stopped."""
    with folder() as place, vendors() as those, Gateway(place, those) as gateway:
        plan = mixed("residue", choose(gateway, yes=PURPOSES), choose(gateway))
        entries = uvloop.run(Driver(gateway.port, plan, RATE).run(hits))
        gateway.drain()
        gateway.stop()
        text = b"".join(path.read_bytes() for path in gateway.data.rglob("*") if path.is_file())
        sent = {entry.planned.order for entry in entries if entry.planned.owed}
        left = sum(order.encode() in text for order in sent)
    return Figure(f"{len(sent):,} delivered, {left} left", len(sent) > 0 and not left)


def withdrawn(times: int) -> Figure:
    with folder() as place:
        shown = withdrawals(place, times)
    said = f"{times} withdrawals, {shown.hits:,} hits: {len(shown.same)} and {len(shown.other)} delivered afterwards"
    return Figure(said, shown.before > 0 and not shown.same | shown.other)


def rolled(times: int) -> Figure:
    with folder() as place:
        shown = roll(place, times, 300)
    figure = judged(shown.account, f"{shown.restarts} restarts, answers {sorted(shown.statuses)}", 0.001)
    return Figure(figure.said, figure.reached and shown.statuses <= {200, 204})


def slow(connections: int, seconds: float) -> Figure:
    with folder() as place, vendors() as those, Gateway(place, those, {"log_level": "warning"}) as gateway:
        found = attacked(gateway, connections, seconds)
    longest = max(found.longest.values())
    said = f"cut within {longest:.1f} s, p99 {found.p99 * 1000:.0f} ms, {found.memory:+.0f} MiB, answers {sorted(found.statuses)}"
    return Figure(said, found.reached)


def stopped(times: int) -> Figure:
    """What was killed in the middle of a stop may be delivered twice, and is told."""
    with folder() as place:
        shown = stops(place, times)
    figure = judged(shown.account, f"{times} stops, the longest {shown.longest:.1f} s", 1)
    return Figure(figure.said, figure.reached and shown.longest <= LONGEST_STOP)


def vendor_down(seconds: float) -> Figure:
    with folder() as place:
        shown: Trouble = outage(place, seconds)
    figure = judged(shown.account, f"{seconds:.0f} s down", 0)
    said = f"{figure.said}; caught up at {shown.catch_up:.0f}/s of {shown.rate:.0f}/s"
    return Figure(said, figure.reached and shown.catch_up >= 3 * shown.rate)


def descriptors(connections: int) -> Figure:
    """More connections than there are descriptors, all held; then they are let go."""
    with folder() as place, vendors() as those, Gateway(place, those) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        open_files = Path(f"/proc/{gateway.pid}/fd")
        few = len(list(open_files.iterdir())) + 4
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        with ExitStack() as stack:
            for _ in range(connections):
                with suppress(OSError):
                    stack.enter_context(socket.create_connection((HOST, gateway.port), 5))
            time.sleep(1)
            entries = uvloop.run(Driver(gateway.port, mixed("crowd", cookie, cookie), 50).run(50))
        deadline = time.monotonic() + 60
        while len(list(open_files.iterdir())) > few and time.monotonic() < deadline:
            time.sleep(0.1)
        after = uvloop.run(Driver(gateway.port, mixed("after", cookie, cookie), 100).run(100))
        gateway.drain()
        account = reconcile([*entries, *after], {name: each.deliveries() for name, each in those.items()})
    taken = sum(entry.fate is Fate.ACKED for entry in after)
    said = f"{connections} connections; then {taken} of {len(after)} taken, {len(account.lost)} lost"
    return Figure(said, taken == len(after) and not account.lost)
