"""One hit before and after: what the vendor would have got, what it got, and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.decision import Decision, Reason
from gateway.demo.marks import Personal, Piece, parameters, personal_in, pieces, still_in
from gateway.demo.reasons import SENTENCES
from gateway.demo.situation import Situation
from gateway.demo.vendors import Caught
from gateway.facts import Facts
from gateway.policy.decide import Policy, Step


class Arrived(NamedTuple):
    """A hit as the browser made it. `vendor` is where it would have gone (`https://www.facebook.com`), `path` what it
    would have asked for there; headers are those a vendor would have seen."""

    title: str
    method: str
    vendor: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str
    situation: Situation
    choice: str


class Line(NamedTuple):
    """One line of a request: a name and its value, cut at what is personal."""

    name: str
    pieces: list[Piece]


class Shown(NamedTuple):
    """A request, ready to be shown."""

    method: str
    url: str
    parameters: list[Line]
    headers: list[Line]
    body: list[Piece]


class Fate(NamedTuple):
    """What became of the hit at one destination. `requests` is empty where nothing left."""

    destination: str
    allow: bool
    reason: str
    sentence: str
    steps: list[Step]
    requests: list[Shown]


class Remaining(NamedTuple):
    """One personal value, and to which destinations it still went."""

    personal: Personal
    reached: list[str]


@dataclass(frozen=True, slots=True)
class Passage:
    """Everything the page says about one hit."""

    number: int
    arrived: Arrived
    status: int
    before: Shown
    address: str
    fates: tuple[Fate, ...]
    remaining: tuple[Remaining, ...]

    @property
    def gone(self) -> int:
        """How many personal values reached nobody."""
        return sum(not each.reached for each in self.remaining)


class Outcome(NamedTuple):
    """What the gateway did with a hit: its answer, its decisions with their facts, and what the vendors caught."""

    status: int
    decisions: Sequence[tuple[Decision, Facts]]
    caught: Sequence[Caught]


class Known(NamedTuple):
    """What explains a decision: the policy, the real host of each destination, and today (days since 1970-01-01)."""

    policy: Policy
    hosts: Mapping[str, str]
    day: int


def passage(number: int, arrived: Arrived, outcome: Outcome, known: Known) -> Passage:
    """Put the two sides of one hit next to each other."""
    address = arrived.situation.place.address
    personal = personal_in(arrived.query, arrived.headers, address)
    fates = tuple(
        Fate(
            verdict.destination,
            verdict.allow,
            verdict.reason,
            SENTENCES[Reason(verdict.reason)],
            _steps(known, decision.event, facts, verdict.destination),
            [_shown(each, known, personal) for each in outcome.caught if each.destination == verdict.destination],
        )
        for decision, facts in outcome.decisions
        for verdict in decision.verdicts
    )
    remaining = tuple(Remaining(each, _reached(each.value, outcome.caught)) for each in personal)
    return Passage(number, arrived, outcome.status, _before(arrived, personal), address, fates, remaining)


def _reached(value: str, caught: Sequence[Caught]) -> list[str]:
    return [request.destination for request in caught if still_in(value, [request.everything()])]


def _before(arrived: Arrived, personal: Sequence[Personal]) -> Shown:
    return Shown(
        arrived.method,
        arrived.vendor + arrived.path,
        [Line(name, pieces(value, personal)) for name, value in parameters(arrived.query)],
        [Line(name, pieces(value, personal)) for name, value in arrived.headers],
        pieces(arrived.body, personal) if arrived.body else [],
    )


def _steps(known: Known, event: str, facts: Facts, destination: str) -> list[Step]:
    """The same evaluation once more, with its steps kept."""
    steps: list[Step] = []
    known.policy.judge(facts, event, destination, known.day, steps=steps)
    return steps


def _shown(request: Caught, known: Known, personal: Sequence[Personal]) -> Shown:
    """A request that a stand-in caught, under the name of the host that it stands in for."""
    path, _, query = request.url.partition("?")
    return Shown(
        request.method,
        known.hosts[request.destination] + path,
        [Line(name, pieces(value, personal)) for name, value in parameters(query)],
        [Line(name, pieces(value, personal)) for name, value in request.headers],
        pieces(_pretty(request.body), personal),
    )


def _pretty(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
