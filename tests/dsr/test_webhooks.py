import asyncio
import base64
import hmac
import json
from ipaddress import ip_network

import pytest

from gateway.addresses import LOOPBACK
from gateway.dsr.webhooks import Hooks, Poster, message
from gateway.sender import Sender
from tests.answering import Answering
from tests.delivering import PATIENT
from tests.dsr.answering import NOW

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = message("dsr.request.changed", NOW, {"id": "0193"})


class Listener(Answering):
    """Takes messages, and keeps what came."""

    def __init__(self, status=204):
        super().__init__()
        self.status, self.came = status, []

    def answer(self, head, body):
        self.came.append((head, body))
        return self.status, "", b""


def posted(status=204, hooks=None, url="http://127.0.0.1:{port}/hook"):
    """Whether a message was taken, and what came."""

    async def run():
        listener, sender = Listener(status), Sender(lambda: NOW, PATIENT)
        async with await asyncio.start_server(listener.serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            poster = Poster(sender, hooks or Hooks(SECRET, networks=LOOPBACK), lambda: NOW)
            taken = await poster.post(url.format(port=port), "0193.1", BODY)
            await sender.close()
        return taken, listener.came

    return asyncio.run(run())


def test_a_message_is_signed_so_that_its_reader_can_tell():
    taken, ((head, body),) = posted()
    headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
    signed = f"0193.1.{NOW}.".encode() + body
    expected = base64.b64encode(hmac.digest(bytes(range(32)), signed, "sha256")).decode()
    assert (taken, body) == (True, BODY)
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("0193.1", str(NOW))
    assert headers["webhook-signature"] == f"v1,{expected}".lower()
    assert json.loads(body) == {
        "type": "dsr.request.changed",
        "timestamp": "2026-11-23T10:20:00Z",
        "data": {"id": "0193"},
    }


@pytest.mark.parametrize(("status", "taken"), [(200, True), (202, True), (302, False), (400, False), (500, False)])
def test_only_a_good_answer_says_that_it_was_taken(status, taken):
    assert posted(status)[0] is taken


@pytest.mark.parametrize(
    "hooks", [Hooks(), Hooks(SECRET), Hooks(SECRET, networks=(ip_network("10.0.0.0/8"),)), Hooks("", networks=LOOPBACK)]
)
def test_nothing_leaves_without_a_secret_or_for_an_address_that_nobody_allowed(hooks):
    assert posted(hooks=hooks) == (False, [])


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://127.0.0.1:{port}/", "http://u:p@127.0.0.1:{port}/", "http://[", "http://127.0.0.1:{port}/#x"],
)
def test_what_is_no_address_is_called_by_nobody(url):
    assert posted(url=url) == (False, [])


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://ctl.example/hook?x=1", True), ("https://ctl.example:443/", True), ("https://ctl.example:8443/", True),
        ("https://ctl.example:9/", False), ("http://ctl.example/", False), ("https://other.example/", False),
        ("https://ctl.example.other.example/", False), ("https://ctl.example@other.example/", False), ("", False),
        ("https://other.example/#@ctl.example", False), ("file:///etc/passwd", False), ("https://CTL.example/", True),
        ("https://127.0.0.1/", False),
    ],
)  # fmt: skip
def test_a_client_may_have_called_what_is_on_the_list(url, may):
    assert Hooks(SECRET, frozenset({"ctl.example", "ctl.example:8443"})).may_call(url) is may


def test_without_a_secret_no_client_may_have_anything_called():
    assert not Hooks("", frozenset({"ctl.example"})).may_call("https://ctl.example/")


def test_plain_http_is_for_ones_own_networks():
    assert Hooks(SECRET, frozenset({"ctl.example"}), LOOPBACK).may_call("http://ctl.example/")
