import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.anonymise.scrub.detect import spans
from gateway.cli import main

EMAIL = "eva.lind@mail.example"


def run(given, *arguments):
    return CliRunner().invoke(main, ["scrub", *arguments], input=given)


def test_text_comes_back_masked_and_the_counts_stand_beside_it():
    result = run(f"Mail {EMAIL} or call +49 171 2345678\nnothing here\n")
    assert result.stdout == "Mail [email] or call [phone]\nnothing here\n"
    assert result.stderr == "found: EMAIL 1, PHONE 1\n"
    assert result.exit_code == 0


def test_json_tells_labels_and_places_in_code_points():
    text = f"😀 to={EMAIL}&x=1"
    result = run(json.dumps({"text": text, "kind": "query"}) + "\n", "--json")
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {"text": text, "spans": [{"start": 5, "end": 5 + len(EMAIL), "label": "EMAIL"}]}


def test_many_lines_keep_their_order_and_their_kinds():
    lines = [
        {"text": "203.0.113.7", "kind": "url"},
        {"text": "ip=203.0.113.7", "kind": "query"},
        {"text": "203.0.113.7"},
        {"text": "x", "kind": 7},
    ]
    result = run("".join(json.dumps(line) + "\n" for line in lines), "--json", "--kind", "text")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[span["label"] for span in line["spans"]] for line in told] == [
        [span.label for span in spans(line["text"], str(line.get("kind", "text")))] for line in lines
    ]
    assert result.stderr.startswith("found: IP ")


@pytest.mark.parametrize("line", ["no json", "[]", '{"kind": "query"}', '{"text": 7}', "[" * 100_000])
def test_a_line_without_a_text_is_misuse_and_is_not_repeated(line):
    result = run(f'{{"text": "a"}}\n{line}\n', "--json")
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert line[:8] not in result.stderr


def test_the_kind_of_plain_lines_can_be_said():
    assert run("cid=822818662.1731974019", "--kind", "query").stdout == "cid=[id]\n"


def test_a_private_key_is_masked_over_all_its_lines():
    key = "-----BEGIN PRIVATE " + "KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0B\n-----END PRIVATE " + "KEY-----"
    assert run(f"key:\n{key}\nend\n").stdout == "key:\n[secret]\nend\n"
    assert "MIIEvQ" not in run(f"{key[:50]}\n").stdout


def test_bytes_that_are_no_text_break_nothing():
    assert run(b"\xff\xfe " + EMAIL.encode() + b"\n").exit_code == 0


def test_a_file_is_read_and_nothing_is_written(tmp_path):
    file = tmp_path / "log.txt"
    file.write_text(f"{EMAIL}\n", "utf-8")
    line = [sys.executable, "-m", "gateway", "scrub", str(file)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout) == (0, "[email]\n")
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"]


def test_rules_of_your_own_are_heeded_and_wrong_ones_are_told(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text("patterns: [{name: club, pattern: 'CL-[0-9]{8}', label: CUSTOM}]\n", "utf-8")
    assert run("card CL-12345678\n", "--rules", str(file)).stdout == "card [masked]\n"
    file.write_text("patterns: [{name: club, pattern: 'CL-.*', label: CUSTOM}]\n", "utf-8")
    wrong = run("card CL-12345678\n", "--rules", str(file))
    assert (wrong.exit_code, "G070" in wrong.stdout) == (1, True)


def test_a_long_text_of_ones_own_is_read_to_its_end():
    line = f"to={EMAIL}&" + "step=two&" * 1000
    assert [str(span.label) for span in spans(line, "query")] == ["OPAQUE"]
    assert run(line, "--kind", "query").stdout == line.replace(EMAIL, "[email]") + "\n"
