"""Look up the name of a vendor's host: once for a connection, keeping only addresses that may be reached.

A look-up that hangs must neither keep other names waiting nor the process from ending, so each has a thread of its own
that nobody waits for. The client asks once at a time for a name, so there are at most as many as there are hosts.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.addresses import Networks, Place, reachable

# As `socket.getaddrinfo`: host and port in, places out. OSError where there are none.
Lookup = Callable[[str, int], Sequence[Place]]


def ask_the_system(host: str, port: int) -> Sequence[Place]:
    """What the operating system says."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Names(AbstractResolver):
    """The names of one set of allowed networks; `own_only` where nothing else is allowed."""

    def __init__(self, networks: Networks, lookup: Lookup, *, own_only: bool = False) -> None:
        self._networks = networks
        self._lookup = lookup
        self._own_only = own_only

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses that may be reached. OSError where there are none, whatever else the name stands for."""
        places = reachable(await self._ask(host, port), self._networks, own_only=self._own_only)
        if not places:
            raise PermissionError("the name has no address that may be reached")
        return [
            ResolveResult(
                hostname=host,
                host=str(place[4][0]),
                port=port,
                family=place[0],
                proto=place[2],
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for place in places
        ]

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _ask(self, host: str, port: int) -> Sequence[Place]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Place]] = loop.create_future()

        def settle(places: Sequence[Place], error: OSError | None) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(places)
            else:
                answer.set_exception(error)

        def ask() -> None:
            places: Sequence[Place] = ()
            problem = None
            try:
                places = self._lookup(host, port)
            except (OSError, UnicodeError):  # a label too long for IDNA is no OSError
                problem = OSError("the name cannot be looked up")
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, places, problem)

        threading.Thread(target=ask, name="name", daemon=True).start()
        return await answer
