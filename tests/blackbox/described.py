"""Ask a running gateway everything that its description of the API of rights says can be asked, and much it does not.

`python -m tests.blackbox.described --examples 100` takes some minutes; every answer has to be one that is described.
"""

import argparse
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from gateway.bootstrap.machine import local_key, read_keys
from tests.blackbox.destination import Destination
from tests.blackbox.running import HOST, Gateway

BUSY = {"rights": {"requests_per_minute": 1_000_000}}
ALL = "examples,coverage,fuzzing,stateful"


def schemathesis(gateway: Gateway, examples: int, phases: str = ALL) -> subprocess.CompletedProcess[str]:
    """What Schemathesis finds, with so many examples for each operation."""
    words = ["--config-file", str(Path(__file__).with_suffix(".toml")), "run"]
    words += [
        f"http://{HOST}:{gateway.admin_port}/v1/openapi.json",
        "--phases",
        phases,
        "--max-examples",
        str(examples),
    ]
    words += ["-H", f"Authorization: Bearer {local_key(read_keys(gateway.data))}", "--generation-database", "none"]
    line = [sys.executable, "-m", "schemathesis.cli", *words, "--no-color", "--suppress-health-check", "all"]
    return subprocess.run(line, cwd=gateway.data.parent, capture_output=True, text=True, check=False)


def main() -> int:
    """The exit code of Schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder, hook = stack.enter_context(tempfile.TemporaryDirectory()), stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(Path(folder), {"meta": hook, "hook": hook}, BUSY))
        done = schemathesis(gateway, asked.examples)
        faults = [line for line in gateway.log.read_text().splitlines() if '"event": "fault"' in line]
    print("\n".join(line[:300] for line in (done.stdout + done.stderr).splitlines()), *faults, sep="\n")
    return done.returncode or bool(faults)


if __name__ == "__main__":
    sys.exit(main())
