import errno
import os

import click
import pytest
from click.testing import CliRunner

from gateway.cli import COMMANDS, main


def groups():
    context = click.Context(main)
    found = {(): main, **{(name,): main.get_command(context, name) for name in COMMANDS}}
    return {path: group for path, group in found.items() if isinstance(group, click.Group)}


@pytest.mark.parametrize("path", groups(), ids=lambda path: " ".join(path) or "gateway")
def test_a_list_of_commands_ends_no_sentence_in_its_middle(path):
    shown = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).output
    listed = shown.partition("Commands:\n")[2]
    assert listed.count("\n") >= len(groups()[path].list_commands(click.Context(main)))
    assert "..." not in listed


@pytest.mark.parametrize(
    ("typed", "meant"), [("polcy", "policy"), ("docter", "doctor"), ("dead-letter", "dead-letters")]
)
def test_a_command_that_is_misspelt_is_answered_with_the_one_that_was_meant(typed, meant):
    run = CliRunner().invoke(main, [typed, "--help"])
    assert run.exit_code == 2
    assert f"No such command '{typed}'. Did you mean '{meant}'?" in run.output


class Full:
    """Standard output onto a disk that has no room."""

    def __init__(self, reason):
        self.reason = reason

    def write(self, text):
        raise OSError(self.reason, os.strerror(self.reason))

    def flush(self):
        pass


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT])
def test_where_there_is_no_room_for_what_it_says_a_command_says_so_and_has_failed(monkeypatch, capsys, reason):
    monkeypatch.setattr("sys.stdout", Full(reason))
    with pytest.raises(SystemExit) as ended:
        main(["policy", "schema"], prog_name="gateway")
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"what this is written to: {os.strerror(reason)}; make room, then run it again\n"
