"""Requests carry an access token that is got once, kept while it is good, and replaced when the vendor refuses it."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.addresses import LOOPBACK
from gateway.bearer import MARGIN, Bearer
from gateway.outbound import Outbound, Reply
from gateway.sender import Outdated, Route, Sender
from tests.delivering import PATIENT


class Giver:
    """How tokens are got here: by one request, or by none."""

    lifetime = 0.0

    def __init__(self, asks, stale=()):
        self.asks, self.stale = asks, stale

    def request(self, now):
        return self.asks

    def refused(self, reply):
        return reply.status == 401 or reply.body in self.stale


class Google:
    """A server on this machine that gives tokens and takes those it gave last."""

    def __init__(self):
        self.given, self.seen, self.token_reply = 0, [], None
        self.refusing, self.endless = b"", False
        app = web.Application()
        app.router.add_post("/token", self._give)
        app.router.add_post("/events", self._take)
        self.server = TestServer(app)

    async def _give(self, request):
        await asyncio.sleep(0.01)
        if self.token_reply is not None:
            status, body = self.token_reply
            return web.Response(status=status, text=body)
        self.given += 1
        ends = {} if self.endless else {"expires_in": 3599}
        return web.json_response({"access_token": f"t{self.given}", "token_type": "Bearer", **ends})

    async def _take(self, request):
        self.seen.append(request.headers.get("Authorization"))
        return web.Response(status=200 if self.seen[-1] == f"Bearer t{self.given}" else 401, body=self.refusing)


def played(scene):
    """Run a scene with a bearer, a route, a request, the server and a clock that can be set."""

    async def run():
        google, clock = Google(), [1000.0]
        await google.server.start_server()
        base = f"http://127.0.0.1:{google.server.port}"
        sender = Sender(lambda: clock[0], PATIENT)
        host = frozenset((f"127.0.0.1:{google.server.port}",))
        asks = Outbound("POST", f"{base}/token", {}, b"assertion")
        route = Route(host, LOOPBACK, token=Giver(asks))
        try:
            await scene(
                Bearer(sender, lambda: clock[0]), route, Outbound("POST", f"{base}/events", {}, b"{}"), google, clock
            )
        finally:
            await sender.close()
            await google.server.close()

    asyncio.run(run())


def test_many_requests_share_one_token():
    async def scene(bearer, route, outbound, google, clock):
        replies = await asyncio.gather(*(bearer.send(outbound, route) for _ in range(20)))
        assert {reply.status for reply in replies} == {200}
        assert (google.given, set(google.seen)) == (1, {"Bearer t1"})

    played(scene)


def test_a_token_is_replaced_before_it_ends():
    async def scene(bearer, route, outbound, google, clock):
        await bearer.send(outbound, route)
        clock[0] += 3599 - MARGIN - 1
        await bearer.send(outbound, route)
        assert google.given == 1
        clock[0] += 2
        assert (await bearer.send(outbound, route)).status == 200
        assert google.given == 2

    played(scene)


def test_a_token_that_is_refused_is_replaced_once_and_the_request_sent_again():
    async def scene(bearer, route, outbound, google, clock):
        await bearer.send(outbound, route)
        google.given += 1  # whoever gave t1 has forgotten it
        assert (await bearer.send(outbound, route)).status == 200
        assert google.seen == ["Bearer t1", "Bearer t1", "Bearer t3"]

    played(scene)


def test_many_that_are_refused_together_ask_for_one_new_token():
    async def scene(bearer, route, outbound, google, clock):
        await bearer.send(outbound, route)
        google.given += 1
        replies = await asyncio.gather(*(bearer.send(outbound, route) for _ in range(20)))
        assert {reply.status for reply in replies} == {200}
        assert google.given == 3

    played(scene)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ((400, '{"error": "invalid_grant"}'), Reply(401, sent=False)),
        ((401, ""), Reply(401, sent=False)),
        ((200, "no json"), Reply(401, sent=False)),
        ((200, json.dumps({"access_token": "a\nb", "expires_in": 5})), Reply(401, sent=False)),
        ((200, json.dumps({"access_token": "t", "expires_in": "soon"})), Reply(401, sent=False)),
        ((302, ""), Reply(401, sent=False)),
        ((503, ""), Reply(0, sent=False)),
        ((429, ""), Reply(0, sent=False)),
    ],
)
def test_without_a_token_nothing_leaves(answer, reply):
    async def scene(bearer, route, outbound, google, clock):
        google.token_reply = answer
        assert await bearer.send(outbound, route) == reply
        assert google.seen == []

    played(scene)


def test_a_key_that_cannot_sign_sends_nothing():
    async def scene(bearer, route, outbound, google, clock):
        mute = Route(route.hosts, LOOPBACK, token=Giver(None))
        assert await bearer.send(outbound, mute) == Reply(401, sent=False)
        assert (google.given, google.seen) == (0, [])

    played(scene)


def test_a_route_that_needs_no_token_carries_none():
    async def scene(bearer, route, outbound, google, clock):
        await bearer.send(outbound, Route(route.hosts, LOOPBACK))
        assert (google.given, google.seen) == (0, [None])

    played(scene)


def test_a_vendor_that_refuses_a_token_in_the_body_gets_a_new_one_once():
    async def scene(bearer, route, outbound, google, clock):
        await bearer.send(outbound, route)
        google.refusing = b"601"
        route.token.stale = (b"601",)
        reply = await bearer.send(outbound, route)
        assert (reply.body, google.given) == (b"601", 2)

    played(scene)


def test_a_token_whose_answer_says_no_end_is_kept_as_long_as_the_manifest_says():
    async def scene(bearer, route, outbound, google, clock):
        google.endless = True
        route.token.lifetime = 900.0
        for wait in (0, 900 - MARGIN - 1, 2):
            clock[0] += wait
            assert (await bearer.send(outbound, route)).status == 200
        assert google.given == 2

    played(scene)


def test_whether_a_request_is_still_right_is_asked_when_its_token_is_there():
    async def scene(bearer, route, outbound, google, clock):
        given = []

        async def still():
            given.append(google.given)
            return False

        with pytest.raises(Outdated):
            await bearer.send(outbound, route, still)
        assert (given, google.seen) == ([1], [])

    played(scene)
