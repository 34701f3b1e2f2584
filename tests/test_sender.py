import asyncio
import gzip
import ssl
import time
from contextlib import asynccontextmanager
from functools import partial

import pytest

from gateway.addresses import LOOPBACK
from gateway.outbound import Outbound, Reply
from gateway.sender import BODY_BYTES, SHORT_BYTES, Forbidden, Outdated, Route, Sender, Timeouts, retry_after
from tests.certificates import certificate
from tests.delivering import PATIENT

NOW = 1_700_000_000.0
HASTY = Timeouts(connect=3.0, total=3.0)


@asynccontextmanager
async def vendor(answer, tls=None):
    """A server that does with each connection what `answer(reader, writer)` says, and keeps what it was sent."""
    got = []

    async def serve(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(x[15:]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")), 0)
            got.append(head + await reader.readexactly(length))
            await answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], got
    finally:
        server.close()


def writes(text):
    async def answer(writer):
        writer.write(text)

    return answer


def reply(status=200, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {len(body)}", "", ""]
    return writes("\r\n".join(lines).encode() + body)


def exchange(answer, outbound=None, timeouts=None, **other):
    """One request to a server that answers so: the reply, and what the server was sent."""

    async def run():
        async with vendor(answer, other.pop("server_tls", None)) as (port, got):
            sender = Sender(lambda: NOW, timeouts or Timeouts(), other.pop("tls", None))
            scheme, host = other.pop("scheme", "http"), other.pop("host", "127.0.0.1")
            request = outbound or Outbound("POST", "/in", {"Content-Type": "application/json"}, b"{}")
            request = Outbound(request.method, f"{scheme}://{host}:{port}{request.url}", request.headers, request.body)
            route = Route(frozenset({f"{host}:{port}"}), LOOPBACK)
            try:
                return await sender.send(request, route), got
            finally:
                await sender.close()

    return asyncio.run(run())


def test_nothing_leaves_but_the_outbound_and_four_headers_of_the_senders_own():
    answer, (got,) = exchange(reply(200, "X-Note: yes", body=b"fine"))
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    names = sorted(line.partition(":")[0] for line in lines[1:])
    assert (lines[0], body) == ("POST /in HTTP/1.1", b"{}")
    assert names == ["Accept-Encoding", "Content-Length", "Content-Type", "Host", "User-Agent"]
    assert {"Accept-Encoding: identity", "User-Agent: consent-gateway"} <= set(lines)
    assert (answer.status, answer.sent, answer.body, answer.headers["x-note"]) == (200, True, b"fine", "yes")


@pytest.mark.parametrize("size", [0, 1, SHORT_BYTES, SHORT_BYTES + 1, SHORT_BYTES * 30])
def test_a_body_of_any_size_leaves_whole_and_gets_no_type_of_its_own(size):
    answer, (got,) = exchange(reply(204), Outbound("POST", "/in?a=b", {}, b"x" * size))
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert (answer.status, first, body) == (204, "POST /in?a=b HTTP/1.1", b"x" * size)
    names = sorted(line.partition(":")[0] for line in lines)
    assert names == ["Accept-Encoding", "Content-Length", "Host", "User-Agent"]


def test_the_environment_adds_no_proxy_and_no_credentials(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://user:secret@127.0.0.1:9")
    answer, (got,) = exchange(reply(204))
    assert (answer.status, b"uthorization" in got) == (204, False)


def test_a_cookie_of_a_vendor_is_not_sent_back():
    async def run():
        async with vendor(reply(204, "Set-Cookie: id=1; Path=/")) as (port, got):
            sender = Sender(lambda: NOW)
            route = Route(frozenset({f"127.0.0.1:{port}"}), LOOPBACK)
            for _ in range(2):
                await sender.send(Outbound("GET", f"http://127.0.0.1:{port}/", {}), route)
            await sender.close()
            return got

    assert [b"ookie" in text for text in asyncio.run(run())] == [False, False]


@asynccontextmanager
async def talker(serve):
    """A server that does with each connection what it likes, and a sender that may go there: where, and how often."""
    accepted = []

    async def accept(reader, writer):
        accepted.append(writer)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, sender = f"127.0.0.1:{server.sockets[0].getsockname()[1]}", Sender(lambda: NOW)
    try:
        yield partial(sender.send, route=Route(frozenset({host}), LOOPBACK)), f"http://{host}/", accepted
    finally:
        await sender.close()
        server.close()
        await asyncio.gather(*[writer.wait_closed() for writer in accepted], return_exceptions=True)


@pytest.mark.parametrize("size", [2, SHORT_BYTES + 1])
def test_what_comes_on_a_kept_connection_before_it_is_used_again_is_no_answer_to_what_follows(size):
    used, spoilt = asyncio.Event(), asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(size)
        if spoilt.is_set():
            writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Yes\r\nContent-Length: 0\r\n\r\n")
        await used.wait()
        writer.write(b"HTTP/1.1 200 Unasked\r\nContent-Length: 0\r\n\r\n")
        spoilt.set()
        await reader.read()

    async def run():
        async with talker(serve) as (send, url, accepted):
            outbound = Outbound("POST", url, {}, b"x" * size)
            first = await send(outbound)
            used.set()
            await spoilt.wait()
            await asyncio.sleep(0.1)  # one loop serves both ends: what is written is read before a timer is looked at
            second = await send(outbound)
            return first.status, second.status, len(accepted)

    assert asyncio.run(run()) == (200, 500, 2)


def test_a_vendor_that_answers_before_it_is_asked_gets_nothing():
    got = []

    async def serve(reader, writer):
        writer.write(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n")
        got.append(await reader.read())

    async def later():
        await asyncio.sleep(0.1)
        return True

    async def run():
        async with talker(serve) as (send, url, accepted):
            return await send(Outbound("POST", url, {}, b"{}"), still=later), len(accepted)

    assert asyncio.run(run()) == (Reply(0, sent=False), 2)
    assert got == [b"", b""]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status):
    answer, got = exchange(reply(status, "Location: /elsewhere"))
    assert (answer.status, len(got)) == (status, 1)


def test_the_body_of_an_answer_is_read_up_to_a_bound():
    answer, _ = exchange(reply(200, body=b"x" * (BODY_BYTES * 20)))
    assert (answer.status, len(answer.body)) == (200, BODY_BYTES)


def test_a_compressed_answer_is_never_unpacked():
    bomb = gzip.compress(bytes(50 << 20))
    answer, _ = exchange(reply(200, "Content-Encoding: gzip", body=bomb))
    assert answer.body == bomb[:BODY_BYTES]


async def reset(writer):
    writer.transport.abort()


async def hang(writer):
    await asyncio.sleep(600)


async def drip(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "answer",
    [reset, writes(b"what is this\r\n\r\n"), writes(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nshort")],
    ids=["reset", "garbage", "truncated"],
)
def test_a_vendor_that_gives_no_whole_answer_has_given_none_but_may_have_the_request(answer):
    assert exchange(answer, timeouts=PATIENT)[0] == Reply(0, sent=True)


@pytest.mark.parametrize("answer", [hang, drip], ids=["hang", "slow"])
def test_nobody_waits_longer_for_an_answer_than_it_may_take(answer):
    began = time.monotonic()
    got, _ = exchange(answer, timeouts=HASTY)
    assert (got, time.monotonic() - began < 60) == (Reply(0, sent=True), True)


def test_nothing_was_sent_where_nobody_listens():
    async def run():
        async with vendor(reply(200)) as (port, _):
            pass
        sender = Sender(lambda: NOW)
        route = Route(frozenset({f"127.0.0.1:{port}"}), LOOPBACK)
        answer = await sender.send(Outbound("GET", f"http://127.0.0.1:{port}/", {}), route)
        await sender.close()
        return answer

    assert asyncio.run(run()) == Reply(0, sent=False)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120.0),
        ("Tue, 14 Nov 2023 22:10:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("١٢", None),
        ("9" * 40, None),
        ("Tue, 99 Nov 2023 22:15:20 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value, seconds):
    assert retry_after(value, NOW) == seconds
    if value.isascii():
        assert exchange(reply(429, f"Retry-After: {value}"))[0].retry_after == seconds


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example/", "https://other.example/", "https://vendor.example:8443/", "ftp://vendor.example/",
        "https://vendor.example@other.example/", "https://user:pass@vendor.example/", "//vendor.example/", "https://",
        "https://vendor.example.evil.example/", "file:///etc/passwd", "https://vendor.example:99999/",
    ],
)  # fmt: skip
def test_a_url_outside_of_the_route_is_forbidden_before_anything_is_opened(url):
    async def run():
        sender = Sender(lambda: NOW)
        with pytest.raises(Forbidden):
            await sender.send(Outbound("GET", url, {}), Route(frozenset({"vendor.example"})))
        await sender.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "a=b"},
        {"Host": "other"},
        {"content-length": "1"},
        {"Transfer-Encoding": "chunked"},
        {"X": "a\r\nB: c"},
    ],
)
def test_a_header_that_is_not_a_manifests_to_set_is_forbidden(headers):
    with pytest.raises(Forbidden):
        exchange(reply(200), Outbound("GET", "/", headers))


@pytest.mark.parametrize(
    ("host", "days", "trusted", "status"),
    [
        ("localhost", (-1, 30), True, 204),
        ("localhost", (-1, 30), False, 0),
        ("elsewhere.example", (-1, 30), True, 0),
        ("localhost", (-30, -2), True, 0),
    ],
    ids=["right", "self-signed", "wrong host", "expired"],
)
def test_a_vendor_is_spoken_to_only_under_a_certificate_that_holds(tmp_path, host, days, trusted, status):
    path = certificate(tmp_path / "pair.pem", host, days)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context()
    if trusted:
        client.load_verify_locations(path)
    answer, got = exchange(reply(204), scheme="https", host="localhost", server_tls=server, tls=client)
    assert (answer.status, len(got)) == (status, 1 if status else 0)
    assert answer.sent is (status == 204)


def test_a_context_that_verifies_nothing_is_refused():
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="verify"):
        Sender(lambda: NOW, tls=context)


