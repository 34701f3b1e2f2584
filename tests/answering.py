"""A destination of the operator's own on loopback, delivered to by a real worker: what it answers is the test's."""

import asyncio

from gateway.addresses import LOOPBACK
from gateway.delivery import Rules, Target
from gateway.sender import Route
from gateway.vendors.binding import Binding
from gateway.vendors.request import Destination
from tests.delivering import rig
from tests.store.making import event


class Answering:
    """Answers each request with `answer(head, body)`: a status (0: the connection is cut), header lines and a body.
    `troubles` come first, one a request."""

    def __init__(self, troubles=()):
        self.troubles = list(troubles)
        self.asked = []

    def answer(self, head, body):
        raise NotImplementedError

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.asked.append(head.decode())
                status, headers, said = self.troubles.pop(0) if self.troubles else self.answer(head, body)
                if not status:
                    writer.transport.abort()
                    return
                writer.write(f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(said)}\r\n\r\n".encode() + said)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def deliver(directory, manifest, server, names, **settings):
    """Deliver events of these names to a server, with the clocks going fast; how many became what."""

    async def run():
        async with rig(directory, Rules(linger=0.0)) as ready:
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            bound = Destination(manifest, Binding("ads", {"url": url, **settings}, {"password": "P"}, "", b"key"))
            ready.targets = {"ads": Target(bound, Route(bound.hosts, LOOPBACK))}
            await ready.store.put([event(n, name=name, received=4_900) for n, name in enumerate(names)])
            ready.run()
            counted = ("delivered", "rejected")
            await ready.hurry(lambda: sum(ready.results().get(result, 0) for result in counted) == len(names))
            listening.close()
            return ready.results()

    return asyncio.run(run())
