"""The commands say 0, 1 or 2, need nobody to ask, and openssl comes to the same end."""

import base64
import sqlite3
import subprocess
from contextlib import closing

import pytest
from click.testing import CliRunner

from gateway.audit.note import parse_key, parse_note
from gateway.audit.sqlite import FILE, read
from gateway.bootstrap.admission import log_of, write_down
from gateway.bootstrap.machine import FILE as MACHINE_KEY
from gateway.cli import main
from gateway.settings.read import load
from tests.bootstrap.configuration import write


def run(*words):
    return CliRunner().invoke(main, ["audit", *map(str, words)])


@pytest.fixture
def config(tmp_path):
    """A configuration whose log has five leaves, all signed."""
    config = write(tmp_path)
    for n in range(5):
        write_down(load(config), "salt.destroyed", day=f"2026-11-2{n}", why="day_over")
    return config


@pytest.fixture
def path(config):
    return config.parent / "data" / FILE


def vkey(config):
    return next(line[4:] for line in run("verify", "--config", config).output.splitlines() if line.startswith("key "))


def test_a_log_that_nobody_touched_is_right(config):
    done = run("verify", "--config", config)
    assert (done.exit_code, "5 of 5 leaves are as they were signed" in done.output) == (0, True)
    shown = run("show", "--config", config).output.splitlines()
    assert (len(shown), '"act":"salt.destroyed"' in shown[4]) == (5, True)


def test_it_is_verified_elsewhere_with_the_verifier_key_alone(config, path, tmp_path):
    key, note = vkey(config), read(path).checkpoints[1][1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = elsewhere / "copy.db"
    copy.write_bytes(path.read_bytes())
    (elsewhere / "since").write_text(note)
    words = ["--log", copy, "--vkey", key, "--since", elsewhere / "since", "--config", elsewhere / "none.yaml"]
    assert run("verify", *words).exit_code == 0
    (elsewhere / "since").write_text(note.replace("\n2\n", "\n3\n"))
    assert run("verify", *words).exit_code == 1
    assert run("verify", "--log", copy, "--config", elsewhere / "none.yaml").exit_code == 2


def test_openssl_comes_to_the_same_end(config, path, tmp_path):
    note, key = parse_note(read(path).checkpoints[-1][1]), parse_key(vkey(config))
    der = bytes.fromhex("302a300506032b6570032100") + key.public
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    (tmp_path / "key.pem").write_text(pem)
    (tmp_path / "text").write_text(note.text)
    (tmp_path / "signature").write_bytes(note.signatures[0][2])
    words = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    assert subprocess.run(words.split(), cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_changed_leaf_is_found(config, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("drop trigger leaves_update")
        connection.execute("update leaves set leaf = cast(replace(leaf, 'day_over', 'day_ovex') as blob) where idx = 2")
        connection.commit()
    done = run("verify", "--config", config)
    assert (done.exit_code, "wrong: leaf 2" in done.output) == (1, True)


def test_what_cannot_be_said_is_2(config, path, tmp_path):
    with closing(log_of(load(config))) as log:
        log.append(b"{}")
    done = run("verify", "--config", config)
    assert (done.exit_code, "1 of 6 leaves are under no signature" in done.output) == (2, True)
    (config.parent / "data" / MACHINE_KEY).unlink()
    assert run("verify", "--config", config).exit_code == 2
    path.unlink()
    assert run("verify", "--config", config).exit_code == 2
    assert run("verify", "--config", tmp_path / "none.yaml").exit_code == 2


def test_a_file_that_is_no_log_is_wrong(config, path):
    path.write_bytes(b"nothing" * 1_000)
    assert run("verify", "--config", config).exit_code == 1


def test_a_leaf_is_proved_to_somebody_who_has_the_key_alone(config, tmp_path):
    proof = run("prove", 3, "--config", config)
    assert proof.output.startswith("c2sp.org/tlog-proof@v1\nextra ")
    file = tmp_path / "leaf.tlog-proof"
    file.write_text(proof.output)
    words = ["--proof", file, "--vkey", vkey(config), "--config", tmp_path / "none.yaml"]
    done = run("verify", *words)
    assert (done.exit_code, "2026-11-23" in done.output) == (0, True)
    file.write_text(proof.output.replace("index 3", "index 2"))
    assert run("verify", *words).exit_code == 1
    file.write_text("nothing")
    assert run("verify", *words).exit_code == 1


def test_what_is_not_there_cannot_be_proved(config):
    assert run("prove", 5, "--config", config).exit_code == 2
    assert run("prove", "--since", 6, "--config", config).exit_code == 2
    assert run("prove", "--config", config).exit_code == 2


def test_growth_is_proved_to_somebody_who_has_a_checkpoint_and_the_key(config, path, tmp_path):
    proof, since = tmp_path / "growth", tmp_path / "since"
    proof.write_text(run("prove", "--since", 2, "--config", config).output)
    since.write_text(read(path).checkpoints[1][1])
    words = ["--proof", proof, "--since", since, "--vkey", vkey(config), "--config", tmp_path / "none.yaml"]
    done = run("verify", *words)
    assert (done.exit_code, "5 leaves, of which the first 2" in done.output) == (0, True)
    since.write_text(read(path).checkpoints[2][1])
    assert run("verify", *words).exit_code == 1
    proof.write_text("nothing")
    assert run("verify", *words).exit_code == 1


def test_a_witness_is_given_what_it_asks_for(config, path):
    told = run("prove", "--since", 3, "--config", config).output
    assert (told.startswith("old 3\n"), told.endswith(read(path).checkpoints[-1][1])) == (True, True)