def test_no_context_speaks_less_than_tls_1_2():
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    Sender(lambda: NOW, tls=context)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def append(url, route, body=b'{"a":1}'):
    async def run():
        return await Sender(lambda: NOW).send(Outbound("APPEND", url, {}, body), route)

    return asyncio.run(run())


def test_a_line_is_appended_to_a_file_of_the_directory_and_readable_by_its_owner_alone(tmp_path):
    url, route = f"file://{tmp_path}/events.jsonl", Route(directory=tmp_path)
    assert [append(url, route).status, append(url, route, b"two\n").status] == [200, 200]
    path = tmp_path / "events.jsonl"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b'{"a":1}\ntwo\n', 0o600)


@pytest.mark.parametrize("name", ["../escape", "sub/file", "a%2f..%2fb"])
def test_a_file_outside_of_the_directory_is_forbidden(tmp_path, name):
    with pytest.raises(Forbidden):
        append(f"file://{tmp_path}/{name}", Route(directory=tmp_path / "data"))
    with pytest.raises(Forbidden):
        append(f"file://{tmp_path}/name", Route())


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path):
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "target")
    assert append(f"file://{tmp_path}/events.jsonl", Route(directory=tmp_path)) == Reply(0, sent=False)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("kept", [False, True])
def test_a_request_is_looked_at_when_its_connection_is_there_and_if_it_is_not_right_no_byte_of_it_leaves(kept):
    async def run():
        arrived, got = [], []

        async def serve(reader, writer):
            arrived.append(1)
            while head := await reader.read(65_536):
                got.append(head)
                writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async def still():
            looked.append(len(arrived))
            return len(looked) > 1

        looked = []
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sender, route = Sender(lambda: NOW), Route(frozenset({f"127.0.0.1:{port}"}), LOOPBACK)
        outbound = Outbound("POST", f"http://127.0.0.1:{port}/in", {}, b"{}")
        if kept:
            await sender.send(outbound, route)
        before = len(got)
        try:
            with pytest.raises(Outdated):
                await sender.send(outbound, route, still)
            await asyncio.sleep(0.05)
            return looked[0], len(got) - before, (await sender.send(outbound, route, still)).status
        finally:
            await sender.close()
            server.close()

    assert asyncio.run(run()) in [(1, 0, 200), (0, 0, 200)]


def test_a_file_is_not_written_where_that_is_not_right_any_more(tmp_path):
    async def no():
        return False

    outbound = Outbound("APPEND", f"file://{tmp_path}/out", {}, b"line")
    with pytest.raises(Outdated):
        asyncio.run(Sender(lambda: NOW).send(outbound, Route(directory=tmp_path), no))
    assert not list(tmp_path.iterdir())
