"""Send every hit under every refusal, and a few that are permitted, and keep what was said to each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.canary.allowed import Permit, permits
from gateway.canary.deployment import Deployment
from gateway.canary.marks import Mark, Marks
from gateway.canary.requests import (
    HITS,
    OTHERS,
    Endpoint,
    Request,
    Said,
    Writer,
    common_headers,
    json_event,
    well_formed,
)
from gateway.canary.visitors import PATH, Visitor
from gateway.canary.wire import Reply
from gateway.vendors.own_events import PIXEL as OWN

# The choice is an endpoint that hits could be sent to by mistake, and must be as silent.
CHOICE = Endpoint(PATH, PATH, "")

Told = Callable[[str], None]


class Sent(NamedTuple):
    """One hit: who sent it where, and what the policy lets through of it (nothing: it is refused). `marked` says
    whether marks stand where its pixel reads its event; a body is sent as the manifest's test has it."""

    name: str
    visitor: str
    source: str
    good: bool
    permitted: Sequence[Permit]
    reply: Reply
    marked: bool = True


@dataclass
class Sending:
    """Sends to one deployment. `hits` by name and `marks` grow; `told` hears of each visitor."""

    deployment: Deployment
    told: Told
    hits: dict[str, Sent] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)

    def refused(self, visitors: Sequence[Visitor]) -> None:
        """Every visitor sends the hits whose fate hangs on consent; the first one all others too."""
        for number, visitor in enumerate(visitors):
            self.told(f"hits: {visitor.name}")
            for endpoint in (*self.deployment.endpoints, CHOICE):
                for writer in (*HITS, *OTHERS) if number == 0 else HITS:
                    self._send(writer, endpoint, visitor)

    def permitted(self, visitor: Visitor) -> None:
        """One hit a source, and an event in JSON where that is taken."""
        self.told("hits: permitted")
        for endpoint in self.deployment.endpoints:
            for writer in (well_formed, json_event) if endpoint.source == OWN else (well_formed,):
                self._send(writer, endpoint, visitor)

    def _send(self, writer: Writer, endpoint: Endpoint, visitor: Visitor) -> None:
        values = Marks(self.deployment.day)
        request = writer(values, endpoint, Said())
        name = f"{request.name} at {endpoint.get} ({visitor.name})"
        reply = self.deployment.public.send(request, self._headers(values, request, visitor))
        permitted = self._permits(endpoint, visitor, {"event": endpoint.event} if writer in HITS else {})
        good = endpoint is not CHOICE and writer in HITS and 200 <= reply.status < 300
        self.hits[name] = Sent(name, visitor.name, endpoint.source, good, permitted, reply, not endpoint.body)
        self.marks += values.planted(name)

    def _headers(self, values: Marks, request: Request, visitor: Visitor) -> dict[str, str]:
        """A Cookie of the visitor joins that of the request."""
        headers = {**common_headers(values, self.deployment.host), **request.headers, **(self.deployment.edge or {})}
        return joined(headers, visitor.headers)

    def _permits(self, endpoint: Endpoint, visitor: Visitor, event: Mapping[str, str]) -> list[Permit]:
        """What may be left of a hit; where its event is not told, of any event."""
        if endpoint is CHOICE:
            return []
        region = {"region": self.deployment.region} if self.deployment.region else {}
        verdicts = self.deployment.ask({**region, **visitor.situation, **event})
        return permits(verdicts or (), self.deployment.fed_by(endpoint.source))


def joined(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """`more` set over the headers, but a Cookie after the one that is there."""
    result = dict(headers)
    for name, value in more.items():
        result[name] = f"{result[name]}; {value}" if name == "Cookie" and name in result else value
    return result
