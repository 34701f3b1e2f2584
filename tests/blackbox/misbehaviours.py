"""Every misbehaviour of a vendor at once, each at a destination of its own, beside one that behaves.

`python -m tests.blackbox.misbehaviours` runs the full form: each at every request and at three in ten, on more load.
"""

import json
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import uvloop

from tests.blackbox.destination import FINE, KINDS, Behaviour, Destination
from tests.blackbox.driver import Driver, Entry, Fate, Planned
from tests.blackbox.reconcile import balance
from tests.blackbox.running import HOST, PURPOSES, Gateway, choose
from tests.blackbox.traffic import event_id, order_of, own
from tests.certificates import certificate

GIVEN_UP = (301, 302, 307, 400, 401, 403, 404, 405, 409, 410, 413, 421)
COMES_AGAIN = (408, 425, 429, 500, 502, 503, 504, 599)
TLS = ("expired", "self-signed", "another host's")
WITNESS = "witness"
MEMORY = 16 << 20
LAG = 2.0

POLICY = """\
policy: 1
name: battery
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  ads: {{label: Showing our ads elsewhere, family: advertising, sale_or_share: true, profile: plain}}
  insight: {{label: Understanding use, family: analytics, profile: plain}}
profiles:
  plain: {{ip: drop, user_agent: drop, referrer: drop, url: path, id: drop, time: day, geo: drop}}
regions:
  de: {{match: [DE], basis: {{ads: opt_in, insight: opt_in}}}}
signals:
  trust: [{{source: gateway_receipt}}]
  gpc: {{refuses: [sale_or_share, insight], override: never}}
  dnt: {{refuses: [everything_else], override: never}}
destinations:
{destinations}
"""
_DESTINATION = (
    "  {name}: {{party: processor, controller_country: DE, events: {{purchase: [insight]}}, "
    "fields: [event.name, event.id, event.time, page.url, order.id]}}"
)


class Case(NamedTuple):
    """A misbehaviour, and whether an event that met it is given up."""

    behaviour: Behaviour
    given_up: bool = False
    tls: str = ""


def cases(*shares: float) -> dict[str, Case]:
    """Every misbehaviour by a name for its destination; with several shares each as often."""
    made: dict[str, Case] = {WITNESS: Case(FINE)}
    for number, share in enumerate(shares):
        known = {f"status_{status}": Case(Behaviour(status=status, share=share), given_up=True) for status in GIVEN_UP}
        known |= {f"status_{status}": Case(Behaviour(status=status, share=share)) for status in COMES_AGAIN}
        known |= {kind: Case(Behaviour(kind, share=share)) for kind in KINDS}
        known["redirect"] = Case(_redirect(share), given_up=True)
        known["badjson"] = Case(Behaviour(body=b'{"events_rec', share=share))
        known["later_in_seconds"] = Case(Behaviour(status=429, headers={"Retry-After": "2"}, share=share))
        made |= {f"{name}_{number}": case for name, case in known.items()}
    return made | {f"tls_{number}": Case(FINE, tls=kind) for number, kind in enumerate(TLS)}


def _redirect(share: float) -> Behaviour:
    where = {"Location": f"http://{HOST}:9/", "Set-Cookie": "id=1", "Refresh": f"0; url=http://{HOST}:9/"}
    return Behaviour(status=302, headers=where, share=share)


class Certified(NamedTuple):
    """The certificates of a run."""

    good: Path
    bad: Mapping[str, Path]

    @classmethod
    def make(cls, directory: Path) -> "Certified":
        """A good one, and one for each fault of `TLS`."""
        bad = {
            "expired": certificate(directory / "expired.pem", HOST, (-30, -2)),
            "self-signed": certificate(directory / "unknown.pem", HOST),
            "another host's": certificate(directory / "other.pem", "other.example"),
        }
        return cls(certificate(directory / "good.pem", HOST), bad)

    def trusted(self, directory: Path) -> Path:
        """A file with all that is trusted: not the one which nobody signed."""
        path = directory / "trusted.pem"
        known = (self.good, self.bad["expired"], self.bad["another host's"])
        path.write_text("".join(each.read_text() for each in known))
        return path


class Run(NamedTuple):
    """What a run showed. `lag` is the longest way to the destination that behaves, `calm` the longest while all behaved, in
    seconds, `grown` the process' growth in bytes, `arrived` how often each event arrived, by destination, `dead` the ids given up, `books` what does not add up."""

    sent: frozenset[str]
    lag: float
    calm: float
    grown: int
    arrived: Mapping[str, Mapping[str, int]]
    dead: Mapping[str, frozenset[str]]
    books: Mapping[str, float]
    seconds: float


