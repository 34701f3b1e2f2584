"""A capture keeps what it is sent, and counts what it could not keep whole."""

from http.client import HTTPConnection
from time import monotonic, sleep

import pytest

from gateway.canary.capture import Capture

MOST_BODY = 8 << 20


def send(capture, size, chunked):
    host, _, port = capture.place.partition(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    piece = b"x" * (1 << 20)
    pieces = (piece[: size - at] for at in range(0, size, len(piece)))
    try:
        connection.request(
            "POST", "/in", pieces, {} if chunked else {"Content-Length": str(size)}, encode_chunked=chunked
        )
        connection.getresponse().read()
    except OSError:
        pass  # it may hang up on what is too large
    finally:
        connection.close()


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize(("size", "lost"), [(MOST_BODY, 0), (MOST_BODY + 1, 1), (MOST_BODY + (3 << 20), 1)])
def test_a_body_that_does_not_fit_is_cut_and_counted(size, lost, chunked):
    with Capture("127.0.0.1", 0) as capture:
        send(capture, size, chunked)
        until = monotonic() + 30
        while not capture.requests and monotonic() < until:
            sleep(0.01)
        (request,) = capture.requests
        assert request.count(b"x" * 1024) == MOST_BODY // 1024
        assert capture.lost == lost
