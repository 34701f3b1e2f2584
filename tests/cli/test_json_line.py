import json

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.json_line import NotJsonError, parse

POLICY = "policies/starter.yaml"
NONE = {
    b"\xe8\x00\xff": "not JSON",
    b'{"event": "\xff"}': "not JSON",
    b"{": "not JSON",
    b"[" * 100_000: "JSON that is nested too deeply",
    b'{"event": "\\ud800"}': "JSON with half of a surrogate pair",
}


@pytest.mark.parametrize("line", NONE, ids=range(len(NONE)))
def test_a_line_that_is_none_says_why(line):
    with pytest.raises(NotJsonError) as raised:
        parse(line)
    assert str(raised.value) == NONE[line]


def test_a_mark_of_the_order_of_bytes_and_a_line_end_of_windows_are_no_part_of_a_line():
    assert parse(b'\xef\xbb\xbf{"event": "\xc3\xa4"}\r\n') == {"event": "ä"}


def outcome(*arguments, given):
    run = CliRunner().invoke(main, [*arguments], input=given)
    assert isinstance(run.exception, SystemExit | None), run.exception
    return run.exit_code, run.output


@pytest.mark.parametrize("line", NONE, ids=range(len(NONE)))
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["simulate", "-"], 1),
        (["policy", "explain", POLICY, "--situations", "-"], 2),
        (["policy", "replay", "-", POLICY], 2),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else None,
)
def test_every_command_that_reads_lines_names_the_one_that_is_none(arguments, code, line):
    got, output = outcome(*arguments, given=line + b"\n")
    assert got == code
    assert "1" in output and NONE[line] in output


def test_the_lines_beside_it_are_simulated():
    good = json.dumps({"url": "https://www.facebook.com/tr?id=123456&ev=PageView"}).encode()
    code, output = outcome("simulate", "-", given=b"\xff\n" + good + b"\n")
    assert code == 1
    assert "<stdin>:1: not JSON" in output
    assert '"recognised":"meta_pixel"' in output
