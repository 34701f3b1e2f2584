"""Put the API of rights together: its routes, and its description."""

import json
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.web.dsr.consent_records import ConsentRecords
from gateway.web.dsr.endpoint import Act, Front, routes
from gateway.web.dsr.erasures import Erasures
from gateway.web.dsr.handing_out import HandingOut
from gateway.web.dsr.openapi import description
from gateway.web.dsr.operations import OPENAPI, OPERATIONS
from gateway.web.dsr.problems import HEADERS
from gateway.web.dsr.requests import Requests
from gateway.web.dsr.suppressions import Suppressions

Acts = Requests | HandingOut | Suppressions | Erasures | ConsentRecords


def mounted(parts: Iterable[Acts], front: Front, version: str) -> list[Route]:
    """The routes of the parts. Every operation of the table has an act in one of them."""
    acts: dict[str, Act] = {name: act for part in parts for name, act in part.acts().items()}
    return [_described(version), *routes(OPERATIONS, acts, front)]


def _described(version: str) -> Route:
    text = json.dumps(description(OPERATIONS, version), ensure_ascii=False)

    async def endpoint(request: Request) -> Response:
        return Response(text, 200, HEADERS, "application/json")

    return Route(OPENAPI, endpoint, methods=["GET", "HEAD"])
