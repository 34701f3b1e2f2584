"""A controller hears of each change once, signed, and again until it has taken it."""

import asyncio
import json
from dataclasses import replace

import pytest

from gateway.addresses import LOOPBACK
from gateway.dsr.books import Kept
from gateway.dsr.notices import Notices, Ways
from gateway.dsr.request import Moment, State
from gateway.sender import Sender
from gateway.store.protocols import Sheet
from gateway.web.opendsr.callbacks import Callbacks
from tests.delivering import PATIENT
from tests.web.opendsr.making import DOMAIN, NOW, openssl_verifies, ours, request


class Controller:
    """A controller on loopback, which answers with `statuses`, and 202 after those."""

    def __init__(self, *statuses):
        self.statuses, self.taken = list(statuses), []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        text = await reader.readexactly(int(headers["content-length"]))
        signature = next(line for line in head.split("\r\n") if line.startswith("X-OpenDSR-Signature: "))[21:]
        self.taken.append((head.split("\r\n")[0], headers, text, signature))
        status = self.statuses.pop(0) if self.statuses else 202
        writer.write(
            f"HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


class Shelf:
    """Requests, and a ledger in memory for what was told of them."""

    def __init__(self, *requests):
        self.requests, self.sheets_ = list(requests), {}

    async def all(self, after=""):
        for each in self.requests:
            if each.id > after:
                yield each

    async def load(self, id):
        return next((Kept(each, 1) for each in self.requests if each.id == id), None)

    async def sheet(self, book, key):
        return self.sheets_.get(key)

    async def add(self, book, key, body):
        return self.sheets_.setdefault(key, Sheet(key, 1, body)) is None

    async def rewrite(self, book, key, body, revision):
        if self.sheets_[key].revision != revision:
            return False
        self.sheets_[key] = Sheet(key, revision + 1, body)
        return True

    async def sheets(self, book, after, most):
        return []


class Telling:
    """Notices in which one controller is told by OpenDSR, and nobody else is there."""

    def __init__(self, controller, networks=LOOPBACK):
        self.controller, self.networks = controller, networks
        self.now, self.counted = NOW + 10, []

    def sweep(self, shelf, times=1, later=3_600, voices=True):
        async def run():
            listening = await asyncio.start_server(self.controller.serve, "127.0.0.1", 0)
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/opendsr_callbacks?c=1"
            shelf.requests = [replace(each, callbacks=(url,)) for each in shelf.requests]
            sender = Sender(lambda: NOW, PATIENT)
            told = {"opendsr": Callbacks(sender, ours(), self.networks)} if voices else {}
            notices = Notices(shelf, shelf, Ways("", self._nobody, self.counted.append, lambda: self.now, told))
            for _ in range(times):
                await notices.sweep()
                self.now += later
            await sender.close()
            listening.close()
            return url

        return asyncio.run(run())

    async def _nobody(self, url, id, body):
        raise AssertionError("this is not our own protocol's to tell")


HISTORY = (Moment("received", NOW), Moment("queued", NOW), Moment("running", NOW + 1))


def running(**changed):
    return request(state=State.RUNNING, history=HISTORY, protocol="opendsr", **changed)


def test_each_change_is_told_in_order_and_found_good_by_openssl(tmp_path):
    telling, shelf = Telling(Controller()), Shelf(running())
    url = telling.sweep(shelf, times=2)
    taken = telling.controller.taken
    assert [json.loads(text)["request_status"] for _, _, text, _ in taken] == ["pending", "pending", "in_progress"]
    for line, headers, text, signature in taken:
        assert (line, headers["x-opendsr-processor-domain"]) == ("POST /opendsr_callbacks?c=1 HTTP/1.1", DOMAIN)
        assert json.loads(text)["status_callback_url"] == url
        assert headers["x-opengdpr-processor-domain"] == DOMAIN
        assert headers["x-opengdpr-signature"] == headers["x-opendsr-signature"]
        assert openssl_verifies(tmp_path, ours().certificate, text, signature)
    assert telling.counted == ["delivered"] * 3


def test_what_comes_later_is_told_later_and_nothing_twice():
    telling, shelf = Telling(Controller()), Shelf(running())
    telling.sweep(shelf)
    shelf.requests = [
        replace(shelf.requests[0], state=State.COMPLETED, history=(*HISTORY, Moment("completed", NOW + 2)))
    ]
    telling.sweep(shelf, times=2)
    assert [json.loads(text)["request_status"] for _, _, text, _ in telling.controller.taken[3:]] == ["completed"]


@pytest.mark.parametrize("status", [302, 400, 401, 500])
def test_what_was_not_taken_is_told_again_and_no_redirect_is_followed(status):
    telling, shelf = Telling(Controller(status, status)), Shelf(running())
    telling.sweep(shelf, times=4)
    told = [json.loads(text)["extensions"][DOMAIN]["state"] for _, _, text, _ in telling.controller.taken]
    assert told == ["received", "received", "received", "queued", "running"]
    assert {line for line, *_ in telling.controller.taken} == {"POST /opendsr_callbacks?c=1 HTTP/1.1"}
    assert telling.counted == ["put_off", "put_off", "delivered", "delivered", "delivered"]


def test_a_network_that_nobody_allowed_is_not_reached():
    telling, shelf = Telling(Controller(), networks=()), Shelf(running())
    telling.sweep(shelf)
    assert (telling.controller.taken, telling.counted) == ([], ["put_off"])


def test_where_the_protocol_is_not_spoken_any_more_nobody_is_told_in_another():
    telling, shelf = Telling(Controller()), Shelf(running())
    telling.sweep(shelf, voices=False)
    assert (telling.controller.taken, telling.counted) == ([], [])
