import threading
import time
from contextlib import ExitStack

import pytest

from gateway.web.limits import Limits
from tests.web.edge import HOST, PATIENCE_SECONDS, Edge, Noting, statuses

MOST = 8
SECONDS = 0.004
HIT = b"GET /p.gif?eid=%d HTTP/1.1\r\n" + HOST + b"\r\n"
PAGE = b"GET /consent HTTP/1.1\r\n" + HOST + b"\r\n"


class Busy(Noting):
    """Takes its time over each hit, and holds up the loop meanwhile, and as long as `gate` is shut."""

    def __init__(self):
        super().__init__()
        self.seconds = SECONDS
        self.gate, self.held = threading.Event(), threading.Event()
        self.gate.set()

    async def collect(self, hit):
        if not self.gate.is_set():
            self.held.set()
        self.gate.wait(PATIENCE_SECONDS)
        time.sleep(self.seconds)
        return await super().collect(hit)


class Crowd:
    """A busy gateway, and those who speak to it."""

    def __init__(self, stack):
        self._stack = stack
        self.edge = Edge(
            Limits(head_seconds=60, body_seconds=60, idle_seconds=60, connections=200, waiting=MOST)
        ).start()
        stack.callback(self.edge.stop)
        self.edge.collector = self.collector = Busy()
        self.refused = self.edge.refused

    def connect(self):
        return self._stack.enter_context(self.edge.connect())

    def connected(self, number):
        """So many connections on which a hit was answered."""
        speaking = [self.connect() for _ in range(number)]
        for each in speaking:
            ask(each, HIT % 0)
            assert statuses(heard(each)) == [200]
        self.collector.hits = 0
        self.collector.events.clear()
        return speaking

    def at_once(self, *asked):
        """Have requests, each with its connection, all be there when the gateway looks again."""
        first, *others = asked
        self.collector.held.clear()
        self.collector.gate.clear()
        ask(*first)
        assert self.collector.held.wait(PATIENCE_SECONDS)
        for each in others:
            ask(*each)  # on this machine it is there as soon as it is sent
        self.collector.gate.set()


@pytest.fixture
def busy():
    with ExitStack() as stack:
        yield Crowd(stack)


def ask(speaking, request):
    speaking.sendall(request)


def heard(speaking):
    return speaking.recv(65536)


def test_those_beyond_the_line_are_refused_at_once_and_nothing_is_kept_of_them(busy):
    speaking = busy.connected(60)
    busy.at_once(*((each, HIT % number) for number, each in enumerate(speaking)))
    answers = [heard(each) for each in speaking]
    refused = [answer for answer in answers if statuses(answer) == [503]]
    taken = [each for answer in answers for each in statuses(answer) if each == 200]
    assert len(taken) + len(refused) == 60
    assert len(refused) == busy.refused["overload"] > 0
    assert len(taken) == busy.collector.hits == len(busy.collector.events) > MOST
    assert all(b"\r\nretry-after: 5\r\n" in answer and b"connection: close" not in answer for answer in refused)


def test_a_connection_on_which_a_hit_was_refused_goes_on(busy):
    speaking = busy.connected(60)
    busy.at_once(*((each, HIT % 1) for each in speaking))
    for each in speaking:
        heard(each)
    assert busy.refused["overload"]
    for number, each in enumerate(speaking):
        ask(each, HIT % number)
        assert statuses(heard(each)) == [200]


def test_what_is_no_hit_waits_for_none_and_is_never_refused(busy):
    speaking, page = busy.connected(40), busy.connect()
    ask(page, PAGE)
    assert statuses(heard(page)) == [404]
    busy.at_once(*((each, HIT % 1) for each in speaking), (page, PAGE))
    assert statuses(heard(page)) == [404]
    behind = busy.collector.hits
    assert {status for each in speaking for status in statuses(heard(each))} == {200, 503}
    assert behind < busy.collector.hits


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /e HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Length: 11\r\n\r\n" + b'{"eid":"1"}',
        b"GET /p.gif HTTP/1.1\r\n" + HOST + b"Content-Length: 30\r\n\r\n",
        b"GET /p.gif HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        b"GET /p.gif HTTP/1.0\r\n" + HOST + b"\r\n",
        HIT % 1 + HIT % 2,
    ],
)
def test_a_connection_ends_where_its_next_request_might_begin_anywhere(busy, request_):
    *speaking, other = busy.connected(41)
    busy.at_once(*((each, HIT % 1) for each in speaking), (other, request_))
    out = heard(other)
    assert statuses(out) == [503]
    assert b"\r\nconnection: close\r\n" in out and heard(other) == b""
    for each in speaking:
        heard(each)


def test_a_head_in_pieces_is_read_as_one(busy):
    speaking, other = busy.connected(40), busy.connect()
    ask(other, b"GET /consent HTTP/1.1\r\n" + HOST)
    time.sleep(0.05)
    busy.at_once(*((each, HIT % 1) for each in speaking))
    ask(other, b"GET /p.gif HTTP/1.1\r\nX: y\r\n\r\n")
    assert statuses(heard(other)) == [400]
    for each in speaking:
        heard(each)


def test_more_of_who_waits_is_read_when_it_is_their_turn(busy):
    first, *speaking, other = busy.connected(MOST)
    busy.collector.seconds = 0.05
    body = b'{"eid":"1"}'
    start = b"POST /e HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    busy.at_once((first, HIT % 1), *((each, HIT % 1) for each in speaking), (other, start))
    assert statuses(heard(first)) == [200]
    for piece in (body[:4], body[4:]):
        time.sleep(busy.collector.seconds)
        ask(other, piece)
    assert statuses(heard(other)) == [204] and len(busy.collector.events) == MOST
    ask(other, HIT % 2)
    assert statuses(heard(other)) == [200]
    for each in speaking:
        assert statuses(heard(each)) == [200]


def test_who_leaves_while_waiting_is_forgotten(busy):
    speaking = busy.connected(60)
    busy.at_once(*((each, HIT % 1) for each in speaking))
    for each in speaking:
        each.close()
    asking = busy.connect()
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        ask(asking, HIT % 1)
        if statuses(heard(asking)) == [200]:
            return
        time.sleep(0.05)
    pytest.fail("never answered again")
