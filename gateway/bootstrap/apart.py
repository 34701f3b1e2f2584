"""Try a policy in a process of its own, so that the one that serves is not held up.

A proof is a second or more of pure computing, which in a thread would keep every request waiting. The process gets the
policy's text on its standard input and answers with what it found and the texts that this is true of; it is given no
configuration.
"""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.trial import Texts, Tried, try_policy
from gateway.errors import Finding

# Far more than a proof takes. What takes longer is not put in force.
PATIENCE_SECONDS = 300.0
_COMMAND = (sys.executable, "-m", "gateway.bootstrap.apart")
_NICE = 10


def try_apart(text: str, file: str, day: int) -> Tried:
    """`try_policy`, elsewhere; it blocks, and is to be called in a thread.

    The policy itself does not come back: what is right has no error among its findings.
    """
    asked = json.dumps({"text": text, "file": file, "day": day})
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, and nothing of anybody's in the command
            _COMMAND, input=asked.encode(), stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True
        )
        told = json.loads(done.stdout)
        return Tried(Texts(*told["texts"]), tuple(Finding(**finding) for finding in told["findings"]))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, LookupError) as error:
        message = f"the policy could not be tried ({type(error).__name__})"
        return Tried(Texts(file, text), (Finding(file, 1, 1, "G052", message, "SIGHUP tries again"),))


def main() -> None:
    """Answer one question."""
    os.nice(_NICE)
    asked = json.load(sys.stdin)
    tried = try_policy(asked["text"], asked["file"], resolver(Path(asked["file"])), asked["day"])
    told = {"texts": tried.texts, "findings": [dataclasses.asdict(finding) for finding in tried.findings]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
