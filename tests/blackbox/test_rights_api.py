"""The API of rights on a gateway that runs: as it is described, telling nobody who is known, and worked by its command."""

import json
import re
import statistics
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import uvloop

from tests.blackbox.described import BUSY, schemathesis
from tests.blackbox.destination import Behaviour, Destination
from tests.blackbox.driver import Driver, Planned
from tests.blackbox.running import HOST, PURPOSES, ROOT, Gateway, choose
from tests.blackbox.traffic import event_id, order_of, own

BASE = "/v1/dsr/requests"
PAIRS = 40
CANARY = "canary-7f3a91"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A gateway whose destinations take nothing, so that events wait."""
    with Destination() as hook:
        hook.behave(Behaviour(status=503))
        with Gateway(tmp_path_factory.mktemp("rights"), {"meta": hook, "hook": hook}, BUSY) as running:
            yield running


class Ear:
    """Takes messages on loopback, and keeps them."""

    def __init__(self):
        ear = self
        self.heard = []

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                ear.heard.append((dict(self.headers), json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = HTTPServer((HOST, 0), Answers)
        self.url = f"http://{HOST}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, kind, **data):
        """The message of a kind that says this."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for _, told in list(self.heard):
                if told["type"] == kind and data.items() <= told["data"].items():
                    return told["data"]
            time.sleep(0.1)
        raise AssertionError([told for _, told in self.heard])


