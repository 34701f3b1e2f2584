"""A ClickHouse that misbehaves as the real one does loses nothing, doubles nothing and is not poisoned."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from gateway.addresses import LOOPBACK
from gateway.delivery import Rules, Target
from gateway.sender import Route
from gateway.vendors.binding import Binding
from gateway.vendors.request import Destination
from tests.delivering import rig
from tests.store.making import event

POISON = "poison"


class ClickHouse:
    """The part of the HTTP interface that inserts: a table by event id, blocks remembered by their token, exceptions
    told by status, header and text. `troubles` come first, one a request."""

    def __init__(self, troubles):
        self.troubles = list(troubles)
        self.rows = []
        self.tokens = set()
        self.asked = []

    def answer(self, head, body):
        """The status line's status, further headers and the body."""
        target = urlsplit(head.split(b" ")[1].decode())
        given = {name: values[0] for name, values in parse_qs(target.query).items()}
        self.asked.append((head.decode().lower(), given))
        if self.troubles:
            return self.troubles.pop(0)
        rows = [json.loads(line) for line in body.decode().splitlines()]
        if any(row["event_name"] == POISON for row in rows):
            return exception(400, 27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED")
        if given["insert_deduplication_token"] not in self.tokens:
            self.tokens.add(given["insert_deduplication_token"])
            self.rows += rows
        return 200, "", b""

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                status, headers, body = self.answer(head, await reader.readexactly(length))
                if not status:
                    writer.transport.abort()
                    return
                writer.write(f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def exception(status, code, name):
    text = f"Code: {code}. DB::Exception: It went wrong. ({name}) (version 25.8.1.1)\n"
    return status, f"X-ClickHouse-Exception-Code: {code}\r\n", text.encode()


LATE = 200, "", b"Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)\n"


@asynccontextmanager
async def delivering(directory, catalogue, server):
    """A worker whose one destination is the table."""
    async with rig(directory, Rules(linger=0.0)) as ready:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        place = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        binding = Binding("ads", {"url": f"http://{place}/", "table": "web.events"}, {"password": "P"}, "", b"key")
        destination = Destination(catalogue.manifests["clickhouse"], binding)
        ready.targets = {"ads": Target(destination, Route(destination.hosts, LOOPBACK))}
        try:
            yield ready
        finally:
            listening.close()


def deliver(directory, catalogue, server, names):
    """Deliver events of these names; what became of them."""

    async def run():
        async with delivering(directory, catalogue, server) as ready:
            await ready.store.put([event(n, name=name, received=4_900) for n, name in enumerate(names)])
            ready.run()
            ended = ("delivered", "rejected")
            for _ in range(600):
                if sum(ready.results().get(result, 0) for result in ended) == len(names):
                    break
                ready.clock.ahead += 1
                ready.steady.ahead += 1
                ready.worker.wake()
                await asyncio.sleep(0.01)
            return ready.results()

    return asyncio.run(run())


TROUBLES = [
    exception(500, 252, "TOO_MANY_PARTS"), exception(200, 159, "TIMEOUT_EXCEEDED"), LATE, (0, "", b""),
    exception(500, 999, "KEEPER_EXCEPTION"), (502, "", b"Bad Gateway"),
]  # fmt: skip


def test_every_trouble_passes_and_nothing_is_lost_or_doubled(tmp_path, catalogue):
    server = ClickHouse(TROUBLES)
    results = deliver(tmp_path, catalogue, server, ["purchase"] * 20)
    assert results["delivered"] == 20
    assert sorted(row["event_id"] for row in server.rows) == sorted(f"id-{n}" for n in range(20))


def test_a_row_that_the_table_does_not_take_is_put_aside_alone(tmp_path, catalogue):
    server = ClickHouse([])
    results = deliver(tmp_path, catalogue, server, ["purchase"] * 9 + [POISON])
    assert (results["delivered"], results["rejected"], len(server.rows)) == (9, 1, 9)


def test_an_insert_says_who_inserts_and_waits_until_the_rows_are_there(tmp_path, catalogue):
    server = ClickHouse([])
    deliver(tmp_path, catalogue, server, ["purchase"])
    ((head, given),) = server.asked
    assert "x-clickhouse-user: gateway\r\n" in head
    assert "x-clickhouse-key: p\r\n" in head
    assert given["query"] == "INSERT INTO web.events FORMAT JSONEachRow"
    assert (given["async_insert"], given["wait_end_of_query"]) == ("0", "1")


def test_a_batch_that_came_through_without_an_answer_is_in_the_table_once(tmp_path, catalogue):
    server = ClickHouse([])
    answer, cut = server.answer, [True]

    def lost(head, body):
        answered = answer(head, body)
        return (0, "", b"") if cut and cut.pop() else answered

    server.answer = lost
    assert deliver(tmp_path, catalogue, server, ["purchase"] * 5)["delivered"] == 5
    assert sorted(row["event_id"] for row in server.rows) == [f"id-{n}" for n in range(5)]
