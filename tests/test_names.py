import asyncio
import socket
import threading
import time

import pytest

from gateway.addresses import LOOPBACK
from gateway.names import Names, ask_the_system


def place(address):
    where = (address, 443, 0, 0) if ":" in address else (address, 443)
    return (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", where)


def resolved(names, host="vendor.example"):
    return [found["host"] for found in asyncio.run(names.resolve(host, 443))]


def test_only_addresses_that_may_be_reached_come_out():
    found = [place("10.0.0.1"), place("8.8.8.8"), place("::1"), place("64:ff9b::808:808"), place("2606:4700::1111")]
    assert resolved(Names((), lambda host, port: found)) == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize("found", [[], [place("127.0.0.1")], [place("::ffff:8.8.8.8"), place("169.254.169.254")]])
def test_a_name_without_such_an_address_is_an_error(found):
    with pytest.raises(OSError, match="no address"):
        resolved(Names((), lambda host, port: found))


def test_a_name_that_cannot_be_looked_up_is_an_error():
    with pytest.raises(OSError, match="cannot be looked up"):
        resolved(Names((), ask_the_system), "a" * 300)

    def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with pytest.raises(OSError, match="cannot be looked up"):
        resolved(Names((), unknown))


def test_the_system_is_asked_and_the_operators_own_network_is_its_word():
    assert "127.0.0.1" in resolved(Names(LOOPBACK, ask_the_system), "localhost")
    with pytest.raises(OSError, match="no address"):
        resolved(Names((), ask_the_system), "localhost")


def test_names_that_hang_keep_no_other_waiting_and_not_the_process():
    hang = threading.Event()

    def lookup(host, port):
        if host != "quick.example":
            hang.wait(60)
        return [place("8.8.8.8")]

    async def run():
        names = Names((), lookup)
        slow = [asyncio.create_task(names.resolve(f"slow-{n}.example", 443)) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.wait_for(names.resolve("quick.example", 443), 20)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    began = time.monotonic()
    asyncio.run(run())
    hang.set()
    assert time.monotonic() - began < 50
