"""A running gateway lets in who has a key, writes down what is done, and does nothing that it cannot write down."""

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from gateway.api_keys.token import presented
from gateway.audit.sqlite import FILE, read
from gateway.cli import main
from tests.blackbox.destination import Destination
from tests.blackbox.running import COUNTRY_HEADER, POLICY, PURPOSES, Gateway, choose

LETTERS = "/v1/dead-letters"
RESUME = "/v1/destinations/meta/resume"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    directory = tmp_path_factory.mktemp("evidence")
    with Destination() as hook, Gateway(directory, {"meta": hook, "hook": hook}) as running:
        yield running


def command(gateway, *words):
    return CliRunner().invoke(main, [*words[:2], "--config", str(gateway.config), *words[2:]])


def status(gateway, method, path, key=None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return gateway.ask(method, path, headers, port=gateway.admin_port).status


def written(gateway):
    return [json.loads(row.leaf) for row in read(gateway.data / FILE).rows]


def test_a_key_counts_from_when_it_is_made_until_it_is_revoked(gateway):
    key = command(gateway, "api-keys", "create", "--scope", "dead-letters:read").output.strip()
    id_ = presented(key).id
    assert [status(gateway, method, path, key) for method, path in [("GET", LETTERS), ("POST", RESUME)]] == [200, 403]
    assert "used never" not in command(gateway, "api-keys", "list").output
    command(gateway, "api-keys", "revoke", id_)
    assert status(gateway, "GET", LETTERS, key) == 401
    assert [each["act"] for each in written(gateway) if each.get("key") == id_] == [
        "api_key.created",
        "api_key.revoked",
    ]
    assert key[17:60].encode() not in gateway.log.read_bytes()


def test_while_the_log_cannot_be_written_nobody_acts_and_hits_go_on(gateway):
    headers = {"Cookie": choose(gateway, yes=PURPOSES), COUNTRY_HEADER: "DE"}
    before = len(written(gateway))
    with closing(sqlite3.connect(gateway.data / FILE, isolation_level=None)) as other:
        other.execute("begin immediate")  # longer than anybody waits
        answer = gateway.ask("POST", RESUME, port=gateway.admin_port)
        assert (answer.status, b"log-unavailable" in answer.body) == (503, True)
        assert gateway.ask("GET", "/p.gif?name=purchase", headers).status == 200
        other.execute("rollback")
    assert status(gateway, "POST", RESUME) == 204
    assert [each["act"] for each in written(gateway)[before:]] == ["destination.resumed"]


def test_what_is_done_is_written_down_over_kills_and_changes_and_verifies(gateway):
    began = written(gateway)
    assert [each["act"] for each in began[:3]] == ["started", "keys.changed", "policy.changed"]
    assert status(gateway, "POST", RESUME) == 204
    gateway.kill()
    policy = gateway.config.with_name("policy.yaml")
    policy.write_text(POLICY.replace("name: battery", "name: other"))
    gateway.start()
    assert gateway.stop() == 0
    leaves = written(gateway)
    acts = [each["act"] for each in leaves[len(began) :] if each["act"] != "salt.destroyed"]
    assert acts == ["destination.resumed", "started", "policy.changed", "stopped"]
    changes = [each for each in leaves if each["act"] == "policy.changed"]
    assert (changes[0]["before"], changes[1]["before"]) == ("", changes[0]["after"])
    assert next(each["by"] for each in leaves if each["act"] == "destination.resumed") == "local-------"
    done = command(gateway, "audit", "verify")
    assert done.exit_code == 0, done.output
