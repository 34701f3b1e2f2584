import base64
import json

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.keys import MOST_ROOTS, fingerprint, parse_root, parse_roots


def keys(*words: str):
    return CliRunner().invoke(main, ["keys", *map(str, words)])


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "root.key"
    assert keys("new", file).exit_code == 0
    return file


def test_each_key_is_fresh():
    first, second = keys("new"), keys("new")
    assert parse_root(first.output) != parse_root(second.output)


def test_it_writes_a_file_that_only_its_owner_reads(file):
    assert file.stat().st_mode & 0o777 == 0o600
    assert parse_root(file.read_text())


def test_it_never_writes_over_a_key(tmp_path):
    file = tmp_path / "root.key"
    file.write_text("mine")
    assert keys("new", file).exit_code == 1
    assert file.read_text() == "mine"


def test_a_rotation_puts_a_fresh_key_before_the_others_and_retiring_takes_the_oldest(file):
    first = parse_root(file.read_text())
    done = keys("rotate", file)
    assert done.exit_code == 0
    current, older = parse_roots(file.read_text())
    assert older == first != current
    assert fingerprint(current) in done.output and fingerprint(older) in done.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["root.key"]
    assert keys("retire", file).exit_code == 0
    assert parse_roots(file.read_text()) == (current,)
    last = keys("retire", file)
    assert last.exit_code == 1 and parse_roots(file.read_text()) == (current,)


def test_keys_are_named_by_fingerprints_and_never_shown(file):
    keys("rotate", file)
    roots = parse_roots(file.read_text())
    shown = keys("list", file)
    assert shown.output.splitlines() == [f"{fingerprint(roots[0])}  current", f"{fingerprint(roots[1])}  older"]
    rows = [json.loads(line) for line in keys("list", file, "--json").output.splitlines()]
    assert rows == [
        {"fingerprint": fingerprint(roots[0]), "use": "current"}, {"fingerprint": fingerprint(roots[1]), "use": "older"}
    ]  # fmt: skip
    everything = "".join(keys(word, file).output for word in ("list", "check", "rotate"))
    for root in parse_roots(file.read_text()):
        assert base64.b64encode(root).decode()[:16] not in everything and root.hex()[:16] not in everything


def test_there_are_never_more_keys_than_are_read(file):
    for _ in range(MOST_ROOTS - 1):
        assert keys("rotate", file).exit_code == 0
    assert keys("rotate", file).exit_code == 1
    assert len(parse_roots(file.read_text())) == MOST_ROOTS


def test_a_file_that_can_be_used_is_fine(file):
    done = keys("check", file)
    assert (done.exit_code, done.output) == (0, f"{file}: fine; 1 of at most {MOST_ROOTS} keys\n")


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("", 0o600, "no root key"), ("no key", 0o600, "not base64"), (base64.b64encode(bytes(31)).decode(), 0o600, "32 bytes"),
        (base64.b64encode(bytes(32)).decode(), 0o600, "not random"),
        (base64.b64encode(bytes(range(32))).decode(), 0o640, "others can read it"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_without_its_keys(tmp_path, text, mode, says):
    file = tmp_path / "root.key"
    file.write_text(text)
    file.chmod(mode)
    done = keys("check", file)
    assert done.exit_code == 1 and says in done.output
    assert not text or text not in done.output


@pytest.mark.parametrize("word", ["list", "check", "rotate", "retire"])
def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path, word):
    assert keys(word, tmp_path / "none").exit_code == 1
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    done = keys(word, tmp_path / "binary")
    assert done.exit_code == 1 and "Traceback" not in done.output and done.exception.__class__ is SystemExit
