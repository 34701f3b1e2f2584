"""`gateway demo --check` proves the demo without a browser."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_check_says_what_became_of_each_hit():
    command = [sys.executable, "-m", "gateway", "demo", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    lines = run.stdout.splitlines()
    assert len(lines) == 7
    assert all(line.startswith("ok ") for line in lines)


def test_a_port_that_is_taken_is_said_to_be(demo):
    port = demo.rpartition(":")[2]
    command = [sys.executable, "-m", "gateway", "demo", "--no-browser", "--port", port]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 1
    assert f"cannot listen on port {port}" in run.stderr
