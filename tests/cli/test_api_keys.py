import fcntl
import json
import os
import re

import pytest
from click.testing import CliRunner

from gateway.api_keys.book import USED, read
from gateway.api_keys.grant import LOCAL
from gateway.api_keys.token import presented
from gateway.audit.sqlite import FILE
from gateway.audit.sqlite import read as read_log
from gateway.cli import api_keys, main
from tests.bootstrap.configuration import write


@pytest.fixture
def config(tmp_path):
    return write(tmp_path)


def run(config, *words):
    return CliRunner().invoke(main, ["api-keys", words[0], "--config", str(config), *words[1:]])


def leaves(config):
    rows = read_log(config.parent / "data" / FILE).rows
    return [{name: value for name, value in json.loads(row.leaf).items() if name not in ("v", "at")} for row in rows]


def grants(config):
    return read(config.parent / "api-keys.jsonl")


def test_a_key_is_printed_once_and_kept_as_a_hash(config):
    done = run(config, "create", "--scope", "metrics", "--scope", "dead-letters:read", "--network", "10.1.0.0/16")
    shown = presented(done.output.strip())
    (grant,) = grants(config)
    assert (grant.id, grant.digest) == (shown.id, shown.digest)
    assert (grant.scopes, [str(each) for each in grant.networks]) == ({"metrics", "dead-letters:read"}, ["10.1.0.0/16"])
    assert grant.ends - grant.made == 90 * 86_400
    secret = done.output.strip()[17:60]
    kept = b"".join(path.read_bytes() for path in config.parent.rglob("*") if path.is_file())
    assert (secret.encode() in kept, (config.parent / "api-keys.jsonl").stat().st_mode & 0o777) == (False, 0o600)
    assert leaves(config) == [
        {"act": "api_key.created", "key": shown.id, "scopes": ["dead-letters:read", "metrics"], "by": LOCAL}
    ]


def test_keys_are_listed_with_the_day_of_their_last_use(config):
    id_ = presented(run(config, "create", "--scope", "metrics", "--expires", "1h").output.strip()).id
    assert "used never" in run(config, "list").output
    (config.parent / "data" / USED).write_text(f'{{"id": "{id_}", "day": "2026-11-26"}}\n')
    assert re.fullmatch(rf"{id_}  until \S+Z  used 2026-11-26  metrics\n", run(config, "list").output)
    row = json.loads(run(config, "list", "--json").output)
    assert (row["id"], row["used"], row["networks"]) == (id_, "2026-11-26", [])


def test_a_revoked_key_is_gone_and_that_is_evidenced(config):
    first, second = (presented(run(config, "create", "--scope", "metrics").output.strip()).id for _ in range(2))
    assert run(config, "revoke", first).output == f"{first} counts no more\n"
    assert [grant.id for grant in grants(config)] == [second]
    assert leaves(config)[-1] == {"act": "api_key.revoked", "key": first, "by": LOCAL}
    gone = run(config, "revoke", first)
    assert (gone.exit_code, len(leaves(config))) == (1, 3)


def test_a_rotated_key_counts_on_for_a_while_and_has_an_heir_of_its_kind(config):
    old = presented(run(config, "create", "--scope", "metrics", "--expires", "30d").output.strip()).id
    new = presented(run(config, "rotate", old, "--overlap", "2h").output.strip()).id
    kept = {grant.id: grant for grant in grants(config)}
    assert kept[old].ends - kept[new].made == 7_200
    assert (kept[new].scopes, kept[new].ends - kept[new].made) == (kept[old].scopes, 30 * 86_400)
    assert leaves(config)[-1] == {"act": "api_key.rotated", "key": old, "after": new, "by": LOCAL}


@pytest.mark.parametrize(
    "words",
    [[], ["--scope", "everything"], ["--scope", "metrics", "--expires", "400d"], ["--scope", "metrics", "--expires", "soon"],
     ["--scope", "metrics", "--network", "10.1.0.1/16"]],
)  # fmt: skip
def test_a_key_without_scope_end_or_sense_is_not_made(config, words):
    assert run(config, "create", *words).exit_code == 2
    assert not (config.parent / "api-keys.jsonl").exists()


def test_without_evidence_no_key_is_made(config):
    (config.parent / "data" / FILE).mkdir(parents=True)
    done = run(config, "create", "--scope", "metrics")
    assert (done.exit_code, done.stdout, (config.parent / "api-keys.jsonl").exists()) == (1, "", False)


def test_a_file_that_cannot_be_read_is_not_written_over(config):
    (config.parent / "api-keys.jsonl").write_text("x\n")
    done = run(config, "create", "--scope", "metrics")
    assert (done.exit_code, (config.parent / "api-keys.jsonl").read_text()) == (1, "x\n")


def test_the_file_is_read_and_written_while_nobody_else_can(config, monkeypatch):
    """What is done to it by two at once would else be done by one: a key that was revoked would count again."""
    seen = []

    def watched(name):
        before = getattr(api_keys, name)

        def watching(*args, **fields):
            folder = os.open(config.parent, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                seen.append((name, "free"))
            except BlockingIOError:
                seen.append((name, "held"))
            finally:
                os.close(folder)
            return before(*args, **fields)

        monkeypatch.setattr(api_keys, name, watching)

    first = presented(run(config, "create", "--scope", "metrics").output.strip()).id
    for name in ("read", "replace"):
        watched(name)
    second = presented(run(config, "rotate", first).output.strip()).id
    run(config, "revoke", second)
    run(config, "create", "--scope", "metrics")
    assert seen == [("read", "held"), ("replace", "held")] * 3
    run(config, "list")
    assert seen[6:] == [("read", "free")]
