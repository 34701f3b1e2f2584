"""A refusal that a page packed into a value, or wrapped in gzip, counts on the whole way as any other does."""

import base64
import gzip
import json
import secrets
from dataclasses import replace

import pytest

from gateway.bootstrap.collecting import Heard, collector
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.salt import DailySalt
from gateway.hit import Hit
from gateway.region.databases import Database, Databases
from gateway.region.locate import Locator
from tests.bootstrap.configuration import GATEWAY, write

PEER = "93.184.216.34"
PLACES = Databases((Database("table", lambda address: ("US-WY",)),))
EVENT = {"event": "Purchase", "properties": {"token": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "price": 9}}
REFUSED = {**EVENT, "properties": {**EVENT["properties"], "us_privacy": "1YYN"}}


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """To whom a hit of Mixpanel's pixel goes, where nobody has to be asked."""
    config = write(
        tmp_path_factory.mktemp("way"), GATEWAY.replace("sources: [meta_pixel]", "sources: [mixpanel_track]")
    )
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    built = replace(built, locator=Locator(databases=PLACES))

    def sent(query="", body=b"", kind=b"application/x-www-form-urlencoded"):
        headers = {b"content-type": [kind]} if body else {}
        method = "POST" if body else "GET"
        hit = Hit(method, "/track/", query, headers, body, PEER, 1_795_600_000.0, "shop", "mixpanel_track")
        return {event.destination for each in built.weigh(hit) for event in each.events}

    return sent


def packed(event):
    return base64.urlsafe_b64encode(json.dumps(event).encode()).decode()


def test_a_packed_refusal_counts(sent):
    assert sent(f"data={packed(EVENT)}") == {"meta"}
    assert sent(f"data={packed(REFUSED)}") == set()


def test_so_does_one_in_a_body_that_is_wrapped(sent):
    for body, goes in ((f"data={packed(EVENT)}", {"meta"}), (f"data={packed(EVENT)}&us_privacy=1YYN", set())):
        assert sent(body=body.encode()) == goes
        assert sent(body=gzip.compress(body.encode())) == goes


def test_and_one_that_is_packed_and_wrapped(sent):
    assert sent(body=gzip.compress(f"data={packed(REFUSED)}".encode())) == set()
