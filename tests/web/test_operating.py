import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.audit.sqlite import FILE, SqliteLog, read
from gateway.bootstrap.evidence import Evidence
from gateway.dead_letters import Desk
from gateway.errors import StoreUnavailable
from gateway.web.operating import PATH, Operating
from tests.store.making import event, ids, with_store

KEY = "AbCdEf123_-x"
SEEDS = [bytes(range(32))]


class Lanes:
    """The lanes of one destination, whose pauses were ended so often."""

    def __init__(self):
        self.resumed = 0

    def states(self):
        return {"ads": "paused"}

    def resume(self, name):
        assert name == "ads"
        self.resumed += 1


def evidence_in(directory):
    return Evidence(lambda: SqliteLog(directory, SEEDS, lambda: "shop.example/log/0a1b2c3d"), lambda error: None)


def told(directory):
    """What the leaves of a log say, but when."""
    rows = read(directory / FILE).rows if (directory / FILE).exists() else []
    said = [json.loads(row.leaf) for row in rows]
    return [{name: each[name] for name in each.keys() - {"v", "at"}} for each in said if each["act"] != "stopped"]


def asked(tmp_path, use, lanes=None):
    """What `use(ask)` makes of the admin side of a store with three dead letters; `ask` takes method and path."""

    async def run(store):
        await store.put([event(n) for n in range(3)])
        await store.bury(await store.lease("ads", 9, 10**9, 60), "rejected", 2_000)
        evidence = evidence_in(tmp_path)
        app = Starlette(routes=Operating(Desk(store), lanes or Lanes(), evidence).routes())
        answer = await use(client_of(app)), ids(await store.lease("ads", 9, 9_000, 60))
        await evidence.stop()
        return answer

    return with_store(tmp_path, run)


def client_of(app):
    """Ask an application in the loop that its store lives in."""

    async def ask(method, path, **headers):
        sent = []
        target, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": target, "raw_path": target.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "root_path": "", "actor": KEY,
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()

    return ask


def test_dead_letters_are_counted_browsed_and_shown(tmp_path):
    async def use(ask):
        return [
            await ask("GET", PATH + rest)
            for rest in ("", "/ads?most=1", "/ads?most=9&after=id-2", "/ads/id-1", "/ads/x")
        ]

    (counted, first, rest, one, none), _ = asked(tmp_path, use)
    assert counted == (200, '{"destination": "ads", "reason": "rejected", "events": 3}\n')
    assert (first[1].count("\n"), '"id-2"' in first[1], rest[1].count("\n")) == (1, True, 2)
    assert (one[0], "https://shop.example/" in one[1], none[0]) == (200, True, 404)


def test_dead_letters_are_queued_again_and_destroyed(tmp_path):
    async def use(ask):
        return [
            await ask("POST", f"{PATH}/ads/id-1/replay"),
            await ask("DELETE", f"{PATH}/ads/id-0"),
            await ask("POST", f"{PATH}/ads/replay"),
            await ask("DELETE", f"{PATH}/ads"),
        ]

    answers, queued = asked(tmp_path, use)
    said = ['{"replayed":1}', '{"discarded":1}', '{"replayed":1}', '{"discarded":0}']
    assert (answers, queued) == ([(200, text) for text in said], ["id-1", "id-2"])


@pytest.mark.parametrize("path", ["/ads/replay", "/ads", "/ads/id-1", "/ads/id-1/replay", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS"])
def test_no_page_of_a_browser_may_ask_for_any_of_it(tmp_path, path, method):
    async def use(ask):
        return await ask(method, PATH + path, origin="https://canary.example")

    (status, text), queued = asked(tmp_path, use)
    assert status in (403, 405)
    assert ("canary" in text, queued) == (False, [])


@pytest.mark.parametrize("most", ["0", "-1", "x", "", "9" * 10, "١"])
def test_a_number_that_is_none_is_a_problem(tmp_path, most):
    async def use(ask):
        return await ask("GET", f"{PATH}/ads?most={most}")

    assert asked(tmp_path, use)[0][0] == 400


def test_a_pause_is_ended_for_a_destination_that_there_is(tmp_path):
    lanes = Lanes()

    async def use(ask):
        return [(await ask("POST", f"/v1/destinations/{name}/resume"))[0] for name in ("ads", "canary")]

    assert (asked(tmp_path, use, lanes)[0], lanes.resumed) == ([204, 404], 1)
    assert told(tmp_path) == [{"act": "destination.resumed", "destination": "ads", "by": KEY}]


def test_what_is_changed_is_evidenced_and_what_is_not_there_is_written_nowhere(tmp_path):
    async def use(ask):
        for method, path in [
            ("GET", ""), ("GET", "/ads"), ("GET", "/ads/id-1"), ("POST", "/canary/replay"), ("DELETE", "/canary"),
            ("POST", "/ads/canary/replay"), ("DELETE", "/ads/canary"), ("POST", "/ads/id-1/replay"), ("DELETE", "/ads"),
        ]:  # fmt: skip
            assert (await ask(method, PATH + path))[0] in (200, 404)

    asked(tmp_path, use)
    assert told(tmp_path) == [
        {"act": "dead_letters.replayed", "destination": "ads", "which": "one", "by": KEY},
        {"act": "dead_letters.discarded", "destination": "ads", "which": "all", "by": KEY},
    ]
    assert b"canary" not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith(FILE))


def test_what_cannot_be_evidenced_is_not_done(tmp_path):
    lanes = Lanes()

    async def use(ask):
        (tmp_path / FILE).mkdir()
        paths = [f"{PATH}/ads/replay", f"{PATH}/ads/id-1/replay", "/v1/destinations/ads/resume"]
        answers = [await ask("POST", path) for path in paths]
        return [*answers, await ask("DELETE", f"{PATH}/ads"), await ask("GET", PATH)]

    answers, queued = asked(tmp_path, use, lanes)
    assert [status for status, _ in answers] == [503, 503, 503, 503, 200]
    assert all("log-unavailable" in text for _, text in answers[:4])
    assert ('"events": 3' in answers[4][1], queued, lanes.resumed) == (True, [], 0)


def test_a_store_that_does_not_answer_is_a_503(tmp_path):
    class Gone:
        async def count(self):
            raise StoreUnavailable("gone")

    with TestClient(Starlette(routes=Operating(Gone(), Lanes(), evidence_in(tmp_path)).routes())) as client:
        answer = client.get(PATH)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
