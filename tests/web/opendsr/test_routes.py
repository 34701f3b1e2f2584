"""What a controller sends is answered as the protocol has it, signed over the very bytes, and repeats nothing of it."""

import asyncio
import json
from dataclasses import replace

import pytest
from starlette.routing import Router

from gateway.dsr.problems import (
    IdempotencyConflict,
    InvalidState,
    NotHere,
    UnknownRequest,
    UnsupportedIdentity,
    VerificationFailed,
)
from gateway.dsr.request import State, Verification
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.opendsr.routes import MOST_BYTES, Front, OpenDsr
from gateway.web.opendsr.words import BASE, LEGACY
from gateway.web.operating import ACTOR, GRANTED
from tests.web.opendsr.making import DOMAIN, HOUSE, ID, NOW, body, openssl_verifies, ours, request

JSON = {"content-type": "application/json"}


class House:
    """OpenDSR over a desk that keeps one request, or answers everything with `trouble`."""

    def __init__(self, trouble=None, echo=False):
        self.trouble, self.kept, self.drafts, self.faults = trouble, None, [], []
        self.wait = 0.0
        front = Front(lambda by: self.wait, self.faults.append, lambda: NOW, echo)
        self.router = Router(OpenDsr(self, ours(), HOUSE, front).routes(), redirect_slashes=False)

    async def submit(self, draft, by):
        if self.trouble:
            raise self.trouble
        self.drafts.append(draft)
        fresh, self.kept = self.kept is None, self.kept or replace(request(), by=by, protocol=draft.protocol)
        return self.kept, fresh

    async def of_client(self, subject_request_id):
        if self.kept is None or self.kept.subject_request_id != subject_request_id:
            raise UnknownRequest("there is no such request")
        return self.kept

    async def cancel(self, id, by):
        if self.kept.state is not State.QUEUED:
            raise InvalidState(f"this request is {self.kept.state}, and stays so")
        self.kept = replace(self.kept, state=State.CANCELLED)
        return self.kept

    def ask(self, method, path, sent=b"", headers=JSON, scopes=("dsr:submit", "dsr:attest")):
        """Status, headers and body of an answer."""
        messages = []

        async def receive():
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "client": ("127.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            ACTOR: "AbCdEf123_-x", GRANTED: frozenset(scopes),
        }  # fmt: skip
        asyncio.run(self.router(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return messages[0]["status"], told, b"".join(each.get("body", b"") for each in messages[1:])


def truth(text):
    return json.loads(text)["extensions"][DOMAIN]


@pytest.mark.parametrize("path", [f"{BASE}/requests", LEGACY])
def test_a_request_is_taken_and_its_answer_found_good_by_openssl(tmp_path, path):
    house = House()
    status, headers, text = house.ask("POST", path, body())
    assert (status, json.loads(text)["subject_request_id"], headers["cache-control"]) == (201, ID, "no-store")
    names = ["OpenDSR", "OpenGDPR"] if path == LEGACY else ["OpenDSR"]
    assert [name for name in headers if name.endswith("-signature")] == [f"x-{n.lower()}-signature" for n in names]
    for name in names:
        assert headers[f"x-{name.lower()}-processor-domain"] == DOMAIN
        signature = headers[f"x-{name.lower()}-signature"]
        assert openssl_verifies(tmp_path, ours().certificate, text, signature)
        assert not openssl_verifies(tmp_path, ours().certificate, text.replace(b"T", b"U", 1), signature)
    (draft,) = house.drafts
    assert (draft.verification, draft.protocol) == (
        Verification("attested", "substantial", "AbCdEf123_-x", "opendsr"), "opendsr",
    )  # fmt: skip


def test_who_may_not_say_that_a_person_was_verified_hands_in_what_waits_for_it():
    house = House()
    house.ask("POST", f"{BASE}/requests", body(), scopes=["dsr:submit"])
    assert house.drafts[0].verification == Verification()


def test_a_request_without_a_regulation_is_warned_about():
    assert truth(House().ask("POST", LEGACY, body(regulation=None))[2])["warnings"] == ["regulation-missing"]


@pytest.mark.parametrize(
    ("echo", "hashed", "sent_back"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_body_is_sent_back_only_where_nobody_can_read_who_it_is_about(echo, hashed, sent_back):
    identities = [{"identity_type": "email", "identity_value": "ab" * 32, "identity_format": "sha256"}]
    text = body(subject_identities=identities, extensions=None) if hashed else body()
    answer = House(echo=echo).ask("POST", f"{BASE}/requests", text)[2]
    assert ("encoded_request" in json.loads(answer)) == sent_back
    assert b"johndoe" not in answer


@pytest.mark.parametrize("path", [f"{BASE}/requests/{ID}", f"{BASE}/status/{ID}", f"{LEGACY}/{ID}"])
def test_the_state_of_a_request_is_told_and_signed(tmp_path, path):
    house = House()
    house.ask("POST", LEGACY, body())
    house.kept = replace(house.kept, state=State.NEEDS_ATTENTION)
    status, headers, text = house.ask("GET", path)
    assert (status, json.loads(text)["request_status"], truth(text)["state"]) == (200, "in_progress", "needs_attention")
    assert openssl_verifies(tmp_path, ours().certificate, text, headers["x-opendsr-signature"])


def test_what_nobody_works_on_yet_is_cancelled_and_nothing_else():
    house = House()
    house.ask("POST", LEGACY, body())
    status, _, text = house.ask("DELETE", f"{BASE}/requests/{ID}")
    assert (status, truth(text)["state"], json.loads(text)["received_time"]) == (
        202,
        "cancelled",
        "2026-11-23T10:20:00Z",
    )
    status, _, text = house.ask("DELETE", f"{LEGACY}/{ID}")
    assert (status, json.loads(text)["error"]["errors"][0]["reason"]) == (400, "invalid-state")


@pytest.mark.parametrize("id_", ["0" * 8 + ID[8:], "canary", ID.upper(), "%2e%2e", "x" * 3_000])
@pytest.mark.parametrize(
    ("method", "where"), [("GET", f"{BASE}/requests"), ("GET", f"{BASE}/status"), ("DELETE", LEGACY)]
)
def test_of_a_request_that_there_is_not_nothing_is_told(id_, method, where):
    house = House()
    house.ask("POST", LEGACY, body())
    status, headers, text = house.ask(method, f"{where}/{id_}")
    assert (status, json.loads(text)["error"]["code"], id_.encode() in text) == (404, 404, False)
    assert "x-opendsr-signature" in headers


@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        (IdempotencyConflict("this id is taken"), 400, "idempotency-conflict"), (NotHere("no"), 503, "not-here"),
        (UnsupportedIdentity(0, "unsupported-format"), 400, "unsupported-identity"),
        (VerificationFailed("this is not enough"), 400, "verification-failed"),
        (StoreUnavailable("away", 7), 503, "store-unavailable"), (LogUnavailable("full"), 503, "log-unavailable"),
        (RuntimeError("johndoe@example.com"), 500, "internal"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_in_the_error_object(trouble, status, reason):
    house = House(trouble)
    got, headers, text = house.ask("POST", f"{BASE}/requests", body())
    error = json.loads(text)["error"]
    assert (got, error["code"], error["errors"][0]["reason"]) == (status, status, reason)
    assert ("retry-after" in headers) == (status == 503)
    assert b"johndoe" not in text
    assert house.faults == ([trouble] if status == 500 else [])


@pytest.mark.parametrize(
    ("sent", "headers", "reason"),
    [
        (b"{", JSON, "malformed-json"), (body(), {"content-type": "text/plain"}, "unsupported-media-type"), (body(), {}, "unsupported-media-type"),
        (b" " * (MOST_BYTES + 1), JSON, "too-large"), (body(subject_request_id=None), JSON, "missing-member"),
        (body(), {**JSON, "origin": "https://shop.example"}, "no-browsers"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_before_anybody_is_asked(sent, headers, reason):
    house = House()
    status, _, text = house.ask("POST", f"{BASE}/requests", sent, headers)
    assert json.loads(text)["error"]["errors"][0]["reason"] == reason
    assert (status, house.drafts) == (403 if reason == "no-browsers" else 400, [])


def test_who_asks_too_often_waits():
    house = House()
    house.wait = 2.5
    status, headers, _ = house.ask("POST", LEGACY, body())
    assert (status, headers["retry-after"], house.drafts) == (429, "3", [])


def test_a_method_that_means_nothing_is_told_which_would():
    for path, allowed in [
        (f"{BASE}/requests", "POST"),
        (f"{LEGACY}/{ID}", "GET, DELETE"),
        (f"{BASE}/status/{ID}", "GET"),
    ]:
        status, headers, _ = House().ask("PUT", path)
        assert (status, headers["allow"]) == (405, allowed)


def test_discovery_leads_to_the_certificate_that_answers_are_signed_with():
    house = House()
    told = json.loads(house.ask("GET", f"{BASE}/discovery")[2])
    assert told["processor_certificate"] == f"https://{DOMAIN}{BASE}/cert.pem"
    status, headers, text = house.ask("GET", f"{BASE}/cert.pem")
    assert (status, text, headers["content-type"]) == (200, ours().certificate, "application/x-pem-file")
