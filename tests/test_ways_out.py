"""Whatever an address, a name, a header or an answer says: nobody is connected to but the hosts of a route."""

import asyncio
import contextlib
import socket
from ipaddress import ip_address, ip_network

import pytest

from gateway.addresses import LOOPBACK, may_reach
from gateway.outbound import Outbound, Reply
from gateway.sender import Forbidden, Route, Sender, Timeouts
from tests.spellings import BAIT, HOSTS, private_address, trap

NOW = 1_700_000_000.0
QUICK = Timeouts(connect=1.0, total=1.0)


@contextlib.contextmanager
def traps():
    """A trap at each kind of address of this machine, all on one port."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(trap("127.0.0.1"))
        set_up = [first]
        for host in ("::1", private_address(), "127.0.0.2"):
            with contextlib.suppress(OSError):
                set_up.append(stack.enter_context(trap(host, first.port)))
        assert len(set_up) >= 3
        yield set_up


def with_port(host, port):
    return f"{host}:{port}" if not host.endswith(("#", "?")) else f"{host[:-1]}:{port}{host[-1]}"


async def tried(sender, url, hosts, headers=None):
    """The reply, or None where the request was not even allowed."""
    try:
        return await sender.send(Outbound("POST", url, headers or {}, b"{}"), Route(frozenset(hosts)))
    except Forbidden:
        return None


async def at_once(urls, lookup=None):
    sender = Sender(lambda: NOW, QUICK, **({"lookup": lookup} if lookup else {}))
    try:
        return await asyncio.gather(*(tried(sender, url, hosts) for url, hosts in urls))
    finally:
        await sender.close()


def never_answers(replies):
    return {reply for reply in map(str, replies)} <= {"None", str(Reply(0, sent=False))}


def test_no_spelling_of_an_address_leads_to_this_machine_even_where_the_route_names_it():
    with traps() as set_up:
        port = set_up[0].port
        urls = []
        for host in HOSTS:
            named = {host, with_port(host, port), host.strip("[]"), host.lower(), host.rstrip("."), "127.0.0.1", "::1"}
            named |= {f"127.0.0.1:{port}", f"[::1]:{port}", f"localhost:{port}"}
            urls += [(f"{scheme}://{with_port(host, port)}/in", named) for scheme in ("https", "http")]
        replies = asyncio.run(at_once(urls, lookup=socket.getaddrinfo))
        assert [each.sprung() for each in set_up] == [0] * len(set_up)
    assert never_answers(replies)
    assert len(HOSTS) >= 60


def test_no_spelling_of_an_address_passes_for_a_vendors_host():
    with traps() as set_up:
        urls = [(f"https://{with_port(host, set_up[0].port)}/", {"vendor.example"}) for host in HOSTS]
        urls += [(bait.format(f"127.0.0.1:{set_up[0].port}"), {"vendor.example"}) for bait in BAIT]
        replies = asyncio.run(at_once(urls, lookup=nowhere))
        assert [each.sprung() for each in set_up] == [0] * len(set_up)
    assert never_answers(replies)


def nowhere(host, port):
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def places(addresses, port):
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
        if ":" in address
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
        for address in addresses
    ]


def test_a_vendors_name_that_stands_for_this_machine_is_not_connected_to():
    inner = [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        private_address(),
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ]
    with traps() as set_up:
        host = f"vendor.example:{set_up[0].port}"
        found = [private for private in inner if not may_reach(ip_address(private))]
        for some in [found, *([one] for one in found)]:
            known = places(some, set_up[0].port)
            replies = asyncio.run(at_once([(f"https://{host}/", {host})], lookup=lambda name, port, known=known: known))
            assert replies == [Reply(0, sent=False)]
        assert [each.sprung() for each in set_up] == [0] * len(set_up)


class Answering:
    """A vendor that answers each connection with the same words and then closes it."""

    def __init__(self, text):
        self.text = text
        self.heads = []

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.text)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def vendor(text, host="127.0.0.2"):
    answering = Answering(text)
    server = await asyncio.start_server(answering.serve, host, 0)
    try:
        yield answering, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize("mixed", [False, True], ids=["flips", "mixes"])
def test_a_name_that_means_something_else_the_second_time_leads_nowhere_the_second_time(mixed):
    """The vendor is at 127.0.0.2, which the operator allows; the trap is at 127.0.0.1, which nobody does."""
    asked = []

    def lookup(name, port):
        asked.append(name)
        good, bad = places(["127.0.0.2"], port), places(["127.0.0.1", "::1"], port)
        if mixed:
            return [*bad, *good]
        return good if len(asked) == 1 else bad

    async def run():
        async with vendor(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") as (answering, port):
            with trap("127.0.0.1", port) as one:
                route = Route(frozenset({f"vendor.example:{port}"}), (LOOPBACK_TWO,))
                outbound = Outbound("POST", f"http://vendor.example:{port}/", {}, b"{}")
                sender = Sender(lambda: NOW, QUICK, lookup=lookup)
                first = await sender.send(outbound, route)
                looked_up = len(asked)
                await sender.close()
                second = await sender.send(outbound, route)
                await sender.close()
                return first.status, looked_up, second, one.sprung(), answering.heads

    first, looked_up, second, sprung, heads = asyncio.run(run())
    assert (first, looked_up, sprung) == (204, 1, 0)
    assert second.status == (204 if mixed else 0)
    assert all(b"Host: vendor.example:" in head for head in heads)


LOOPBACK_TWO = ip_network("127.0.0.2/32")


def moved(status, where):
    other = f"Refresh: 0; url={where}\r\nLink: <{where}>; rel=preload\r\nContent-Location: {where}\r\n"
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\n{other}Connection: close\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


def test_no_answer_leads_anywhere():
    async def run():
        with trap("127.0.0.1") as one:
            async with vendor(b"") as (answering, port):
                sender = Sender(lambda: NOW, QUICK)
                outbound = Outbound("POST", f"http://127.0.0.2:{port}/", {}, b"{}")
                route = Route(frozenset({f"127.0.0.2:{port}"}), LOOPBACK)
                statuses = set()
                for status in (301, 302, 303, 307, 308, 201, 300):
                    for bait in BAIT:
                        answering.text = moved(status, bait.format(f"127.0.0.1:{one.port}").splitlines()[0])
                        statuses.add((await sender.send(outbound, route)).status)
                await sender.close()
                return one.sprung(), statuses - {0}, len(answering.heads)

    assert asyncio.run(run()) == (0, {201, 300, 301, 302, 303, 307, 308}, 7 * len(BAIT))


def test_nothing_of_the_environment_leads_elsewhere(monkeypatch, tmp_path):
    async def run():
        with trap("127.0.0.1") as one:
            for name in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"):
                for spelled in (name, name.upper()):
                    monkeypatch.setenv(spelled, f"http://user:secret@127.0.0.1:{one.port}")
            (tmp_path / ".netrc").write_text("machine 127.0.0.2 login user password secret\n")
            (tmp_path / ".netrc").chmod(0o600)
            monkeypatch.setenv("HOME", str(tmp_path))
            monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
            async with vendor(b"HTTP/1.1 204 No Content\r\n\r\n") as (answering, port):
                sender = Sender(lambda: NOW, QUICK)
                route = Route(frozenset({f"127.0.0.2:{port}"}), LOOPBACK)
                reply = await sender.send(Outbound("POST", f"http://127.0.0.2:{port}/", {}, b"{}"), route)
                await sender.close()
            return reply.status, answering.heads, one.sprung()

    status, (head,), sprung = asyncio.run(run())
    assert (status, b"secret" in head, b"uthorization" in head, sprung) == (204, False, False, 0)


def test_without_tls_only_the_operators_own_network_is_reached():
    """A public address that a name of an own network means all of a sudden gets nothing in clear."""
    asked = []

    def lookup(name, port):
        asked.append(name)
        return places(["8.8.8.8"], port)

    async def run():
        sender = Sender(lambda: NOW, QUICK, lookup=lookup)
        reply = await sender.send(
            Outbound("POST", "http://hook.internal/", {}), Route(frozenset({"hook.internal"}), LOOPBACK)
        )
        await sender.close()
        return reply

    assert (asyncio.run(run()), asked) == (Reply(0, sent=False), ["hook.internal"])
