"""Each of our states reads as one of the protocol's four, and what those hide stands beside them."""

import base64
import json
from dataclasses import replace

import pytest

from gateway.dsr.request import (
    NEXT,
    Denial,
    Extension,
    Moment,
    Outcome,
    State,
    Task,
    TaskState,
)
from gateway.web.opendsr.answers import cancelled, change, discovery, error, received, status
from gateway.web.opendsr.words import STATUSES
from tests.web.opendsr.making import DOMAIN, ID, NOW, body, request


def test_a_request_that_was_taken_is_answered_to_the_letter():
    assert received(request(), DOMAIN, ["regulation-missing"], body()) == {
        "controller_id": "AbCdEf123_-x",
        "expected_completion_time": "2026-12-23T10:20:00Z",
        "received_time": "2026-11-23T10:20:00Z",
        "encoded_request": base64.b64encode(body()).decode(),
        "subject_request_id": ID,
        "api_version": "2.0",
        "extensions": {
            DOMAIN: {"request": "0193-1", "reference": "k7m2", "state": "queued", "warnings": ["regulation-missing"]}
        },
    }
    assert "encoded_request" not in received(request(), DOMAIN)


def test_every_state_has_a_word_of_the_protocol():
    assert STATUSES.keys() == NEXT.keys() == set(State)
    assert set(STATUSES.values()) == {"pending", "in_progress", "completed", "cancelled"}


@pytest.mark.parametrize("state", State)
def test_the_true_state_is_always_told(state):
    told = status(request(state=state), DOMAIN)
    assert (told["request_status"], told["extensions"][DOMAIN]["state"]) == (STATUSES[state], str(state))


@pytest.mark.parametrize("outcome", Outcome)
def test_completed_tells_what_it_came_to_and_each_exception(outcome):
    tasks = (
        Task("queue", "crypto_shred", TaskState.DONE, 3, 3),
        Task(
            "destination:ga4",
            "api",
            TaskState.ACCEPTED,
            1,
            completes_by=NOW + 86_400,
            note="free words",
            vendor_ref="r",
        ),
        Task("destination:meta", "none", TaskState.UNSUPPORTED),
        Task("destination:x", "api", TaskState.NOT_FOUND),
    )
    told = status(request(state=State.COMPLETED, outcome=outcome, tasks=tasks), DOMAIN)
    truth = told["extensions"][DOMAIN]
    assert (told["request_status"], truth["outcome"]) == ("completed", str(outcome))
    assert truth["tasks"] == [
        {"target": "queue", "state": "done", "matched": 3, "deleted": 3},
        {
            "target": "destination:ga4",
            "state": "accepted",
            "matched": 1,
            "deleted": 0,
            "completes_by": "2026-11-24T10:20:00Z",
        },
        {"target": "destination:meta", "state": "unsupported", "matched": 0, "deleted": 0},
        {"target": "destination:x", "state": "not_found", "matched": 0, "deleted": 0},
    ]


def test_a_denial_is_told_with_its_reason_and_an_extension_with_its_time():
    denial = Denial("no_match", "We know nobody like that.", "k", NOW)
    told = status(request(state=State.DENIED, denial=denial, extension=Extension("much", NOW, NOW + 60)), DOMAIN)
    truth = told["extensions"][DOMAIN]
    assert (told["request_status"], truth["state"], truth["reason"]) == ("cancelled", "denied", "no_match")
    assert (truth["explanation"], truth["extended"]) == (
        "We know nobody like that.",
        {"reason": "much", "until": "2026-11-23T10:21:00Z"},
    )


def test_a_change_is_told_as_it_was_and_the_last_one_with_all_that_is_known():
    history = (
        Moment("received", NOW),
        Moment("queued", NOW + 1),
        Moment("running", NOW + 2),
        Moment("completed", NOW + 3),
    )
    done = request(state=State.COMPLETED, outcome=Outcome.NO_MATCH, history=history)
    told = [change(done, DOMAIN, place, "https://ctl.example/x") for place in range(4)]
    assert [each["request_status"] for each in told] == ["pending", "pending", "in_progress", "completed"]
    assert {each["status_callback_url"] for each in told} == {"https://ctl.example/x"}
    truths = [each["extensions"][DOMAIN] for each in told]
    assert [truth["state"] for truth in truths] == ["received", "queued", "running", "completed"]
    assert [truth.get("outcome") for truth in truths] == [None, None, None, "no_match"]
    assert truths[2]["at"] == "2026-11-23T10:20:02Z"


def test_a_cancellation_and_an_error_are_told_to_the_letter():
    assert cancelled(replace(request(), state=State.CANCELLED), DOMAIN, NOW) == {
        "controller_id": "AbCdEf123_-x",
        "subject_request_id": ID,
        "received_time": "2026-11-23T10:20:00Z",
        "api_version": "2.0",
        "extensions": {DOMAIN: {"request": "0193-1", "reference": "k7m2", "state": "cancelled"}},
    }
    assert error(400, "missing-member", "regulation is required") == {
        "error": {
            "code": 400,
            "message": "regulation is required",
            "errors": [{"domain": "Validation", "reason": "missing-member", "message": "regulation is required"}],
        }
    }
    assert error(503, "x", "y")["error"]["errors"][0]["domain"] == "Service"


def test_discovery_names_what_is_taken_and_no_hash_that_could_be_guessed_back():
    told = discovery(DOMAIN, "https://opendsr.shop.example/cert.pem")
    pairs = {(each["identity_type"], each["identity_format"]) for each in told["supported_identities"]}
    assert {("email", "raw"), ("email", "sha256"), ("controller_customer_id", "raw")} <= pairs
    assert not {form for _, form in pairs} & {"md5", "sha1"}
    assert not {kind for kind, _ in pairs} & {"user_id", "visitor_id"}
    assert told["supported_subject_request_types"] == ["erasure", "portability", "access"]
    assert json.loads(json.dumps(told)) == told
