"""Hand in what a visitor asks for on the page, and lead back to it; the cookie is all that is known of who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.days import SECONDS_A_DAY
from gateway.dsr.desk import PERSON, Draft
from gateway.dsr.links import Link, Links
from gateway.dsr.problems import UnknownRequest
from gateway.dsr.request import ENDED, Identity, Request, Type, Verification
from gateway.policy.places import GROUPS

# What a browser may ask for in a day, and how long a link works after its request was due.
MOST_A_DAY = 10
_AFTERWARDS = 180 * SECONDS_A_DAY

# Where a country's law has a name among the regulations.
_NAMED = {"GB": "uk_gdpr", "BR": "lgpd", "CA": "pipeda", "CH": "fadp", **dict.fromkeys(GROUPS["@EEA"], "gdpr")}


class TooMany(Exception):
    """This browser has asked for enough today."""


class Requests(Protocol):
    """The one door of requests (`gateway.dsr.desk`)."""

    async def submit(self, draft: Draft, by: str) -> tuple[Request, bool]:
        """The request of a draft, and whether it is new."""

    async def show(self, id: str) -> Request:
        """A request as it is now."""

    async def receipt(self, id: str) -> str | None:
        """The signed receipt of a request that has ended."""

    async def package(self, id: str) -> str | None:
        """What is handed out on a request for access, as JSON."""

    async def hand_out(self, id: str, by: str) -> str | None:
        """The same for who takes it, which is evidenced first."""


class Asker(NamedTuple):
    """Who asks: the subject of the consent record, the value of its cookie, and the evidence of the place."""

    subject: str
    cookie: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """`clock` is POSIX seconds."""

    requests: Requests
    links: Links
    clock: Callable[[], float]

    async def ask(self, type: Type, asker: Asker, client_id: str) -> str:
        """The token of the link to a request of a type: to the one that is still open, if there is one. TooMany after
        MOST_A_DAY."""
        request = await self._open(type, asker) or await self._submit(type, asker, client_id)
        until = request.due + _AFTERWARDS
        if type is not Type.ERASURE:  # after which nobody is to know whose it was
            await self.links.remember(request.id, asker.subject, until)
        return await self.links.make(request.id, asker.subject, until)

    async def find(self, token: str) -> tuple[Link, Request] | None:
        """Where a link leads; None where that is nowhere."""
        link = await self.links.find(token, self.clock())
        try:
            return (link, await self.requests.show(link.request)) if link else None
        except UnknownRequest:
            return None

    async def _open(self, type: Type, asker: Asker) -> Request | None:
        """The request of this type that has not ended, of those that the browser made."""
        recent = 0
        for id in await self.links.of(asker.subject):
            try:
                request = await self.requests.show(id)
            except UnknownRequest:
                continue
            if request.type is type and request.state not in ENDED:
                return request
            recent += self.clock() - request.received < SECONDS_A_DAY
        if recent >= MOST_A_DAY:
            raise TooMany
        return None

    async def _submit(self, type: Type, asker: Asker, client_id: str) -> Request:
        draft = Draft(
            subject_request_id=client_id,
            type=type,
            identities=(Identity("visitor_id", asker.cookie),),
            regulation=regulation_of(asker.regions),
            verification=Verification("cookie", by=PERSON, at=int(self.clock())),
        )
        return (await self.requests.submit(draft, PERSON))[0]


def regulation_of(regions: tuple[str, ...]) -> str:
    """The regulation of the place that a request came from: of the first that is known, else none that binds."""
    for code in regions:
        country, _, subdivision = code.partition("-")
        if code == "US-CA":
            return "ccpa"
        if country == "US" and subdivision:
            return f"us_state:{subdivision}"
        return _NAMED.get(country, f"region:{country}")
    return "voluntary"
