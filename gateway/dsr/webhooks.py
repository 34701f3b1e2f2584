"""Tell somebody outside what happened to a request: one signed POST (Standard Webhooks 1.0.0), to hosts on a list.

Nothing in a message names a person, but for the address that a code is sent to, in the one message that is for that.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from yarl import URL

from gateway.addresses import Networks
from gateway.outbound import Outbound, Reply
from gateway.sender import Forbidden, Route
from gateway.vendors.signing import signature

_KIND = "application/json; charset=utf-8"


class Sends(Protocol):
    """The only way out."""

    async def send(self, outbound: Outbound, route: Route) -> Reply:
        """The answer, status 0 where none came."""


@dataclass(frozen=True, slots=True, repr=False)
class Hooks:
    """Where messages may go. `secret` signs them (`whsec_…`), empty where none are sent; `hosts` are those that clients
    may name for their callbacks; `networks` are the operator's own, where http will do."""

    secret: str = ""
    hosts: frozenset[str] = frozenset()
    networks: Networks = ()

    def may_call(self, url: str) -> bool:
        """Whether a client may have this address called."""
        place = _place(url)
        if place is None or not self.secret:
            return False
        plain = place.scheme == "http" and bool(self.networks)
        return (place.scheme == "https" or plain) and place.host_port_subcomponent in _spellings(self.hosts)


class Poster:
    """Sends messages. `clock` is POSIX seconds."""

    def __init__(self, sender: Sends, hooks: Hooks, clock: Callable[[], float]) -> None:
        self._sender = sender
        self._hooks = hooks
        self._clock = clock

    async def post(self, url: str, id: str, body: bytes) -> bool:
        """Whether somebody took a message. `id` is the same at each try, so that a second one can be told."""
        place, now = _place(url), int(self._clock())
        if place is None or not self._hooks.secret:
            return False
        headers = {
            "Content-Type": _KIND,
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._hooks.secret, id, now, body),
        }
        route = Route(frozenset({str(place.host_port_subcomponent), str(place.host)}), self._hooks.networks)
        try:
            reply = await self._sender.send(Outbound("POST", url, headers, body), route)
        except Forbidden:
            return False
        return 200 <= reply.status < 300


def message(kind: str, at: int, data: Mapping[str, object]) -> bytes:
    """The body of a message: its kind, when it happened (POSIX seconds), and what is told."""
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"type": kind, "timestamp": time, "data": data}, ensure_ascii=False).encode()


def _spellings(hosts: Collection[str]) -> frozenset[str]:
    return frozenset(host.removesuffix(":443") for host in hosts)


def _place(url: str) -> URL | None:
    try:
        place = URL(url)
    except ValueError:
        return None
    sound = place.host and place.scheme in ("http", "https") and place.user is None and place.password is None
    return place if sound and not place.fragment else None
