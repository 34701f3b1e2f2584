"""The judgement of the battery can fail: each way to be wrong is seen, and a memory-only queue is found out."""

import asyncio
from collections.abc import Sequence

import pytest
import uvloop

from tests.blackbox.destination import Delivery
from tests.blackbox.driver import Driver, Entry, Fate, Planned
from tests.blackbox.reconcile import balance, reconcile


def entry(number: int, fate: Fate = Fate.ACKED, owed: tuple[str, ...] = ("shop",)) -> Entry:
    return Entry(Planned(f"id{number}", f"order{number}", b"", owed), fate, 200)


def arrived(*numbers: int) -> Sequence[Delivery]:
    return [Delivery(f"id{number}", f"order{number}") for number in numbers]


def test_a_clean_run_has_nothing_to_say():
    account = reconcile([entry(1), entry(2, Fate.AMBIGUOUS), entry(3, owed=())], {"shop": arrived(1)})
    assert (account.acked, account.ambiguous, account.arrived, account.copies) == (2, 1, 1, 0)
    assert not any((account.lost, account.forbidden, account.refused, account.corrupted, account.unknown))


def test_an_acknowledged_event_that_did_not_arrive_is_lost():
    assert reconcile([entry(1), entry(2)], {"shop": arrived(1)}).lost == {("shop", "id2")}


def test_an_event_is_lost_for_each_destination_it_is_owed_to():
    account = reconcile([entry(1, owed=("shop", "ads"))], {"shop": arrived(1), "ads": []})
    assert account.lost == {("ads", "id1")}


def test_an_ambiguous_event_may_or_may_not_arrive():
    assert reconcile([entry(1, Fate.AMBIGUOUS)], {"shop": arrived(1)}).lost == set()
    assert reconcile([entry(1, Fate.AMBIGUOUS)], {"shop": []}).lost == set()


def test_what_consent_forbids_must_not_arrive():
    assert reconcile([entry(1, owed=())], {"shop": arrived(1)}).forbidden == {("shop", "id1")}
    assert reconcile([entry(1)], {"shop": arrived(1), "ads": arrived(1)}).forbidden == {("ads", "id1")}


def test_what_was_refused_must_not_arrive():
    assert reconcile([entry(1, Fate.REFUSED)], {"shop": arrived(1)}).refused == {("shop", "id1")}


def test_a_changed_payload_is_corrupted():
    assert reconcile([entry(1)], {"shop": [Delivery("id1", "order2")]}).corrupted == {("shop", "id1")}


def test_an_id_that_nobody_sent_is_unknown():
    assert reconcile([entry(1)], {"shop": arrived(1, 9)}).unknown == {("shop", "id9")}


def test_copies_are_counted():
    account = reconcile([entry(1), entry(2)], {"shop": arrived(1, 2, 2, 2)})
    assert (account.copies, account.copies_share) == (2, 1.0)


class MemoryQueue:
    """A server that acknowledges what it holds in memory only, and forgets it when it is killed."""

    def __init__(self) -> None:
        self.held: list[Delivery] = []
        self.delivered: list[Delivery] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                name, order = head.split(b" ")[1].decode()[1:].split(",")
                self.held.append(Delivery(name, order))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def deliver(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            self.delivered += self.held
            self.held.clear()

    def kill(self) -> None:
        self.held.clear()


async def killed_under_load() -> tuple[list[Entry], list[Delivery]]:
    memory = MemoryQueue()
    server = await asyncio.start_server(memory.serve, "127.0.0.1", 0)
    delivering = asyncio.create_task(memory.deliver())
    driver = Driver(
        server.sockets[0].getsockname()[1],
        lambda n: Planned(f"id{n}", f"order{n}", b"GET /id%d,order%d HTTP/1.1\r\n\r\n" % (n, n), ("shop",)),
        rate=1000,
    )
    load = asyncio.create_task(driver.run())
    while len(driver.entries) < 500:
        await asyncio.sleep(0.001)
        if memory.held:
            memory.kill()
    driver.stop()
    entries = await load
    await asyncio.sleep(0.2)
    delivering.cancel()
    server.close()
    return entries, memory.delivered


def test_a_memory_only_queue_loses_when_it_is_killed_under_load():
    entries, delivered = uvloop.run(killed_under_load())
    account = reconcile(entries, {"shop": delivered})
    assert account.acked >= 500
    assert account.lost
    assert not account.unknown | account.corrupted


BOOKS = {
    'gateway_decisions_total{destination="hook",reason="consent",regions="eea"}': 9.0,
    'gateway_decisions_total{destination="hook",reason="no_consent",regions="eea"}': 5.0,
    'gateway_deliveries_total{destination="hook",result="recovered"}': 2.0,
    'gateway_deliveries_total{destination="hook",result="replayed"}': 1.0,
    'gateway_deliveries_total{destination="hook",result="delivered"}': 6.0,
    'gateway_deliveries_total{destination="hook",result="retried"}': 4.0,
    'gateway_deliveries_total{destination="hook",result="refused"}': 1.0,
    'gateway_deliveries_total{destination="hook",result="rejected"}': 2.0,
    'gateway_queue_events{destination="hook"}': 3.0,
}


def test_books_that_add_up_leave_nothing():
    assert balance(BOOKS) == {}


@pytest.mark.parametrize("sample", [name for name in BOOKS if "no_consent" not in name and "retried" not in name])
def test_one_event_more_or_less_in_any_book_is_seen(sample):
    assert set(balance({**BOOKS, sample: BOOKS[sample] + 1}).values()) <= {1.0, -1.0} != set()
    assert balance({**BOOKS, sample: BOOKS[sample] - 1}).keys() == {"hook"}
