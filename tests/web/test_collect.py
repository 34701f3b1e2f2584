import pytest

from gateway.web.collect import BEGINS
from gateway.web.replies import GIF
from tests.web.edge import get, post, statuses

CANARY = b"canary7f3a"


def parts(out: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    top, _, body = out.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in top.split(b"\r\n")[1:])
    return statuses(out)[0], headers, body


def test_the_pixel_answers_a_gif_that_nobody_keeps(edge):
    status, headers, body = parts(edge.send(get(b"/p.gif?name=page_view")))
    assert (status, body) == (200, GIF)
    assert headers[b"content-type"] == b"image/gif" and headers[b"cache-control"] == b"no-store"
    assert not {b"etag", b"last-modified", b"set-cookie", b"server"} & set(headers)


def test_events_answer_nothing(edge):
    for request in (post(b"/e", b'{"name":"purchase"}'), post(b"/e", b'[{"id":"a"},{"id":"b"}]'), get(b"/e?eid=1")):
        status, headers, body = parts(edge.send(request))
        assert (status, body) == (204, b"") and headers[b"cache-control"] == b"no-store"
    assert len(edge.collector.events) == 4


def test_a_fronted_pixel_answers_what_its_page_expects(edge):
    assert parts(edge.send(get(b"/g/meta_pixel/tr?id=1")))[0::2] == (200, GIF)
    assert parts(edge.send(post(b"/g/ga4_collect/g/collect", b"en=page_view", kind=b"text/plain")))[0] == 204


@pytest.mark.parametrize(
    "target", [b"/g/", b"/g/nobody/tr", b"/g/events/x", b"/g/meta_pixel2", b"/e/", b"/p.gif/x", b"/", b"/E"]
)
def test_other_paths_are_not_found(edge, target):
    assert edge.status(get(target)) == 404
    assert edge.collector.hits == 0


@pytest.mark.parametrize("host", [b"shop.example", b"SHOP.example", b"shop.example:8080", b"shop.test"])
def test_known_hosts_are_served(edge, host):
    assert edge.status(get(b"/p.gif", host=b"Host: " + host + b"\r\n")) == 200


@pytest.mark.parametrize(
    "host",
    [b"evil.example", b"shop.example.evil.example", b"shop.example@evil", b"shop.example:99x", b"", b"shop.example."],
)
def test_other_hosts_are_misdirected(edge, host):
    assert edge.status(get(b"/p.gif", host=b"Host: " + host + b"\r\n")) == 421
    assert edge.collector.hits == 0


def test_hits_are_told_from_everything_else_by_how_their_line_begins():
    ours = (b"/p.gif", b"/p.gif?a=b", b"/e", b"/e?", b"/g/meta_pixel/tr", b"/v1/batch")
    others = (b"/", b"/p.gifs", b"/p.gif/", b"/events", b"/e/", b"/g", b"/v1", b"/v10/", b"/consent", b"/consent?/e")
    assert all((target + b" HTTP/1.1").startswith(BEGINS) for target in ours)
    assert not any((target + b" HTTP/1.1").startswith(BEGINS) for target in others)


def test_a_head_request_is_no_hit(edge):
    out = edge.send(get(b"/p.gif").replace(b"GET", b"HEAD", 1))
    assert statuses(out) == [200] and GIF not in out and edge.collector.hits == 0


def test_options_tell_the_methods_and_are_no_hit(edge):
    status, headers, _ = parts(edge.send(get(b"/e").replace(b"GET", b"OPTIONS", 1)))
    assert status == 204 and headers[b"allow"] == b"get, head, post, options" and edge.collector.hits == 0


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"PATCH", b"TRACE"])
def test_other_methods_are_refused(edge, method):
    assert edge.status(get(b"/e").replace(b"GET", method, 1)) == 405


@pytest.mark.parametrize("origin", [b"https://shop.example", b"https://shop.test", b"http://shop.example:3000"])
def test_pages_of_the_site_may_call_with_their_cookies(edge, origin):
    preflight = get(b"/e", b"Origin: " + origin, b"Access-Control-Request-Method: POST").replace(b"GET", b"OPTIONS", 1)
    for request in (preflight, post(b"/e", b"{}", b"Origin: " + origin)):
        _, headers, _ = parts(edge.send(request))
        assert headers[b"access-control-allow-origin"] == origin
        assert headers[b"access-control-allow-credentials"] == b"true"


@pytest.mark.parametrize(
    "origin",
    [
        b"https://evil.example",
        b"null",
        b"https://shop.example.evil.example",
        b"https://evilshop.example",
        b"*",
        b"file://",
    ],
)
def test_other_pages_are_granted_nothing(edge, origin):
    preflight = get(b"/e", b"Origin: " + origin, b"Access-Control-Request-Method: POST").replace(b"GET", b"OPTIONS", 1)
    for request in (preflight, post(b"/e", b"{}", b"Origin: " + origin)):
        assert b"access-control" not in edge.send(request).lower()


@pytest.mark.parametrize(
    "kind",
    [b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=B", b"application/xml", b"text/plainer"],
)
def test_events_are_json_or_what_a_beacon_sends(edge, kind):
    assert edge.status(post(b"/e", b"{}", kind=kind)) == 415
    assert edge.status(post(b"/e", b"{}", kind=b"text/plain;charset=UTF-8")) == 204


@pytest.mark.parametrize(
    "request_",
    [
        get(b"/p.gif?a=%zz" + CANARY), get(b"/p.gif?a=%ff" + CANARY), get(b"/p.gif?a=%00" + CANARY),
        post(b"/e", b'{"eid": "' + CANARY), post(b"/e", b"\xff" + CANARY), post(b"/e", b"[" * 100_000),
        post(b"/e", b'{"a":1,"a":"' + CANARY + b'"}'), post(b"/e", b'{"a":NaN}'), post(b"/e", b'{"a":' + b"9" * 16 + b"}"),
    ],
)  # fmt: skip
def test_bad_input_is_a_400_that_repeats_nothing(edge, request_):
    out = edge.send(request_)
    assert statuses(out) == [400] and CANARY not in out and b"raceback" not in out
    assert edge.collector.hits == 0 and edge.faults == []


def test_a_full_store_is_a_503_with_retry_after(edge):
    edge.collector.full = True
    status, headers, _ = parts(edge.send(get(b"/p.gif")))
    assert status == 503 and headers[b"retry-after"] == b"7"


def test_a_fault_of_ours_shows_nothing(edge):
    edge.collector.broken = True
    out = edge.send(get(b"/p.gif?x=" + CANARY))
    status, headers, _ = parts(out)
    assert status == 503 and b"retry-after" in headers
    assert b"canary" not in out and edge.faults == ["RuntimeError"]


def test_a_client_that_goes_away_leaves_nothing(edge):
    with edge.connect() as speaking:
        speaking.sendall(post(b"/e", b'{"eid":"1"}')[:-4])
    assert edge.status(get(b"/p.gif?eid=2")) == 200
    assert [event.id for event in edge.collector.events] == ["2"] and edge.faults == []