def misbehave(directory: Path, known: Mapping[str, Case], hits: int, rate: float, wait: float) -> Run:
    """Send hits to all, have all behave after `wait` seconds, and wait until nothing is queued any more."""
    certified = Certified.make(directory)
    with ExitStack() as stack:
        contexts = {name: _context(certified.good) for name, case in known.items() if case.tls}
        running = {name: stack.enter_context(Destination(contexts.get(name))) for name in known}
        gateway = stack.enter_context(_gateway(directory, running, certified))
        cookie = choose(gateway, yes=PURPOSES)
        warm = _send(gateway, cookie, "warm", 5, rate)
        gateway.drain()
        calm = max(_lags(warm, running[WITNESS]))
        for name, case in known.items():
            running[name].behave(case.behaviour)
        for name, context in contexts.items():
            context.load_cert_chain(certified.bad[known[name].tls])
        before, began = gateway.memory("VmRSS"), time.monotonic()
        entries = _send(gateway, cookie, "run", hits, rate)
        time.sleep(max(0.0, began + wait - time.monotonic()))
        for destination in running.values():
            destination.behave(FINE)
        for context in contexts.values():
            context.load_cert_chain(certified.good)
        _drain(gateway, running)
        grown = gateway.memory() - before
        return Run(
            frozenset(entry.planned.id for entry in entries if entry.fate is Fate.ACKED),
            max(_lags(entries, running[WITNESS])),
            calm,
            grown,
            {name: _arrivals(destination, "run") for name, destination in running.items()},
            {name: _buried(gateway, name) for name in running},
            balance(gateway.metrics()),
            time.monotonic() - began,
        )


def wrong(run: Run, known: Mapping[str, Case]) -> dict[str, str]:
    """What a run did not do right, by destination."""
    found = {}
    for name, case in known.items():
        arrived, dead = frozenset(run.arrived[name]), run.dead[name]
        copies = sum(run.arrived[name].values()) - len(arrived)
        if run.sent - arrived - dead:
            found[name] = f"{len(run.sent - arrived - dead)} lost"
        elif arrived & dead:
            found[name] = f"{len(arrived & dead)} both delivered and given up"
        elif bool(dead) != case.given_up:
            found[name] = f"{len(dead)} given up"
        elif copies and case.behaviour.kind != "lost_ack":
            found[name] = f"{copies} copies"
    return found


@contextmanager
def _gateway(directory: Path, running: Mapping[str, Destination], certified: Certified) -> Iterator[Gateway]:
    vendors = directory / "vendors"
    vendors.mkdir()
    (vendors / "battery.yaml").write_text(Path(__file__).with_name("battery.yaml").read_text())
    connected = {
        name: {
            "vendor": "battery",
            "sources": ["events"],
            "settings": {"url": f"https://{name.replace('_', '-')}.example/in"},
            "endpoint": destination.url,
            "allow_loopback": True,
        }
        for name, destination in running.items()
    }
    policy = POLICY.format(destinations="\n".join(_DESTINATION.format(name=name) for name in running))
    settings = {"destinations": connected, "vendors_dir": "vendors", "log_level": "warning"}
    witness = running[WITNESS]
    environment = {"SSL_CERT_FILE": str(certified.trusted(directory))}
    names = {"meta": witness, "hook": witness}
    with Gateway(directory, names, settings, policy, environment=environment) as gateway:
        yield gateway


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _send(gateway: Gateway, cookie: str, run: str, hits: int, rate: float) -> list[Entry]:
    def plan(number: int) -> Planned:
        name = event_id(run, number)
        return Planned(name, order_of(name), own(name, cookie), ())

    return uvloop.run(Driver(gateway.port, plan, rate).run(hits))


def _drain(gateway: Gateway, running: Mapping[str, Destination]) -> None:
    """End every pause, again and again, until nothing is queued: nobody waits for hours in a test."""
    deadline = time.monotonic() + 180
    while gateway.waiting() > 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{gateway.waiting()} events are still queued")
        for name in running:
            gateway.ask("POST", f"/v1/destinations/{name}/resume", port=gateway.admin_port)
        time.sleep(0.5)


def _lags(entries: list[Entry], witness: Destination) -> list[float]:
    due = {entry.planned.id: entry.due for entry in entries}
    arrivals = ((request.at, request.events()) for request in list(witness.requests))
    return [at - due[each.id] for at, events in arrivals for each in events if each.id in due]


def _arrivals(destination: Destination, run: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    warm = {event_id("warm", number) for number in range(5)}
    for delivery in destination.deliveries():
        if delivery.id not in warm:
            counts[delivery.id] = counts.get(delivery.id, 0) + 1
    return counts


def _buried(gateway: Gateway, destination: str) -> frozenset[str]:
    """The ids that events which were given up went out under; among the dead letters they have others."""
    path, port = f"/v1/dead-letters/{destination}", gateway.admin_port
    rows = map(json.loads, gateway.ask("GET", path, port=port).body.splitlines())
    shown = [json.loads(gateway.ask("GET", f"{path}/{row['id']}", port=port).body) for row in rows]
    return frozenset(each["event"]["event"]["id"] for each in shown)


def main() -> int:
    """Both shares, and a hundred hits to each of some sixty destinations."""
    known = cases(1.0, 0.3)
    with tempfile.TemporaryDirectory() as directory:
        run = misbehave(Path(directory), known, hits=100, rate=20, wait=20)
    found = wrong(run, known)
    print(
        f"{len(known)} destinations, {len(run.sent)} hits, {run.seconds:.0f} s: lag {run.lag:.2f} s (at most 2 more than {run.calm:.2f}), "
    )
    print(
        f"memory +{run.grown / 2**20:.1f} MiB (at most 16), wrong: {found or 'none'}, books: {dict(run.books) or 'exact'}"
    )
    return 1 if found or run.books or run.lag > LAG + run.calm or run.grown > MEMORY else 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
