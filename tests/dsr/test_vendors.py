"""A vendor is asked with what it got from us, and its answers come to no more than they say."""

import asyncio
import json

import pytest

from gateway.dsr.request import Task, TaskState
from gateway.dsr.vendors import WAITS, Target, delete, persons
from gateway.outbound import Reply
from gateway.sender import Forbidden, Route
from gateway.vendors.binding import Binding
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination
from tests.dsr.answering import MANIFESTS, NOW
from tests.house.tree import ROOT

TASK = Task("destination:crm", "api_delete")
HUBSPOT = Destination(MANIFESTS["hubspot"], Binding("crm", {"hub_id": "4711"}, {"private_app_token": "T"}))
ANN = [{"email": "ann@mail.example"}]
MATOMO = Destination(
    load_manifest((ROOT / "gateway/vendors/matomo.yaml").read_text(), "matomo"),
    Binding("m", {"endpoint": "https://stats.example.com/matomo.php", "site_id": "3"}, {"token_auth": "T"}),
)


class Courier:
    """Gives these answers, one a request."""

    def __init__(self, *replies):
        self.replies, self.asked = list(replies), []

    async def send(self, outbound, route, still=None):
        self.asked.append(outbound)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def tried(*replies, task=TASK, destination=HUBSPOT, whom=ANN):
    courier = Courier(*replies)
    done = asyncio.run(delete(task, Target(destination, Route()), whom, courier, NOW))
    return done, courier.asked


@pytest.mark.parametrize(
    ("needs", "sent", "proven", "asked"),
    [
        ({"email"}, {}, {"email": "a@b.example"}, [{"email": "a@b.example"}]),
        ({"email"}, {"email": ["from nowhere"]}, {}, []),
        ({"id.user"}, {"id.user": ["pseudonym"]}, {"id.user": "u-1"}, [{"id.user": "pseudonym"}]),
        ({"id.user"}, {}, {"id.user": "u-1"}, []),
        ({"id.fbp"}, {"id.fbp": ["a", "b"]}, {}, [{"id.fbp": "a"}, {"id.fbp": "b"}]),
        (
            {"id.fbp", "id.user"}, {"id.fbp": ["a", "b"], "id.user": ["u"]}, {},
            [{"id.fbp": "a", "id.user": "u"}, {"id.fbp": "b", "id.user": "u"}],
        ),
        (set(), {"id.fbp": ["a"]}, {}, []),
    ],
)  # fmt: skip
def test_a_vendor_learns_nothing_that_it_did_not_get_or_the_person_did_not_say(needs, sent, proven, asked):
    assert sorted(persons(frozenset(needs), sent, proven), key=str) == sorted(asked, key=str)


def test_it_is_asked_about_the_person_alone():
    done, asked = tried(Reply(204))
    assert (done.state, done.matched, done.deleted) == (TaskState.DONE, 1, 1)
    assert json.loads(asked[0].body) == {"objectId": "ann@mail.example", "idProperty": "email"}


@pytest.mark.parametrize(
    ("reply", "state", "retry_at"),
    [
        (Reply(404), TaskState.NOT_FOUND, 0),
        (Reply(200), TaskState.ACCEPTED, 0),
        (Reply(500), TaskState.FAILED, NOW + WAITS[0]),
        (Reply(0, sent=False), TaskState.FAILED, NOW + WAITS[0]),
        (Reply(429, retry_after=900.0), TaskState.FAILED, NOW + 900),
        (Reply(429, retry_after=1e9), TaskState.FAILED, NOW + 86_400),
        (Reply(401), TaskState.FAILED, 0),
        (Reply(400), TaskState.FAILED, 0),
        (Forbidden("no"), TaskState.FAILED, 0),
    ],
)
def test_an_answer_comes_to_what_it_says(reply, state, retry_at):
    done, _ = tried(reply)
    assert (done.state, done.retry_at) == (state, retry_at)


def test_after_so_many_tries_it_waits_for_a_person():
    task, waits = TASK, []
    while not waits or task.retry_at:
        task, _ = tried(Reply(503), task=task)
        waits.append(task.retry_at)
    assert [at - NOW for at in waits[:-1]] == list(WAITS)
    assert (task.state, task.note) == (TaskState.FAILED, "the vendor answered 503")


def test_what_was_deleted_in_an_earlier_round_is_not_asked_for_again():
    whom = [{"email": f"{name}@mail.example"} for name in ("a", "b", "c")]
    failed, asked = tried(Reply(204), Reply(500), whom=whom)
    assert (failed.state, failed.step, len(asked)) == (TaskState.FAILED, 1, 2)
    done, asked = tried(Reply(404), Reply(204), task=failed, whom=whom)
    assert [json.loads(each.body)["objectId"] for each in asked] == ["b@mail.example", "c@mail.example"]
    assert (done.state, done.matched) == (TaskState.DONE, 2)


def test_a_promise_among_several_makes_all_of_it_a_promise():
    done, _ = tried(Reply(204), Reply(200, body=b'{"id": "job-7"}'), whom=[*ANN, {"email": "b@mail.example"}])
    assert (done.state, done.vendor_ref) == (TaskState.ACCEPTED, "job-7")


def test_what_a_vendor_calls_its_promise_is_not_kept_where_it_names_the_person():
    for said in (b'{"id": "ann@mail.example"}', b'{"id": "for ann@mail.example"}', b'{"id": "\\u0001"}', b"[]", b"{"):
        done, _ = tried(Reply(200, body=said))
        assert (done.state, done.vendor_ref) == (TaskState.ACCEPTED, "accepted")


def test_a_step_that_finds_nobody_is_not_found_and_one_that_fails_is_no_success():
    who = [{"id.matomo_id": "09db67e4425f8548"}]
    found, gone = Reply(200, body=b'[{"idVisit": 7}]'), Reply(200, body=b'{"log_visit": 1}')
    nobody, asked = tried(Reply(200, body=b"[]"), destination=MATOMO, whom=who)
    assert (nobody.state, len(asked)) == (TaskState.NOT_FOUND, 1)
    done, asked = tried(found, gone, destination=MATOMO, whom=who)
    assert (done.state in (TaskState.DONE, TaskState.ACCEPTED), len(asked)) == (True, 2)
    failed, _ = tried(found, Reply(500), destination=MATOMO, whom=who)
    assert (failed.state, failed.matched) == (TaskState.FAILED, 0)
