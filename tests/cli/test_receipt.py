import json

import pytest
from click.testing import CliRunner

from gateway.audit.jws import key_set, public_of
from gateway.audit.receipt import KEY, sign_receipt
from gateway.cli import main
from gateway.keys import Keys
from tests.bootstrap.configuration import write

SEED = Keys(bytes(range(32))).derive(KEY)  # of the configuration's root key
CLAIMS = {"iss": "https://shop.example", "iat": 1_795_429_200, "jti": "0a1b", "purposes": {"measure": True}}


def run(*words):
    return CliRunner().invoke(main, ["receipt", "verify", *map(str, words)])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "receipt.jws"
    path.write_text(sign_receipt("consent", CLAIMS, SEED) + "\n")
    return path


def test_a_receipt_of_ours_is_told_what_it_says(tmp_path, file):
    done = run(file, "--config", write(tmp_path))
    assert (done.exit_code, json.loads(done.output)) == (0, {"receipt": "consent", **CLAIMS})


def test_the_public_keys_are_enough(tmp_path, file):
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(key_set([public_of(SEED)])))
    assert run(file, "--jwks", keys).exit_code == 0
    keys.write_text(json.dumps(key_set([public_of(bytes(32))])))
    assert run(file, "--jwks", keys).exit_code == 2
    keys.write_text("nothing")
    assert run(file, "--jwks", keys).exit_code == 2


def test_one_that_was_changed_is_none(tmp_path, file):
    head, claims, signature = file.read_text().split(".")
    file.write_text(".".join([head, claims[:-1] + ("A" if claims[-1] != "A" else "B"), signature]))
    assert run(file, "--config", write(tmp_path)).exit_code == 1


def test_without_a_receipt_or_keys_nobody_can_say(tmp_path, file):
    assert run(tmp_path / "none", "--config", write(tmp_path)).exit_code == 2
    assert run(file, "--config", tmp_path / "none.yaml").exit_code == 2
