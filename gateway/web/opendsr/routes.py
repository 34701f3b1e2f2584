"""Answer OpenDSR at the admin listener, under its own paths and those it had as OpenGDPR; every answer is signed.

An answer is 400 with the protocol's error object for whatever cannot be taken, 404 for a request that there is not, and
503 where nothing could be kept or evidenced. It repeats nothing of an identity.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import NamedTuple, Protocol

from starlette.requests import Request as Asking
from starlette.responses import Response
from starlette.routing import Route

from gateway.dsr.desk import Draft
from gateway.dsr.problems import NotHere, Problem, UnknownRequest
from gateway.dsr.request import Request, Verification
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.opendsr import answers
from gateway.web.opendsr.answers import Body
from gateway.web.opendsr.read import House, Wrong, is_id, read
from gateway.web.opendsr.signing import Signer
from gateway.web.opendsr.words import BASE, EVERY_NAME, LEGACY, PROTOCOL
from gateway.web.operating import ACTOR, GRANTED

MOST_BYTES = 64 * 1024
ATTEST = "dsr:attest"
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Desk(Protocol):
    """The one door for requests."""

    async def submit(self, draft: Draft, by: str) -> tuple[Request, bool]:
        """The request of a draft, and whether it is a new one."""

    async def of_client(self, subject_request_id: str) -> Request:
        """The request that a client's id names."""

    async def cancel(self, id: str, by: str) -> Request:
        """End a request that nobody works on yet."""


class Front(NamedTuple):
    """What stands before every answer. `take` tells how many seconds a key has to wait, `fault` hears of what nobody
    expected, `clock` is POSIX seconds, `echo` sends bodies back also where they hold identities in clear."""

    take: Callable[[str], float]
    fault: Callable[[BaseException], None]
    clock: Callable[[], float]
    echo: bool = False


class Answer(NamedTuple):
    """A status, what is told, and headers beside those of every answer."""

    status: int
    body: Body
    headers: Mapping[str, str] = {}


Act = Callable[[Asking, str], Awaitable[Answer]]


class OpenDsr:
    """The routes of one domain."""

    def __init__(self, desk: Desk, signer: Signer, house: House, front: Front) -> None:
        self._desk = desk
        self._signer = signer
        self._house = house
        self._front = front

    def routes(self) -> list[Route]:
        """All of them."""
        status: dict[str, Act] = {"GET": self._status}
        one: dict[str, Act] = {**status, "DELETE": self._cancel}
        return [
            Route(f"{BASE}/discovery", self._discovery, methods=["GET"]),
            Route(f"{BASE}/cert.pem", self._certificate, methods=["GET"]),
            self._route(f"{BASE}/requests", {"POST": self._create}),
            self._route(f"{BASE}/requests/{{id}}", one),
            self._route(f"{BASE}/status/{{id}}", status),
            self._route(LEGACY, {"POST": self._create}),
            self._route(f"{LEGACY}/{{id}}", one),
        ]

    async def _discovery(self, asking: Asking) -> Response:
        domain = self._house.domain
        told = answers.discovery(domain, f"https://{domain}{BASE}/cert.pem")
        return Response(json.dumps(told), 200, _HEADERS, "application/json")

    async def _certificate(self, asking: Asking) -> Response:
        return Response(self._signer.certificate, 200, _HEADERS, "application/x-pem-file")

    def _route(self, path: str, acts: Mapping[str, Act]) -> Route:
        names = EVERY_NAME if path.startswith(LEGACY) else EVERY_NAME[:1]

        async def endpoint(asking: Asking) -> Response:
            act = acts.get("GET" if asking.method == "HEAD" else asking.method)
            status, told, headers = await self._answer(asking, act, acts)
            body = json.dumps(told, ensure_ascii=False).encode()
            signed = await asyncio.to_thread(self._signer.headers, body, names)
            return Response(body, status, {**_HEADERS, **headers, **signed}, "application/json")

        return Route(path, endpoint, methods=_METHODS)

    async def _answer(self, asking: Asking, act: Act | None, acts: Mapping[str, Act]) -> Answer:
        if act is None:
            return _refused(405, "method-not-allowed", "this is asked otherwise", {"allow": ", ".join(acts)})
        if "origin" in asking.headers:
            return _refused(403, "no-browsers", "no page of a browser may ask this")
        by = asking.scope[ACTOR]
        wait = self._front.take(by)
        if wait:
            return _refused(429, "rate-limited", "too many requests with this key", {"retry-after": str(ceil(wait))})
        try:
            return await act(asking, by)
        except Exception as error:  # noqa: BLE001 - the border: whatever it is, the answer is the protocol's
            return self._of(error)

    async def _create(self, asking: Asking, by: str) -> Answer:
        body = await _body(asking)
        asked = read(body, self._house)
        attests = ATTEST in asking.scope[GRANTED]  # the controller has verified the person: section 3.2
        how = Verification("attested", "substantial", by, PROTOCOL) if attests else Verification()
        draft = asked.draft._replace(verification=how, callbacks=asked.callbacks, protocol=PROTOCOL)
        request, _ = await self._desk.submit(draft, by)
        echo = body if self._front.echo or not asked.in_clear else None
        return Answer(201, answers.received(request, self._house.domain, asked.warnings, echo))

    async def _status(self, asking: Asking, by: str) -> Answer:
        return Answer(200, answers.status(await self._named(asking), self._house.domain))

    async def _cancel(self, asking: Asking, by: str) -> Answer:
        request = await self._desk.cancel((await self._named(asking)).id, by)
        return Answer(202, answers.cancelled(request, self._house.domain, int(self._front.clock())))

    async def _named(self, asking: Asking) -> Request:
        id_ = asking.path_params["id"]
        if not is_id(id_):
            raise UnknownRequest("there is no such request")
        return await self._desk.of_client(id_)

    def _of(self, error: Exception) -> Answer:
        match error:
            case Wrong():
                return _refused(400, error.reason, str(error))
            case Problem():
                status = 404 if isinstance(error, UnknownRequest) else 503 if isinstance(error, NotHere) else 400
                return _refused(status, error.slug, str(error), {"retry-after": "60"} if status == 503 else {})
            case StoreUnavailable():
                wait = str(error.retry_after)
                return _refused(503, "store-unavailable", "the store does not answer", {"retry-after": wait})
            case LogUnavailable():
                return _refused(
                    503, "log-unavailable", "it cannot be evidenced, and was not done", {"retry-after": "5"}
                )
            case _:
                self._front.fault(error)
                return _refused(500, "internal", "something went wrong here")


async def _body(asking: Asking) -> bytes:
    body = b""
    async for chunk in asking.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Wrong("too-large", f"a request has at most {MOST_BYTES} bytes")
    if asking.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Wrong("unsupported-media-type", "a request is sent as application/json")
    return body


def _refused(status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, answers.error(status, reason, message), headers or {})
