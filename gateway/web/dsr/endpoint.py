"""Answer one path of the API of rights: let in, read, do once, and tell what went wrong with no word of the request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from math import ceil
from typing import NamedTuple

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.web.dsr.operation import Call, Operation
from gateway.web.dsr.problems import HEADERS, Refused, answered, refused
from gateway.web.dsr.reading import read_body, read_query
from gateway.web.dsr.repeats import HEADER, Repeats
from gateway.web.operating import ACTOR, GRANTED
from gateway.web.rates import Rates

AGAIN = "show"  # what answers a request that was done already, with how it is now
REPLAYED = "idempotency-replayed"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

Act = Callable[[Call], Awaitable[Response]]


class Front(NamedTuple):
    """What stands before every act: how often a key may ask, what was asked twice, and who hears of faults."""

    rates: Rates
    repeats: Repeats
    fault: Callable[[BaseException], None]


def routes(operations: Sequence[Operation], acts: Mapping[str, Act], front: Front) -> list[Route]:
    """The routes of operations, whose acts are named like them."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, _endpoint(here, acts, front), methods=_METHODS) for path, here in by_path.items()]


def said(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(model.model_dump_json(), status, {**HEADERS, **(headers or {})}, "application/json")


def tag(body: bytes) -> str:
    """The entity tag of an answer."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def _endpoint(
    here: Mapping[str, Operation], acts: Mapping[str, Act], front: Front
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        operation = here.get("GET" if request.method == "HEAD" else request.method)
        try:
            if operation is None or (operation.spends and request.method == "HEAD"):
                return answered(Refused("method-not-allowed", headers={"allow": ", ".join(here)}))
            return await _answer(request, operation, acts, front)
        except Exception as error:  # noqa: BLE001 - the border: whatever it is, the answer is a problem
            problem = refused(error)
            if problem is None:
                front.fault(error)
            return answered(problem or Refused("internal"))

    return endpoint


async def _answer(request: Request, operation: Operation, acts: Mapping[str, Act], front: Front) -> Response:
    if "origin" in request.headers:
        raise Refused("no-browsers")
    by = request.scope[ACTOR]
    wait = front.rates.take(by)
    if wait:
        raise Refused("rate-limited", headers={"retry-after": str(ceil(wait))})
    query = read_query(request, operation.query)
    raw, body = await read_body(request, operation)
    call = Call(by, request.scope[GRANTED], request.path_params, query, body, request.headers)
    given = request.headers.get(HEADER)
    if given is None or not operation.repeats:
        return await acts[operation.name](call)
    name = front.repeats.name(by, f"{request.method} {request.url.path}", given)
    status = await front.repeats.begin(name, raw)
    if not status:
        return await _kept(front.repeats, name, acts[operation.name](call))
    response = await acts[AGAIN](call)
    response.status_code = status
    response.headers[REPLAYED] = "true"
    return response


async def _kept(repeats: Repeats, name: str, doing: Awaitable[Response]) -> Response:
    """Do it, and keep what came of it."""
    ended = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    try:
        response = await doing
        ended = response.status_code
        return response
    finally:
        await repeats.end(name, ended)
