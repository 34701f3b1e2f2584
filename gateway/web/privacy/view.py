"""Gather what is known of a browser: what it says of itself, what was chosen in it, and what is kept of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

from gateway.consent.opt_out import NAME as OPT_OUT
from gateway.consent.own import NAME as OWN
from gateway.consent.receipt import ConsentRecord
from gateway.dsr.consent_log import ConsentLog
from gateway.dsr.links import Links
from gateway.dsr.problems import UnknownRequest
from gateway.dsr.recipients import Receipt
from gateway.dsr.request import Request
from gateway.facts import Facts, Vote
from gateway.store.protocols import Held

MOST_EVENTS = 1000  # that are counted; more are told as so many
MOST_REQUESTS = 10
_EPOCH = date(1970, 1, 1).toordinal()


class Signal(NamedTuple):
    """A signal of the browser: `gpc`, `dnt` or `opt_out`, and whether it is `honoured`, `ignored` or `absent`."""

    name: str
    state: str


class Other(NamedTuple):
    """What another program's cookie says: the labels of the purposes it agrees to and refuses."""

    source: str
    agrees: tuple[str, ...]
    refuses: tuple[str, ...]


class Proof(NamedTuple):
    """A record of consent that a receipt can be had of."""

    id: str
    at: str
    event: str


class Waiting(NamedTuple):
    """Something that is held: `queue`, `dead` or `records`, for whom (empty: us), how many, until which day."""

    kind: str
    whom: str
    number: int
    until: str


class Got(NamedTuple):
    """What somebody received: groups of fields, on the first and the last day."""

    whom: str
    groups: tuple[str, ...]
    first: str
    last: str


class Kept(NamedTuple):
    """What is kept under the record of a browser."""

    proofs: Sequence[Proof] = ()
    waiting: Sequence[Waiting] = ()
    got: Sequence[Got] = ()
    requests: Sequence[Request] = ()


class Told(NamedTuple):
    """What the browser says by itself; `unreadable` where something in it cannot be read."""

    signals: Sequence[Signal]
    others: Sequence[Other]
    unreadable: bool
    opted_out: bool


class Store(Protocol):
    """Whoever keeps events."""

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """Up to `most` events of these subjects."""


class Recipients(Protocol):
    """Whoever knows who received what."""

    async def of(self, subjects: Collection[str]) -> list[Receipt]:
        """What every destination received of these subjects together."""


class Shown(Protocol):
    """Whoever has requests."""

    async def show(self, id: str) -> Request:
        """A request. UnknownRequest where there is none."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Under one policy: `honours` says which of `gpc` and `dnt` it acts on, `purposes` and `destinations` are labels by
    name, `waits` how many seconds events are kept at most, by where they are."""

    store: Store
    recipients: Recipients
    requests: Shown
    log: ConsentLog
    links: Links
    honours: Mapping[str, bool]
    purposes: Mapping[str, str]
    destinations: Mapping[str, str]
    waits: Mapping[str, int]

    def told(self, facts: Facts) -> Told:
        """What a browser says, of the facts of its request."""
        signals, votes = facts.signals, facts.signals.votes
        opted_out = any(vote.source == OPT_OUT for vote in votes)
        sent = {"gpc": signals.gpc, "dnt": signals.dnt, "opt_out": opted_out}
        honoured = {**self.honours, "opt_out": True}
        states = [Signal(name, _state(is_sent, honoured.get(name, False))) for name, is_sent in sent.items()]
        sources = dict.fromkeys(vote.source for vote in votes if vote.source not in (OWN, OPT_OUT))
        unreadable = {*signals.unreadable}
        others = [self._other(name, votes) for name in sources if name not in unreadable]
        return Told(states, others, bool(unreadable), opted_out)

    async def kept(self, subject: str) -> Kept:
        """What is kept of a subject."""
        records = await self.log.of(subject)
        proofs = [_proof(record) for record in records]
        waiting = [*self._events(await self.store.held([subject], MOST_EVENTS)), *_records(records)]
        got = [self._got(receipt) for receipt in await self.recipients.of([subject])]
        return Kept(proofs[::-1], waiting, got, await self._requests(subject))

    def _other(self, source: str, votes: Sequence[Vote]) -> Other:
        said = {grant: tuple(self._labels(source, votes, grant)) for grant in (True, False)}
        return Other(source, said[True], said[False])

    def _labels(self, source: str, votes: Sequence[Vote], grant: bool) -> Iterator[str]:
        named = [vote.purpose for vote in votes if (vote.source, vote.grant, vote.destination) == (source, grant, "")]
        return (self.purposes.get(name, name) for name in dict.fromkeys(named))

    def _events(self, held: Sequence[Held]) -> Iterator[Waiting]:
        for where, destination in dict.fromkeys((each.where, each.destination) for each in held):
            these = [each.received for each in held if (each.where, each.destination) == (where, destination)]
            until = date_of(max(these) + self.waits[where])
            yield Waiting(where, self.destinations.get(destination, destination), len(these), until)

    def _got(self, receipt: Receipt) -> Got:
        groups = tuple(dict.fromkeys(field.partition(".")[0] for field in receipt.fields))
        whom = self.destinations.get(receipt.destination, receipt.destination)
        return Got(whom, groups, _iso(receipt.first), _iso(receipt.last))

    async def _requests(self, subject: str) -> list[Request]:
        found = []
        for id in (await self.links.of(subject))[:MOST_REQUESTS]:
            try:
                found.append(await self.requests.show(id))
            except UnknownRequest:
                continue
        return found


def date_of(seconds: float) -> str:
    """The day of a time in POSIX seconds (UTC), as every language reads it."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def chosen_on(record: ConsentRecord | None) -> tuple[str, str] | None:
    """The days since and until which a choice holds."""
    return (date_of(record.given), date_of(record.expires)) if record else None


def _state(sent: bool, honoured: bool) -> str:
    return ("honoured" if honoured else "ignored") if sent else "absent"


def _proof(record: Mapping[str, Any]) -> Proof:
    event = record["event"]
    return Proof(record["record_id"], event["event_time"], event["event_state"])


def _records(records: Sequence[Mapping[str, Any]]) -> Iterator[Waiting]:
    if records:
        until = max(record["pii_processing"]["retention_until"] for record in records)
        yield Waiting("records", "", len(records), str(until).partition("T")[0])


def _iso(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


Facing = Callable[[Mapping[bytes, list[bytes]], str, str, float], Facts]
"""The facts of a request that is no hit: of its headers, the address of its peer, its site and its time."""
