"""Tell a controller of each change of its request as OpenDSR does (sections 8.5 and 8.6): one signed POST."""

import asyncio
import json
from typing import Protocol

from yarl import URL

from gateway.addresses import Networks
from gateway.dsr.notices import Notice
from gateway.dsr.request import Request
from gateway.outbound import Outbound, Reply
from gateway.sender import Forbidden, Route
from gateway.web.opendsr.answers import change
from gateway.web.opendsr.signing import Signer
from gateway.web.opendsr.words import EVERY_NAME


class Sends(Protocol):
    """The only way out."""

    async def send(self, outbound: Outbound, route: Route) -> Reply:
        """The answer, status 0 where none came."""


class Callbacks:
    """The voice of the protocol. `networks` are the operator's own that a controller may be in."""

    def __init__(self, sender: Sends, signer: Signer, networks: Networks = ()) -> None:
        self._sender = sender
        self._signer = signer
        self._networks = networks

    def change(self, request: Request, number: int, url: str) -> Notice:
        """What is told of a change at this place of a request's history."""
        told = change(request, self._signer.domain, number, url)
        return Notice(f"{request.id}.{number}", json.dumps(told, ensure_ascii=False).encode())

    async def post(self, url: str, id: str, body: bytes) -> bool:
        """Whether the controller took it: 202 says so, and every other answer in the 200s."""
        signed = await asyncio.to_thread(self._signer.headers, body, EVERY_NAME)
        headers = {"Content-Type": "application/json", **signed}
        route = Route(frozenset({str(URL(url).host_port_subcomponent)}), self._networks)
        try:
            reply = await self._sender.send(Outbound("POST", url, headers, body), route)
        except Forbidden:
            return False
        return 200 <= reply.status < 300
