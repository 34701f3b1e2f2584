import os
import re
import subprocess

import pytest

from tests.house.tree import ROOT

TEST = (ROOT / "tools/test.sh").read_text("utf-8")
LEGS = re.findall(r"\w+", " ".join(re.findall(r'_LEGS="(.*)"', TEST)))


@pytest.fixture
def run(tmp_path):
    """./run where no environment is; none may be there afterwards either."""
    venv = tmp_path / "venv"

    def typed(*arguments):
        environment = os.environ | {"VENV": str(venv)}
        done = subprocess.run(
            ["sh", ROOT / "run", *arguments], capture_output=True, text=True, check=False, env=environment, timeout=300
        )
        assert not venv.exists()
        return done.returncode, done.stdout, done.stderr

    return typed


@pytest.mark.parametrize(
    "arguments", [[], ["help"], ["--help"], ["demo", "--help"], ["serve", "-h"], ["lint", "--help"]]
)
def test_help_comes_before_any_environment(run, arguments):
    code, shown, complained = run(*arguments)
    assert (code, complained) == (0, "")
    assert "./run demo  [--port N]" in shown and "#" not in shown and "set -eu" not in shown


@pytest.mark.parametrize("arguments", [["test", "--help"], ["test", "unit", "-h"]])
def test_the_help_of_the_tests_names_every_leg(run, arguments):
    code, shown, complained = run(*arguments)
    assert (code, complained) == (0, "")
    assert len(LEGS) > 8
    assert [leg for leg in LEGS if leg != "demo" and not re.search(rf"^  {leg}  ", shown, re.MULTILINE)] == []
    assert "leg demo" in shown


def test_every_leg_that_may_be_named_is_run_by_its_name():
    assert {*re.findall(r"\bwanted (\w+)\b", TEST)} == {*LEGS} == {*re.findall(r"\b(?:leg|missing) (\w+) [\"$]", TEST)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tests"], "unknown command tests"),
        (["lint", "gateway"], "lint takes nothing: gateway"),
        (["test", "units"], "no leg of the tests is called units (there are: lint unit"),
        (["test", "--no-helmet"], "unknown option --no-helmet of test (known: --no-browser"),
        (["test", "unit", "--no-helm"], "name legs or leave some out, not both: unit --no-helm"),
    ],
)
def test_what_nobody_knows_is_refused_before_any_environment(run, arguments, told):
    code, _, complained = run(*arguments)
    assert code == 2
    assert told in complained
