import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from gateway.bootstrap import apart
from gateway.bootstrap.apart import try_apart
from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.trial import Texts, try_policy
from tests.bootstrap.configuration import POLICY

DAY = 20_783
ASKED = """tests:
  - name: ads need a yes in France
    given: {region: FR, event: purchase}
    expect: {meta: deny}
  - name: nobody is asked
    given: {region: FR, event: purchase}
    expect: {meta: allow}
"""
PROMISED = """always:
  - name: Meta gets nothing
    deny: [meta]
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "policy.yaml"


def tried(file: Path, text: str, proved: str = ""):
    return try_policy(text, str(file), resolver(file), DAY, proved)


def test_a_policy_that_holds_comes_with_everything_it_is_made_of(file):
    good = tried(file, POLICY)
    assert good.policy is not None and good.texts.digest == good.policy.digest
    assert (good.texts.policy, good.texts.extends) == (POLICY, "packs/baseline-2026.11.yaml")
    assert good.texts.resolve(good.texts.extends) == (good.texts.pack, good.texts.pack_file)
    assert good.texts.resolve("packs/other.yaml") is None and Texts("x", "y").resolve("") is None


def test_its_texts_alone_make_the_same_policy(file):
    texts = tried(file, POLICY).texts
    again = try_policy(texts.policy, texts.file, texts.resolve, DAY)
    assert again.policy is not None and again.policy.digest == texts.digest


def test_a_test_that_does_not_hold_is_an_error_at_its_place(file):
    wrong = tried(file, POLICY + ASKED)
    (finding,) = [finding for finding in wrong.findings if finding.severity == "error"]
    line = (POLICY + ASKED).splitlines().index("  - name: nobody is asked") + 1
    assert wrong.policy is None
    assert (finding.code, finding.file, finding.line) == ("G050", str(file), line)
    assert "nobody is asked" in finding.message


def test_a_promise_that_can_be_broken_is_an_error_unless_it_was_proved_before(file):
    wrong = tried(file, POLICY + PROMISED)
    assert wrong.policy is None and "G051" in {finding.code for finding in wrong.findings}
    assert tried(file, POLICY + PROMISED, wrong.texts.digest).policy is not None
    assert tried(file, POLICY + PROMISED, "of another").policy is None


def test_the_pack_that_was_missing_is_remembered(file):
    wrong = tried(file, POLICY.replace("baseline-2026.11", "nowhere"))
    assert wrong.policy is None and wrong.texts.extends == "packs/nowhere.yaml" and wrong.texts.pack == ""


def test_a_pack_that_is_no_text_is_missing(file):
    (file.parent / "mine.yaml").write_bytes(b"\xff\xfe")
    assert tried(file, POLICY.replace("packs/baseline-2026.11.yaml", "mine.yaml")).policy is None


@pytest.mark.parametrize("text", [POLICY, POLICY + ASKED, "policy: [", "", "\x00", "a: " + "[" * 100_000])
def test_another_process_finds_the_same(file, text):
    there, here = asyncio.run(try_apart(text, str(file), DAY)), tried(file, text)
    assert (there.texts, there.findings) == (here.texts, here.findings)


@pytest.mark.parametrize(
    "command",
    [("/nowhere/python",), (sys.executable, "-c", "print('no answer')"), (sys.executable, "-c", "raise SystemExit(3)"),
     (sys.executable, "-c", "print('{}')")],
)  # fmt: skip
def test_a_policy_that_could_not_be_tried_is_not_right(file, command, monkeypatch):
    monkeypatch.setattr(apart, "_COMMAND", command)
    (finding,) = asyncio.run(try_apart(POLICY, str(file), DAY)).findings
    assert (finding.code, finding.severity) == ("G052", "error")


def test_who_takes_too_long_is_not_waited_for(file, monkeypatch):
    monkeypatch.setattr(apart, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 0.3)
    assert [finding.code for finding in asyncio.run(try_apart(POLICY, str(file), DAY)).findings] == ["G052"]


def test_whoever_stops_waiting_leaves_no_process_behind(file, monkeypatch):
    note = file.parent / "pid"
    sleeper = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(apart, "_COMMAND", (sys.executable, "-c", sleeper))

    async def use():
        task = asyncio.create_task(try_apart(POLICY, str(file), DAY))
        while not (note.exists() and note.read_text()):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(use())
    assert time.monotonic() - began < 40
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_nor_does_whoever_stops_before_he_hears_of_its_start(file, monkeypatch):
    started = []

    def slowly(start=apart._start):
        started.append(start())
        time.sleep(0.3)
        return started[0]

    monkeypatch.setattr(apart, "_start", slowly)

    async def use():
        task = asyncio.create_task(try_apart(POLICY, str(file), DAY))
        while not started:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())
    assert started[0].returncode is not None


def test_a_trial_knows_nothing_of_our_environment_and_writes_into_no_log(monkeypatch, capfd):
    monkeypatch.setenv("GATEWAY_ROOT_KEY", "synthetic-secret")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    telling = (
        "import json, os, sys\nsys.stdin.read()\nprint('a line of the policy', file=sys.stderr)\n"
        "json.dump({'texts': ['policy.yaml', ' '.join(os.environ)], 'findings': []}, sys.stdout)"
    )
    monkeypatch.setattr(apart, "_COMMAND", (sys.executable, "-c", telling))
    names = set(asyncio.run(try_apart(POLICY, "policy.yaml", DAY)).texts.policy.split())
    assert "PYTHONDONTWRITEBYTECODE" in names
    assert names.isdisjoint(("GATEWAY_ROOT_KEY", "HOME", "USER"))
    assert capfd.readouterr().err == ""
