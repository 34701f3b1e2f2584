"""Shipped manifests that need an access token get it from a server, use it, and replace it when the vendor refuses it."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.addresses import LOOPBACK
from gateway.bearer import Bearer
from gateway.outbound import Erased, Outcome
from gateway.sender import Route, Sender
from gateway.vendors.binding import Binding, problems
from gateway.vendors.checks import fixture_event
from gateway.vendors.request import Destination
from tests.delivering import PATIENT

NOW = 1795428930.0
MARKETO = ("/identity/oauth/token", "/rest/v1/activities/external.json", "/rest/v1/leads/delete.json")
CLOUD = ("/v2/token", "/interaction/v1/events", "/contacts/v1/contacts/actions/delete")


class Vendor:
    """A vendor on this machine that gives tokens to who knows the secret, and takes the one it gave last."""

    def __init__(self, paths, refusal, taken, deleted):
        self.given, self.asked, self.seen, self.refusal = 0, [], [], refusal
        app = web.Application()
        app.router.add_route("*", paths[0], self._give)
        app.router.add_post(paths[1], self._answer)
        app.router.add_post(paths[2], self._answer)
        self.good = {paths[1]: taken, paths[2]: deleted}
        self.server = TestServer(app)

    async def _give(self, request):
        self.asked.append(dict(request.query) or json.loads(await request.text()))
        if self.asked[-1].get("client_secret") != "S3CRET":
            return web.json_response({"error": "invalid_client"}, status=401)
        self.given += 1
        return web.json_response({"access_token": f"t{self.given}", "expires_in": 3599})

    async def _answer(self, request):
        self.seen.append((request.headers.get("Authorization"), json.loads(await request.text())))
        right = self.seen[-1][0] == f"Bearer t{self.given}"
        status, body = self.good[request.path] if right else self.refusal
        return web.json_response(body, status=status)


def marketo(catalogue, secret="S3CRET"):
    settings = {"munchkin_id": "287-GTJ-838", "client_id": "0" * 36, "activities": {"purchase": "100001"}}
    return catalogue.manifests["marketo_activities"], Binding("m", settings, {"client_secret": secret})


def cloud(catalogue, secret="S3CRET"):
    settings = {
        "subdomain": "a" * 30,
        "client_id": "b" * 24,
        "mid": "100012345",
        "journeys": {"purchase": "APIEvent-1"},
    }
    return catalogue.manifests["sfmc_journeys"], Binding("c", settings, {"client_secret": secret})


EXPIRED = (200, {"success": False, "errors": [{"code": "602", "message": "Access token expired"}]})
VENDORS = {
    "marketo": (marketo, MARKETO, EXPIRED, (200, {"success": True, "result": [{"id": 1, "status": "added"}]}),
                (200, {"success": True, "result": [{"id": 7, "status": "deleted"}]}), Erased.DONE),
    "cloud": (cloud, CLOUD, (401, {"message": "Not Authorized"}), (201, {"eventInstanceId": "e"}),
              (200, {"operationInitiated": True, "hasErrors": False}), Erased.ACCEPTED),
}  # fmt: skip


def played(kind, catalogue, scene, secret="S3CRET"):
    bound, paths, refusal, taken, deleted, _ = VENDORS[kind]

    async def run():
        vendor = Vendor(paths, refusal, taken, deleted)
        await vendor.server.start_server()
        manifest, binding = bound(catalogue, secret)
        assert problems(manifest, binding) == []
        destination = Destination(manifest, binding._replace(endpoint=f"http://127.0.0.1:{vendor.server.port}"))
        sender = Sender(lambda: NOW, PATIENT)
        route = Route(destination.hosts, LOOPBACK, token=destination.access)
        try:
            await scene(Bearer(sender, lambda: NOW), route, destination, vendor)
        finally:
            await sender.close()
            await vendor.server.close()

    asyncio.run(run())


def purchase(fixtures):
    event = fixture_event(fixtures["purchase"])
    known = {"id.marketo_lead": "7", "id.user": "u-1"}
    return replace(event, fields={**event.fields, **known}, grants=event.grants | {"functionality_storage"})


@pytest.mark.parametrize("kind", VENDORS)
def test_an_event_goes_with_a_token_and_a_refused_one_is_replaced_once(kind, catalogue, fixtures):
    async def scene(bearer, route, destination, vendor):
        built = destination.build([purchase(fixtures)], NOW)
        for _ in range(2):
            assert destination.outcome(await bearer.send(built.outbound, route)) is Outcome.OK
        assert (vendor.given, [token for token, _ in vendor.seen]) == (1, ["Bearer t1"] * 2)
        vendor.given += 1  # the vendor has forgotten the first
        assert destination.outcome(await bearer.send(built.outbound, route)) is Outcome.OK
        assert [token for token, _ in vendor.seen[2:]] == ["Bearer t1", "Bearer t3"]
        assert all("S3CRET" not in str(seen) for seen in vendor.seen)

    played(kind, catalogue, scene)


@pytest.mark.parametrize("kind", VENDORS)
def test_without_the_right_secret_nothing_of_an_event_leaves(kind, catalogue, fixtures):
    async def scene(bearer, route, destination, vendor):
        built = destination.build([purchase(fixtures)], NOW)
        reply = await bearer.send(built.outbound, route)
        assert (reply.status, reply.sent, vendor.seen) == (401, False, [])
        assert "u-1" not in str(vendor.asked)

    played(kind, catalogue, scene, "wrong")


@pytest.mark.parametrize("kind", VENDORS)
def test_a_person_is_deleted_with_a_token(kind, catalogue):
    async def scene(bearer, route, destination, vendor):
        outbound = destination.erase({"id.marketo_lead": "7", "id.user": "u-1", "email": "ann@mail.example"}, NOW)
        reply = await bearer.send(
            outbound, Route(destination.erasure_hosts, LOOPBACK, token=destination.erasure_access)
        )
        assert destination.erased(reply) is VENDORS[kind][5]
        assert "ann@mail.example" not in str(vendor.seen)

    played(kind, catalogue, scene)
