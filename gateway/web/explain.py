"""Answer `POST /v1/policy/explain`: what the policy in force says to a situation that somebody describes."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import BadRequest
from gateway.policy.situations import NAMES, SituationError
from gateway.vendors.strict_json import parse

PATH = "/v1/policy/explain"
MOST_BYTES = 4096
_MOST_DEPTH = 2
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

# Gives the verdicts on a situation as `gateway policy explain --json` prints them; None where no policy is in force.
Explain = Callable[[Mapping[str, object]], Sequence[Mapping[str, Any]] | None]


def explaining(explain: Explain) -> Route:
    """The route. It takes the words of situations alone, so nothing personal; an error repeats no word of a request."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return problem(405, "ask with POST", {"allow": "POST"})
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return problem(415, "a situation is sent as application/json")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return problem(413, f"a situation has at most {MOST_BYTES} bytes")
        return answered(explain, body)

    return Route(PATH, endpoint, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def answered(explain: Explain, body: bytes) -> Response:
    """One JSON object for one verdict, else one a line; a problem where the body describes no situation."""
    try:
        words = parse(body, _MOST_DEPTH)
        if not isinstance(words, dict):
            return problem(400, "a situation is a JSON object")
        verdicts = explain(words)
    except BadRequest as refusal:
        return problem(refusal.status, str(refusal))
    except SituationError as error:
        wrong = f"{error.field} has no value that this policy knows" if error.field else "a name is not known"
        return problem(400, f"{wrong}; the names are: {', '.join(NAMES)}")
    if verdicts is None:
        return problem(503, "no valid policy is in force", {"retry-after": "5"})
    lines = "\n".join(json.dumps(verdict, ensure_ascii=False) for verdict in verdicts) + "\n"
    kind = "application/json" if len(verdicts) == 1 else "application/x-ndjson"
    return Response(lines, 200, _HEADERS, kind)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as RFC 9457 writes it."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(told, status, {**_HEADERS, **(headers or {})}, "application/problem+json")