def ask(gateway, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    sent = None if body is None else json.dumps(body).encode()
    return gateway.ask(method, path, headers, sent, port=gateway.admin_port)


def command(gateway, *words, given=""):
    arguments = [sys.executable, "-m", "gateway", "dsr", *words, "--config", str(gateway.config)]
    return subprocess.run(arguments, cwd=ROOT, input=given, capture_output=True, text=True, timeout=120, check=False)


def visitor(gateway, events):
    """The value of the consent cookie of somebody of whom so many events wait."""
    cookie = choose(gateway, yes=PURPOSES)

    def plan(number):
        name = event_id(cookie[-8:], number)
        return Planned(name, order_of(name), own(name, cookie), ())

    if events:
        uvloop.run(Driver(gateway.port, plan, rate=200).run(events))
    return cookie.partition("=")[2]


def submission(cookie, **other):
    identities = [{"identity_type": "visitor_id", "identity_value": cookie}]
    return {
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": "access",
        "subject_identities": identities,
        **other,
    }


def test_every_answer_is_as_it_is_described(gateway):
    done = schemathesis(gateway, 3, "examples,fuzzing")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert '"event": "fault"' not in gateway.log.read_text()


def test_somebody_who_is_known_cannot_be_told_from_somebody_who_is_not(gateway):
    sides = {"known": visitor(gateway, 5), "unknown": visitor(gateway, 0)}
    counted = {
        side: ask(gateway, "POST", "/v1/dsr/preview", {"subject_identities": submission(cookie)["subject_identities"]})
        for side, cookie in sides.items()
    }
    assert json.loads(counted["known"].body)["queued"] >= 5
    assert json.loads(counted["unknown"].body)["queued"] == 0
    seen, took = {side: set() for side in sides}, {side: [] for side in sides}
    for number in range(PAIRS + 5):
        for side in sorted(sides, reverse=number % 2):
            began = time.perf_counter()
            made = ask(gateway, "POST", BASE, submission(sides[side]))
            shown = ask(gateway, "GET", made.headers["Location"])
            shows = ask(
                gateway, "POST", f"{made.headers['Location']}/verification", {"method": "email_otp", "code": "0" * 10}
            )
            if number >= 5:
                took[side].append(time.perf_counter() - began)
            answers = (made, shown, shows)
            seen[side] |= {(each.status, len(each.body), tuple(sorted(each.headers.keys()))) for each in answers}
    assert seen["known"] == seen["unknown"] and len(seen["known"]) == 3
    assert 1 / 3 < statistics.median(took["known"]) / statistics.median(took["unknown"]) < 3


def test_the_command_hands_in_and_shows_and_hands_out(gateway, tmp_path):
    cookie = visitor(gateway, 2)
    words = ["submit", "--type", "access", "--regulation", "gdpr", "--identity", "visitor_id", "--json"]
    made = json.loads(command(gateway, *words, "--attest", "crm-1", given=f"{cookie}\n").stdout)
    shown = command(gateway, "show", made["id"], "--wait", "20").stdout
    assert re.search(r"deadline +(due \S+ \(in (29|3\d) days\)|ended \S+)", shown), shown
    listed = command(gateway, "list").stdout
    assert made["id"] in listed and cookie not in listed + shown
    done = command(gateway, "package", made["id"], "--output", str(tmp_path / "package.zip"))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        events = json.loads(archive.read("data.json"))["events"]
    assert len(events) >= 2
    assert (tmp_path / "package.zip").stat().st_mode & 0o077 == 0


def test_the_command_says_what_is_wrong(gateway):
    missing = command(gateway, "show", str(uuid.uuid4()))
    assert (missing.returncode, "[not-found]" in missing.stderr) == (1, True)
    bad = command(gateway, "submit", "--type", "erasure", "--identity", "email", given="canary\n")
    assert (bad.returncode, "/subject_identities/0" in bad.stderr, "canary" in bad.stderr) == (1, True, False)
    made = json.loads(
        command(gateway, "submit", "--type", "erasure", "--identity", "email", "--json", given="a@b.example\n").stdout
    )
    denied = command(gateway, "deny", made["id"], "--reason", "other", "--text", "not you")
    assert (denied.returncode, "denied" in denied.stdout) == (0, True)
    assert command(gateway, "cancel", made["id"]).returncode == 1


def test_open_requests_are_counted_with_their_deadline(gateway):
    ask(gateway, "POST", BASE, submission(visitor(gateway, 0)))
    deadline = time.monotonic() + 60
    while not gateway.metrics().get('gateway_dsr_open{state="awaiting_verification"}'):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert 0 < gateway.metrics()["gateway_dsr_due_seconds"] <= 31 * 86_400


def test_a_person_is_verified_by_a_code_others_are_told_and_no_artefact_names_anybody(tmp_path):
    with Destination() as hook, Ear() as ear:
        webhooks = {"url": ear.url, "codes": ear.url, "secret": SECRET, "allow_networks": ["127.0.0.0/8"]}
        with Gateway(tmp_path, {"meta": hook, "hook": hook}, {"rights": {"webhooks": webhooks}}) as gateway:
            address = f"{CANARY}@shop.example"
            words = ["submit", "--type", "erasure", "--identity", "email", "--json"]
            made = json.loads(command(gateway, *words, given=f"{address}\n").stdout)
            assert command(gateway, "verify", made["id"], "--send").returncode == 0
            code = ear.wait_for("dsr.code", request=made["id"], to=address)["code"]
            assert command(gateway, "verify", made["id"], given=f"{(int(code) + 1) % 10**10:010}\n").returncode == 1
            assert command(gateway, "verify", made["id"], given=f"{code}\n").returncode == 0
            ended = ear.wait_for("dsr.request.changed", id=made["id"], state="completed")
            metrics = gateway.ask("GET", "/metrics", port=gateway.admin_port).body
            receipt = command(gateway, "receipt", made["id"]).stdout
        assert (ended["outcome"], receipt.count(".")) == ("no_match", 2)
        assert all(headers["webhook-signature"].startswith("v1,") for headers, _ in ear.heard)
        assert [CANARY in json.dumps(told) for _, told in ear.heard if told["type"] != "dsr.code"].count(True) == 0
        kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert [path for path, text in kept.items() if CANARY.encode() in text or code.encode() in text] == []
        assert CANARY.encode() not in metrics
