"""A runner that is killed leaves nothing half done that another one does not finish."""

import json
import subprocess
import sys

from tests.house.tree import ROOT

STRIDE = 47  # a sample; `python -m tests.dsr.dying` tries every moment, which takes some minutes


def test_an_erasure_that_was_killed_is_finished_by_whoever_comes_next():
    command = [sys.executable, "-m", "tests.dsr.dying", str(STRIDE)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    told = json.loads(done.stdout)
    assert told["moments"] > 100
    assert (told["survived"], told["wrong"]) == ([], {})
