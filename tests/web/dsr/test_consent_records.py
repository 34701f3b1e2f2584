"""The records of consent are handed out whole, to whoever has a key, and not before that is evidenced."""

import asyncio
import json

import pytest
from starlette.routing import Router

from gateway.dsr.consent_log import Page
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.dsr.consent_records import PATH, ConsentRecords
from gateway.web.dsr.endpoint import Front, routes
from gateway.web.dsr.operations import OPERATIONS
from gateway.web.keyed import scope_of
from gateway.web.operating import ACTOR, GRANTED
from gateway.web.rates import Rates


class Log:
    """Records in two pages; the first or the second cannot be read where a test says so."""

    def __init__(self, broken: str = "-") -> None:
        self.broken, self.read = broken, 0

    async def browse(self, after: str, most: int) -> Page:
        if after == self.broken:
            raise StoreUnavailable("away", 1)
        self.read += 1
        return Page([{"record_id": "ä"}], "next") if not after else Page([{"record_id": "b"}], "")


class Evidence:
    """Notes what is required of it."""

    def __init__(self, full: bool = False) -> None:
        self.full, self.leaves = full, []

    async def require(self, act: str, **fields: str) -> None:
        if self.full:
            raise LogUnavailable("full")
        self.leaves.append((act, fields))


def ask(log, evidence, method="GET", headers=()):
    messages, bodies = [], iter([{"type": "http.request", "body": b"", "more_body": False}])
    scope = {
        "type": "http", "method": method, "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "root_path": "",
        "headers": [*headers], ACTOR: "AAAABBBBCCCC", GRANTED: frozenset(), "scheme": "http",
    }  # fmt: skip

    async def receive():
        if body := next(bodies, None):
            return body
        await asyncio.sleep(600)

    async def send(message):
        messages.append(message)

    async def run():
        async with asyncio.timeout(30):
            acts = ConsentRecords(log, evidence).acts()
            told = [each for each in OPERATIONS if each.name in acts]
            front = Front(Rates(60, lambda: 0.0), None, faults.append)
            await Router(routes(told, acts, front))(scope, receive, send)

    faults = []
    asyncio.run(run())
    assert faults == []
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


def test_each_record_is_a_line_whatever_the_number_of_pages():
    evidence = Evidence()
    status, body = ask(Log(), evidence)
    assert status == 200
    assert [json.loads(line)["record_id"] for line in body.decode().splitlines()] == ["ä", "b"]
    assert evidence.leaves == [("consent.exported", {"by": "AAAABBBBCCCC"})]


def test_nothing_is_read_that_cannot_be_evidenced():
    log = Log()
    assert ask(log, Evidence(full=True))[0] == 503
    assert log.read == 0


def test_a_store_that_is_away_is_told():
    assert ask(Log(broken=""), Evidence())[0] == 503


def test_a_store_that_goes_away_meanwhile_leaves_an_answer_that_is_not_whole():
    with pytest.raises(StoreUnavailable):
        ask(Log(broken="next"), Evidence())


def test_a_browser_and_another_method_are_refused():
    evidence = Evidence()
    assert ask(Log(), evidence, headers=[(b"origin", b"https://shop.example")])[0] == 403
    assert ask(Log(), evidence, method="POST")[0] == 405
    assert evidence.leaves == []


def test_it_takes_a_key_of_its_own_scope():
    assert scope_of("GET", PATH) == "consent:read"
