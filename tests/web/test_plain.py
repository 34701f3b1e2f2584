import pytest

from gateway.web.plain import Plain
from tests.web.edge import HOST

GET = b"GET /p.gif?eid=1 HTTP/1.1\r\n" + HOST
END = b"\r\n"
PLAIN = {
    "a request of a browser": GET + b"User-Agent: a\r\nConnection: keep-alive\r\nCookie: b=c; d=e\r\n" + END,
    "nothing but its host": GET + END,
    "names in any case": GET.replace(b"Host", b"hOST") + b"CONNECTION: Keep-Alive\r\n" + END,
    "a body of no bytes": GET + b"Content-Length: 0\r\n" + END,
    "a header that looks like another": GET + b"X-Content-Length: 5\r\nX: Connection: close\r\n" + END,
}
OTHER = {
    "another method": GET.replace(b"GET", b"HEAD") + END,
    "a whole POST": GET.replace(b"GET", b"POST") + b"Content-Length: 2\r\n" + END + b"{}",
    "a body": GET + b"Content-Length: 2\r\n" + END + b"{}",
    "a body that ends as a head does": GET + b"Content-Length: 4\r\n" + END + b"\r\n\r\n",
    "a body to come": GET + b"content-length: 30\r\n" + END,
    "chunks": GET + b"Transfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n",
    "two lengths": GET + b"Content-Length: 0\r\nContent-Length: 0\r\n" + END,
    "an unknown coding": GET + b"Transfer-Encoding: identity\r\n" + END,
    "the last of its connection": GET + b"Connection: close\r\n" + END,
    "the last of its connection in other words": GET + b"connection:keep-alive, CLOSE\r\n" + END,
    "an upgrade": GET + b"Connection: upgrade\r\nUpgrade: websocket\r\n" + END,
    "an older version": GET.replace(b"1.1", b"1.0") + END,
    "an older version that stays": GET.replace(b"1.1", b"1.0") + b"Connection: keep-alive\r\n" + END,
    "two requests": (GET + END) * 2,
    "one and the beginning of another": GET + END + b"GET /",
    "one and the head of another": GET + END + GET.replace(b"GET", b"POST") + b"Content-Length: 2\r\n" + END,
    "a part of a head": GET,
    "a part of its end": GET + END[:1],
    "bare line feeds": (GET + END).replace(b"\r\n", b"\n"),
    "a folded line": GET + b"X: a\r\n b\r\n" + END,
    "a space before a colon": GET + b"Content-Length : 2\r\n" + END,
    "no request": b"\x16\x03\x01\x02\x00" + END * 2,
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_whole_get_is_plain(name):
    assert Plain().is_one(PLAIN[name])


@pytest.mark.parametrize("name", OTHER)
def test_everything_else_is_not(name):
    assert not Plain().is_one(OTHER[name])


@pytest.mark.parametrize("name", OTHER)
def test_what_came_before_on_other_connections_changes_nothing(name):
    plain = Plain()
    for _ in range(2):
        assert plain.is_one(GET + END) and not plain.is_one(OTHER[name])
    assert plain.is_one(GET + END)
