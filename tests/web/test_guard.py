import time

import pytest

from gateway.web.exchange import Exchange
from gateway.web.guard import REFUSALS, Phase
from gateway.web.limits import Limits
from gateway.web.replies import GIF
from gateway.web.straight import Asked
from tests.web.edge import HOST, Edge, get, post, statuses

BODY = b'{"eid":"1"}'
SMUGGLED = b"GET /p.gif?eid=smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
LAST = b"0\r\n\r\n"
WHOLE = b"%x\r\n%s\r\n" % (len(BODY), BODY)


def head(*lines: bytes, start: bytes = b"POST /e HTTP/1.1", host: bytes = HOST) -> bytes:
    kind = b"Content-Type: application/json\r\n"
    return start + b"\r\n" + host + kind + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


CHUNKED = b"Transfer-Encoding: chunked"
PAGE = b"GET /p.gif HTTP/1.1"

# What must be refused with an error or a closed connection, and leave no event.
FRAMING = {
    "two lengths that differ": head(b"Content-Length: 11", b"Content-Length: 12") + BODY + b"X",
    "a length with a plus": head(b"Content-Length: +11") + BODY,
    "a negative length": head(b"Content-Length: -1") + BODY,
    "a hexadecimal length": head(b"Content-Length: 0xb") + BODY,
    "a length with an underscore": head(b"Content-Length: 1_1") + BODY,
    "two lengths in one": head(b"Content-Length: 11 11") + BODY,
    "a huge length": head(b"Content-Length: " + b"9" * 40) + BODY,
    "an empty length": head(b"Content-Length: ") + BODY,
    "a length after a no-break space": head(b"Content-Length: \xa011") + BODY,
    "a length and chunks": head(b"Content-Length: 4", CHUNKED) + LAST + SMUGGLED,
    "chunks and a length": head(CHUNKED, b"Content-Length: 4") + WHOLE + LAST + SMUGGLED,
    "an unknown coding": head(b"Transfer-Encoding: xchunked") + WHOLE + LAST,
    "chunked before the last coding": head(b"Transfer-Encoding: chunked, identity") + WHOLE + LAST,
    "a vertical tab in the coding": head(b"Transfer-Encoding: \x0bchunked") + WHOLE + LAST,
    "a quoted coding": head(b"Transfer-Encoding: 'chunked'") + WHOLE + LAST,
    "a NUL in the coding": head(b"Transfer-Encoding: chunked\x00") + WHOLE + LAST,
    "a space before the colon": head(b"Transfer-Encoding : chunked") + LAST,
    "two codings": head(CHUNKED, b"Transfer-Encoding: identity") + WHOLE + LAST,
    "chunks in HTTP/1.0": head(CHUNKED, start=b"POST /e HTTP/1.0") + WHOLE + LAST + SMUGGLED,
    "a line feed in a chunk extension": head(CHUNKED) + b"b;a\nb\r\n" + BODY + b"\r\n" + LAST + SMUGGLED,
    "a chunk size with a plus": head(CHUNKED) + b"+" + WHOLE + LAST + SMUGGLED,
    "a chunk size with 0x": head(CHUNKED) + b"0x" + WHOLE + LAST + SMUGGLED,
    "a chunk size that overflows": head(CHUNKED) + b"FFFFFFFFFFFFFFFF0\r\n" + BODY + b"\r\n" + LAST + SMUGGLED,
    "a negative chunk size": head(CHUNKED) + b"-" + WHOLE + LAST + SMUGGLED,
    "a chunk without its end": head(CHUNKED) + b"b\r\n" + BODY + b"XX" + LAST + SMUGGLED,
    "line feeds between chunks": head(CHUNKED) + b"b\n" + BODY + b"\n" + LAST + SMUGGLED,
    "spaces round a chunk size": head(CHUNKED) + b" b \r\n" + BODY + b"\r\n" + LAST + SMUGGLED,
    "a trailer": head(CHUNKED) + WHOLE + b"0\r\nHost: b\r\n\r\n",
    "bare line feeds": (PAGE + b"\r\n" + HOST + b"\r\n").replace(b"\r\n", b"\n"),
    "a bare carriage return": head(b"X: a\rb", start=PAGE),
    "a NUL in a value": head(b"X: a\x00b", start=PAGE),
    "a folded line": head(b"X: a\r\n b", start=PAGE),
    "no host": head(start=PAGE, host=b""),
    "two hosts": head(b"Host: b", start=PAGE),
    "the same host twice": head(b"Host: shop.example", start=PAGE),
    "a host that is none": head(b"Connection: close", start=PAGE, host=b"Host: a b/../@evil\r\n"),
    "another site's host": head(b"Connection: close", start=PAGE, host=b"Host: evil.example\r\n"),
    "a space in a name": head(b"X Y: 1", start=PAGE),
    "an empty name": head(b": 1", start=PAGE),
    "a target without a slash": head(start=b"GET @evil.example HTTP/1.1"),
    "a target with a fragment": head(start=b"GET /p.gif#a HTTP/1.1"),
    "a target of another host": head(start=b"GET http://evil.example/p.gif HTTP/1.1"),
    "a target of another scheme": head(start=b"GET ftp://shop.example/p.gif HTTP/1.1"),
    "a control character in the target": head(start=b"GET /p.gif?\x01 HTTP/1.1"),
    "a high byte in the target": head(start=b"GET /p.gif?\xff HTTP/1.1"),
    "HTTP/0.9": b"GET /p.gif\r\n\r\n",
    "HTTP/2.0 in words": head(start=b"GET /p.gif HTTP/2.0"),
    "HTTP/1.2": head(start=b"GET /p.gif HTTP/1.2"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "an unknown method": head(start=b"BREW /p.gif HTTP/1.1"),
    "a GET with a body": head(b"Content-Length: %d" % len(SMUGGLED), start=PAGE) + SMUGGLED,
    "an expectation we do not know": head(b"Expect: 200-maybe", b"Content-Length: 11") + BODY,
    "a TLS hello": bytes.fromhex("1603010200010001fc0303") + bytes(500),
}


@pytest.mark.parametrize("name", FRAMING)
def test_it_refuses(edge, name):
    out = edge.send(FRAMING[name])
    assert b"<silence>" not in out
    assert len(statuses(out)) <= 1
    assert all(status in (400, 405, 413, 414, 417, 421, 431, 501, 505) for status in statuses(out)), out
    assert edge.collector.hits == 0


def test_no_byte_stands_in_a_target_but_those_that_can_be_seen(edge):
    for byte in (*range(0x21), *range(0x7F, 0x100)):
        out = edge.send(b"GET /p.gif?%ca HTTP/1.1\r\n" % byte + HOST + b"Connection: close\r\n\r\n")
        assert statuses(out) in ([400], []), byte
    assert edge.collector.hits == 0


def test_the_same_requests_are_fine_unbroken(edge):
    assert edge.status(post(b"/e", BODY)) == 204
    assert edge.status(get(b"/p.gif?eid=1")) == 200
    chunks = head(CHUNKED, b"Connection: close") + WHOLE + LAST
    assert edge.status(chunks) == 204
    assert edge.status(get(b"http://shop.example/p.gif?eid=2")) == 200
    assert [event.id for event in edge.collector.events] == ["1", "1", "1", "2"]


def test_a_request_may_arrive_byte_by_byte(edge):
    request = post(b"/e", BODY)
    assert edge.status(*(request[at : at + 1] for at in range(len(request)))) == 204


def test_pipelined_requests_are_answered_in_order(edge):
    out = edge.send(get(b"/p.gif?eid=1").replace(b"Connection: close\r\n", b"") + get(b"/e?eid=2"))
    assert statuses(out) == [200, 204]
    assert [event.id for event in edge.collector.events] == ["1", "2"]


def test_a_fault_behind_a_good_request_does_not_overtake_its_answer(edge):
    edge.collector.delay = 0.2
    out = edge.send(get(b"/p.gif?eid=1").replace(b"Connection: close\r\n", b"") + b"GET /x\x00 HTTP/1.1\r\n\r\n")
    assert statuses(out) == [200]


def test_what_stands_behind_the_last_request_of_a_connection_is_no_hit(edge):
    assert statuses(edge.send(get(b"/p.gif?eid=1") + SMUGGLED)) == [200]
    assert [event.id for event in edge.collector.events] == ["1"]


def test_many_requests_that_wait_behind_one_are_answered_in_their_order(edge):
    edge.collector.delay = 0.2
    first = get(b"/p.gif?eid=first").replace(b"Connection: close\r\n", b"")
    heads = [b"HEAD" + first.removeprefix(b"GET"), first.replace(b"GET", b"PUT", 1)] * 7
    out = edge.send(first + b"".join(heads) + get(b"/e?eid=last"))
    assert statuses(out) == [200, *[200, 405] * 7, 204] and out.count(GIF) == 1
    assert [event.id for event in edge.collector.events] == ["first", "last"]


def test_a_queue_of_requests_that_nobody_would_send_ends_the_connection(edge):
    request = get(b"/p.gif").replace(b"Connection: close\r\n", b"")
    out = edge.send(request * 1000)
    assert len(statuses(out)) <= 1 and edge.collector.hits <= 1 and edge.refused["pipeline"] == 1


def test_hits_and_pages_take_turns_on_one_connection(edge):
    edge.collector.delay = 0.1
    hit, page = (
        get(b"/p.gif").replace(b"Connection: close\r\n", b""),
        get(b"/none").replace(b"Connection: close\r\n", b""),
    )
    out = edge.send(hit + page + hit + page + get(b"/e"))
    assert statuses(out) == [200, 404, 200, 404, 204] and edge.collector.hits == 3


def test_what_no_body_can_change_is_answered_before_the_body(edge):
    for start, status in ((b"POST /g/nobody/tr HTTP/1.1", 404), (b"PUT /e HTTP/1.1", 405)):
        with edge.connect() as speaking:
            speaking.sendall(head(b"Expect: 100-continue", b"Content-Length: 11", start=start))
            assert statuses(speaking.recv(1000)) == [status]
            speaking.sendall(BODY + get(b"/p.gif"))
            assert statuses(speaking.recv(1000)) == [200]


def test_a_hit_that_is_under_way_when_the_process_ends_is_told_to_come_again(monkeypatch):
    monkeypatch.setattr("gateway.web.listener.GRACE_SECONDS", 0.3)
    edge = Edge().start()
    edge.collector.delay = 30
    with edge.connect() as speaking:
        speaking.sendall(get(b"/p.gif"))
        edge.until(lambda: edge.collector.begun)
        edge.stop()
        assert statuses(speaking.recv(1000)) == [503]


def test_a_hit_that_is_under_way_when_the_process_ends_is_finished():
    edge = Edge().start()
    edge.collector.delay = 0.5
    with edge.connect() as speaking:
        speaking.sendall(get(b"/p.gif").replace(b"Connection: close\r\n", b""))
        edge.until(lambda: edge.collector.begun)
        edge.stop()
        answer = speaking.recv(1000)
        assert statuses(answer) == [200] and b"connection: close" in answer


def test_an_upgrade_is_answered_as_if_nobody_had_asked(edge):
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    out = edge.send(head(*upgrade, start=b"GET /p.gif HTTP/1.1") + SMUGGLED)
    assert statuses(out) == [200] and edge.collector.hits == 1
    assert b"connection: close" in out  # or the client would send its next request into the void


@pytest.mark.parametrize("length", [b"0", b"00"])
def test_an_upgrade_with_an_empty_body_waits_for_none(edge, length):
    out = edge.send(head(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: " + length))
    assert statuses(out) == [400] and edge.collector.hits == 0  # as without: an event is missing


@pytest.mark.parametrize("more", [b"", SMUGGLED, b"x" * 100])
@pytest.mark.parametrize(
    ("framed", "body"),
    [
        (b"Content-Length: 11", BODY),
        (CHUNKED, WHOLE + LAST),
    ],
)
def test_the_body_of_a_request_that_asks_for_an_upgrade_is_read_and_nothing_behind_it(edge, framed, body, more):
    asking = head(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk", framed)
    for pieces in ((asking + body + more,), (asking, body[:5], body[5:] + more)):
        out = edge.send(*pieces)
        assert statuses(out) == [204] and b"connection: close" in out
    assert edge.collector.hits == 2
    assert [event.id for event in edge.collector.events] == ["1", "1"]


@pytest.mark.parametrize(
    ("framed", "body", "status"),
    [
        (b"Content-Length: 600000", b"", 413),
        (CHUNKED, b"927c0\r\n" + b"x" * 600_000 + b"\r\n0\r\n\r\n", 413),
        (CHUNKED, b"b\n" + BODY + b"\r\n" + LAST, 400),
        (CHUNKED, WHOLE + b"0\r\nX: y\r\n\r\n", 400),
    ],
)
def test_an_upgrade_lets_no_body_pass_that_would_not_pass_without(edge, framed, body, status):
    assert statuses(edge.send(head(b"Connection: upgrade", b"Upgrade: h2c", framed) + body)) == [status]
    assert edge.collector.hits == 0


def test_it_waits_for_the_body_it_was_asked_to_wait_for(edge):
    with edge.connect() as speaking:
        speaking.sendall(head(b"Expect: 100-continue", b"Content-Length: 11", b"Connection: close"))
        assert speaking.recv(100).startswith(b"HTTP/1.1 100 Continue")
        speaking.sendall(BODY)
        assert speaking.recv(100).startswith(b"HTTP/1.1 204")


# ------------------------------------------------------------------------------------------------------------ limits


def request_line(size: int) -> bytes:
    target = b"/p.gif?a=" + b"b" * (size - len(b"GET /p.gif?a= HTTP/1.1"))
    return get(target)


def headers_of(size: int) -> bytes:
    rest = size - len(HOST) - len(b"Connection: close\r\n") - len(b"X: \r\n")
    return get(b"/p.gif", b"X: " + b"a" * rest)


def many_headers(count: int) -> bytes:
    return get(b"/p.gif", *(b"h%d: v" % number for number in range(count - 2)))


def cookies_of(size: int) -> bytes:
    first = size // 2
    return get(b"/p.gif", b"Cookie: " + b"a" * first, b"Cookie: " + b"b" * (size - first))


def parameters(count: int) -> bytes:
    return get(b"/p.gif?" + b"&".join([b"a=1"] * count))


def event_of(size: int) -> bytes:
    return post(b"/e", b'{"params.x":"' + b"a" * (size - 15) + b'"}')


def batch_of(size: int) -> bytes:
    return post(b"/e", b'[{"params.x":"' + b"a" * (size - 17) + b'"}]')


def chunked_event(size: int) -> bytes:
    body = b'{"params.x":"' + b"a" * (size - 15) + b'"}'
    return head(CHUNKED, b"Connection: close") + b"%x\r\n%s\r\n" % (size, body) + LAST


def fronted_body(size: int) -> bytes:
    return post(b"/g/meta_pixel/tr", b"a" * size, kind=b"application/x-www-form-urlencoded")


def nested(depth: int) -> bytes:
    return post(b"/e", b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1))


KIB = 1024
LIMITS = [
    (request_line, 8 * KIB, 414), (headers_of, 16 * KIB, 431), (many_headers, 100, 431), (cookies_of, 8 * KIB, 431),
    (parameters, 200, 400), (event_of, 64 * KIB, 413), (batch_of, 512 * KIB, 413), (chunked_event, 64 * KIB, 413),
    (fronted_body, 64 * KIB, 413), (nested, 32, 400),
]  # fmt: skip


@pytest.mark.parametrize(("make", "limit", "status"), LIMITS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_limits_hold_to_the_byte(edge, make, limit, status):
    assert edge.status(make(limit - 1)) in (200, 204)
    assert edge.status(make(limit)) in (200, 204)
    assert edge.status(make(limit + 1)) == status


def test_headers_count_for_no_less_without_the_space_that_need_not_be_there():
    size = 2 * KIB
    edge = Edge(Limits(headers_bytes=size)).start()
    try:
        many = b"".join(b"h%d:v\r\n" % number for number in range(90))
        rest = size - len(HOST) - len(b"Connection: close\r\n") - len(many) - 90 - len(b"x: \r\n")
        for more, status in ((0, 200), (1, 431)):
            last = b"x:" + b"a" * (rest + more) + b"\r\nConnection: close\r\n\r\n"
            assert edge.status(PAGE + b"\r\n" + HOST + many + last) == status
    finally:
        edge.stop()


def test_headers_of_one_name_are_counted_each(edge):
    most = 100 - len((b"Host", b"Connection"))
    for more, status in ((0, 200), (1, 431)):
        assert edge.status(get(b"/p.gif", *[b"a: b"] * (most + more))) == status


def test_an_endless_header_line_is_cut_off(edge):
    out = edge.send(PAGE + b"\r\n" + HOST + b"X: ", *[b"a" * 65536] * 40)
    assert statuses(out) in ([431], []) and edge.collector.hits == 0
    assert edge.refused["headers"] == 1


def test_a_body_far_over_the_limit_still_gets_its_answer(edge):
    assert edge.status(post(b"/e", b"a" * (2 << 20))) in (413, 0)
    assert edge.refused["body"] == 1


@pytest.mark.parametrize("start", [b"", b"GET /p.gif", PAGE + b"\r\n" + HOST, PAGE + b"\r\n" + HOST + b"X: a"])
def test_a_head_that_does_not_come_in_time_is_closed(quick, start):
    began = time.monotonic()
    assert quick.send(start) == b""
    assert time.monotonic() - began > 0.3
    assert quick.refused["slow_head"] == 1


def test_trickling_does_not_buy_time(quick):
    with quick.connect() as speaking, pytest.raises(ConnectionError):
        for at in range(200):
            speaking.sendall((b"GET " + b"/" * 200)[at : at + 1])
            time.sleep(0.1)
    assert quick.refused["slow_head"] == 1


def test_a_slow_head_leaves_its_body_less_time():
    edge = Edge(Limits(head_seconds=600, body_seconds=60)).start()
    try:
        with edge.connect() as speaking:
            whole = head(b"Content-Length: 11")
            speaking.sendall(whole[:20])
            edge.until(lambda: [guard.piece for guard in edge.listener._guards()] == [20])
            edge.listener._guards()[0].since -= 61  # so long ago did it begin
            speaking.sendall(whole[20:] + b'{"')
            answer = speaking.recv(4096)
    finally:
        edge.stop()
    assert (answer[9:12], edge.refused["slow_body"]) == (b"408", 1)


def test_a_body_that_does_not_come_in_time_is_refused(quick):
    assert quick.status(head(b"Content-Length: 11") + b'{"') == 408
    assert quick.refused["slow_body"] == 1


def test_an_idle_connection_is_closed(quick):
    out = quick.send(get(b"/p.gif").replace(b"Connection: close\r\n", b""))
    assert statuses(out) == [200] and b"<silence>" not in out


@pytest.mark.parametrize("request_", [get(b"/p.gif?id=marked"), get(b"/nowhere?id=marked"), post(b"/e", b'["marked"]')])
def test_nothing_of_a_request_stays_with_a_connection_that_waits_for_the_next(request_):
    edge = Edge(Limits(idle_seconds=30)).start()
    try:
        with edge.connect() as kept:
            kept.sendall(request_.replace(b"Connection: close", b"Cookie: marked"))
            assert statuses(kept.recv(1000))
            edge.until(lambda: not _held(edge))
    finally:
        edge.stop()


def _held(edge):
    (guard,) = edge.listener._guards()
    return [
        name
        for name, value in vars(guard).items()
        if isinstance(value, Asked | Exchange) or "marked" in repr(value) or guard.phase is not Phase.IDLE
    ]


def test_too_many_connections_are_told_to_come_again():
    edge = Edge(Limits(connections=4, head_seconds=60)).start()
    try:
        waiting = [edge.connect() for _ in range(4)]
        edge.until(lambda: edge.listener.connections == 4)
        out = edge.send(get(b"/p.gif"))
        assert statuses(out) == [503] and b"retry-after: 5" in out
        assert edge.refused["connections"] == 1
        for each in waiting:
            each.close()
        edge.until(lambda: edge.listener.connections < 4)
        assert edge.status(get(b"/p.gif")) == 200
    finally:
        edge.stop()


def test_an_idle_connection_makes_room_for_a_new_one():
    edge = Edge(Limits(connections=2, idle_seconds=30)).start()
    try:
        kept = [edge.connect() for _ in range(2)]
        for each in kept:
            each.sendall(get(b"/p.gif").replace(b"Connection: close\r\n", b""))
            assert each.recv(1000).startswith(b"HTTP/1.1 200")
        assert edge.status(get(b"/p.gif")) == 200
        assert kept[0].recv(1000).endswith(GIF) or kept[0].recv(1000) == b""
        for each in kept:
            each.close()
    finally:
        edge.stop()


def test_every_refusal_is_in_the_closed_list(edge):
    for request in FRAMING.values():
        edge.send(request)
    assert set(edge.refused) <= set(REFUSALS)


def test_an_endless_trailer_is_cut_off(edge):
    edge.send(head(CHUNKED) + WHOLE + b"0\r\nX: ", *[b"a" * 65536] * 100)
    assert edge.refused["body"] + edge.refused["trailer"] == 1 and edge.collector.hits == 0


def test_an_endless_chunk_extension_is_cut_off(edge):
    edge.send(head(CHUNKED) + b"b;", *[b"a" * 65536] * 100)
    assert sum(edge.refused.values()) == 1 and edge.collector.hits == 0


def test_many_small_headers_are_cut_off_before_they_are_many(edge):
    out = edge.send(PAGE + b"\r\n" + HOST, *[b"a: b\r\n" * 10_000] * 20)
    assert statuses(out) in ([431], []) and edge.refused["headers"] == 1


def test_a_body_of_tiny_chunks_is_read(edge):
    assert (
        edge.status(head(CHUNKED, b"Connection: close") + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + LAST)
        == 204
    )


def test_a_client_that_reads_nothing_is_cut_off(quick):
    request = get(b"/p.gif").replace(b"Connection: close\r\n", b"")
    with quick.connect() as speaking, pytest.raises(ConnectionError):
        for _ in range(4000):
            speaking.sendall(request * 100)
    assert quick.status(get(b"/p.gif")) == 200


def test_while_winding_down_each_connection_ends_with_its_next_answer():
    edge = Edge().start()
    try:
        with edge.connect() as speaking:
            request = get(b"/p.gif").replace(b"Connection: close\r\n", b"")
            speaking.sendall(request)
            assert b"connection: close" not in speaking.recv(1000)
            edge.listener.wind_down()
            speaking.sendall(request)
            answer = b""
            while piece := speaking.recv(1000):
                answer += piece
            assert statuses(answer) == [200] and b"connection: close" in answer
    finally:
        edge.stop()
