"""What a vendor refused for good can be looked at and queued again, and is decided anew; one bad event spoils no other."""

import json
import subprocess
import sys
import time

import pytest
import uvloop

from tests.blackbox.destination import FINE, Behaviour, Destination
from tests.blackbox.driver import Driver, Planned
from tests.blackbox.opened import opened
from tests.blackbox.reconcile import balance
from tests.blackbox.running import PURPOSES, ROOT, Gateway, choose, same_origin
from tests.blackbox.traffic import event_id, order_of, own, pixel

GONE = Behaviour(status=302, headers={"Location": "https://elsewhere.example/"})


@pytest.fixture
def hook():
    with Destination() as running:
        yield running


def send(gateway, run, cookie, hits, make=own):
    def plan(number):
        name = event_id(run, number)
        return Planned(name, order_of(name), make(name, cookie), ())

    return {entry.planned.id for entry in uvloop.run(Driver(gateway.port, plan, rate=200).run(hits))}


def command(gateway, *words):
    arguments = [sys.executable, "-m", "gateway", "dead-letters", *words, "--config", str(gateway.config)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    return done.stdout


def ask(gateway, method, path):
    return gateway.ask(method, f"/v1/dead-letters{path}", port=gateway.admin_port).body.decode()


def wait_for(gateway, name, value):
    deadline = time.monotonic() + 60
    while gateway.metrics().get(name, 0) != value:
        assert time.monotonic() < deadline, gateway.metrics()
        time.sleep(0.1)


def test_what_is_queued_again_is_decided_again_and_nothing_personal_is_shown(tmp_path, hook):
    hook.behave(GONE)
    with Gateway(tmp_path, {"meta": hook, "hook": hook}) as gateway:
        leaving, staying = choose(gateway, yes=PURPOSES), choose(gateway, yes=PURPOSES)
        theirs, others = send(gateway, "leaving", leaving, 3), send(gateway, "staying", staying, 3)
        wait_for(gateway, 'gateway_dead_letters{destination="hook",reason="rejected"}', 6)
        listed = [json.loads(line) for line in command(gateway, "list", "hook", "--json").splitlines()]
        shown = [ask(gateway, "GET", f"/hook/{row['id']}") for row in listed]
        assert {json.loads(one)["event"]["event"]["id"] for one in shown} == theirs | others
        record = leaving.split(".")[1]
        assert [secret for secret in (record, subjects(gateway)) if secret in str(shown) + str(listed)] == []
        gateway.ask("DELETE", "/consent", {"Cookie": leaving, **same_origin()})
        hook.behave(FINE)
        assert command(gateway, "replay", "hook", "--all") == "6 queued again\n"
        assert command(gateway, "discard", "", "--all") == "0 destroyed\n"
        gateway.drain()
        assert {delivery.id for delivery in hook.deliveries()} == others
        assert gateway.metrics()['gateway_deliveries_total{destination="hook",result="refused"}'] == 3
        assert ask(gateway, "GET", "") == ""


def subjects(gateway):
    """The pseudonym beside an event, as the store has it."""
    return next(event.subject for event in opened(gateway.config, gateway.data) if event.subject)


def test_dead_letters_of_a_gateway_that_does_not_run_are_queued_for_the_next_one(tmp_path, hook):
    hook.behave(GONE)
    with Gateway(tmp_path, {"meta": hook, "hook": hook}) as gateway:
        ids = send(gateway, "offline", choose(gateway, yes=PURPOSES), 2)
        wait_for(gateway, 'gateway_dead_letters{destination="hook",reason="rejected"}', 2)
        assert gateway.stop() == 0
        assert command(gateway, "replay", "hook", "--all") == "2 queued again\n"
        hook.behave(FINE)
        gateway.start()
        gateway.drain()
        assert {delivery.id for delivery in hook.deliveries()} == ids


def test_one_bad_event_among_five_hundred_is_given_up_alone_and_soon(tmp_path):
    """Meta refuses a whole request for one event of it; the gateway finds out which with its fifth try."""
    poison = event_id("poison", 137)
    bad = Behaviour(status=400, body=b'{"error": {"code": 100}}')
    with Destination(poison=(poison, bad)) as meta, Gateway(tmp_path, {"meta": meta, "hook": meta}) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        meta.behave(Behaviour(status=503))
        sent = send(gateway, "poison", cookie, 500, pixel)
        meta.behave(FINE)
        began = time.monotonic()
        gateway.ask("POST", "/v1/destinations/meta/resume", port=gateway.admin_port)
        gateway.drain()
        seconds = time.monotonic() - began
        tries = [request for request in meta.requests if poison.encode() in request.body and request.at > began]
        arrived = [delivery.id for delivery in meta.deliveries()]
        assert ask(gateway, "GET", "") == '{"destination": "meta", "reason": "rejected", "events": 1}\n'
        assert balance(gateway.metrics()) == {}
    assert (set(arrived), len(arrived)) == (sent - {poison}, 499)
    assert len(tries) <= 5
    assert seconds <= 40
