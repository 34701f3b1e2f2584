from click.testing import CliRunner

from gateway.cli import main
from gateway.keys import parse_root


def run(*words: str):
    return CliRunner().invoke(main, ["keys", "new", *words])


def test_each_key_is_fresh():
    first, second = run(), run()
    assert parse_root(first.output) != parse_root(second.output)


def test_it_writes_a_file_that_only_its_owner_reads(tmp_path):
    file = tmp_path / "root.key"
    done = run(str(file))
    assert done.exit_code == 0 and done.output == ""
    assert file.stat().st_mode & 0o777 == 0o600
    assert parse_root(file.read_text())


def test_it_never_writes_over_a_key(tmp_path):
    file = tmp_path / "root.key"
    file.write_text("mine")
    assert run(str(file)).exit_code == 1
    assert file.read_text() == "mine"
