"""The destination of the battery records what it is told to record, and misbehaves as told."""

import json
import socket

import pytest

from tests.blackbox.destination import DOWN, Behaviour, Delivery, Destination, events_of

REQUEST = b'POST /in?k=1 HTTP/1.1\r\nHost: x\r\nX-Odd:  kept \r\nContent-Length: 11\r\n\r\n{"id": "a"}'


def talk(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(request)
        answer = b""
        try:
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:  # reset while it was read, or before it was shut down
            return b"reset"
        return answer


@pytest.fixture
def destination():
    with Destination() as running:
        yield running


def test_it_keeps_requests_byte_for_byte(destination):
    assert talk(destination.port, REQUEST).startswith(b"HTTP/1.1 200 ")
    assert destination.requests[0].head + destination.requests[0].body == REQUEST
    assert destination.requests[0].target == "/in?k=1"


def test_it_joins_chunks(destination):
    chunked = b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"id":\r\n5\r\n "b"}\r\n0\r\n\r\n'
    talk(destination.port, chunked)
    assert destination.deliveries() == [Delivery("b", "")]


def test_what_it_refuses_is_no_delivery(destination):
    destination.behave(DOWN)
    assert talk(destination.port, REQUEST).startswith(b"HTTP/1.1 503 ")
    assert destination.deliveries() == []
    assert len(destination.requests) == 1


def test_it_says_when_to_come_again(destination):
    destination.behave(Behaviour(status=429, headers={"Retry-After": "7"}))
    assert b"Retry-After: 7\r\n" in talk(destination.port, REQUEST)


@pytest.mark.parametrize(("kind", "arrived"), [("reset", 0), ("lost_ack", 1)])
def test_it_cuts_the_connection_with_or_without_taking_the_event(destination, kind, arrived):
    destination.behave(Behaviour(kind))
    assert talk(destination.port, REQUEST) == b"reset"
    assert len(destination.deliveries()) == arrived


def test_it_reads_batches_and_the_order_of_an_event():
    meta = {"data": [{"event_id": "a", "custom_data": {"order_id": "x"}}, {"event_id": "b"}]}
    hook = {"id": "c", "specversion": "1.0", "data": {"order": {"id": "y"}}}
    assert events_of(json.dumps(meta).encode()) == [Delivery("a", "x"), Delivery("b", "")]
    assert events_of(json.dumps(hook).encode()) == [Delivery("c", "y")]


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(ValueError, match="no such behaviour"):
        Behaviour("nap")
