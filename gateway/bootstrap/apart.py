"""Try a policy in a process of its own, so that the one that serves is not held up.

A proof is a second or more of pure computing, which in a thread would keep every request waiting. The process gets the
policy's text on its standard input and answers with what it found and the texts that this is true of; it is given no
configuration, no secret and no log. It is in a session of its own, so that a signal to everybody else is not one to it.
"""

import asyncio
import dataclasses
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.trial import Texts, Tried, try_policy
from gateway.errors import Finding
from gateway.settings.child import for_python

# Far more than a proof takes. What takes longer is not put in force.
PATIENCE_SECONDS = 300.0
_COMMAND = (sys.executable, "-m", "gateway.bootstrap.apart")
_NICE = 10


async def try_apart(text: str, file: str, day: int) -> Tried:
    """`try_policy`, elsewhere. The policy itself does not come back: what is right has no error among its findings.

    Whoever is cancelled while waiting leaves nothing running.
    """
    asked = json.dumps({"text": text, "file": file, "day": day}).encode()
    try:
        answer = await _ask(asked)
        told = json.loads(answer)
        return Tried(Texts(*told["texts"]), tuple(Finding(**finding) for finding in told["findings"]))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, LookupError) as error:
        message = f"the policy could not be tried ({type(error).__name__})"
        return Tried(Texts(file, text), (Finding(file, 1, 1, "G052", message, "SIGHUP tries again"),))


async def _ask(asked: bytes) -> bytes:
    """The answer of the other process. Even to start it is left to a thread: it would be a millisecond of silence."""
    starting = asyncio.ensure_future(asyncio.to_thread(_start))
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread(_end, await starting)  # it may run before we hear of it
        raise
    try:
        answer = await asyncio.to_thread(_wait, process, asked)
    finally:
        process.kill()  # nothing, where it has ended; where nobody waits any more, the end of it and of the thread
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, _COMMAND)
    return answer


def _wait(process: "subprocess.Popen[bytes]", asked: bytes) -> bytes:
    try:
        return process.communicate(asked, PATIENCE_SECONDS)[0]
    except subprocess.TimeoutExpired:
        _end(process)
        raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def _start() -> "subprocess.Popen[bytes]":
    pipe, nowhere, needed = subprocess.PIPE, subprocess.DEVNULL, for_python()
    # Our own interpreter and module, and nothing of anybody's in the command.
    return subprocess.Popen(  # noqa: S603
        _COMMAND, stdin=pipe, stdout=pipe, stderr=nowhere, env=needed, start_new_session=True
    )


def main() -> None:
    """Answer one question, and compute no longer than anybody waits for it."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (int(PATIENCE_SECONDS), int(PATIENCE_SECONDS)))
    asked = json.load(sys.stdin)
    tried = try_policy(asked["text"], asked["file"], resolver(Path(asked["file"])), asked["day"])
    told = {"texts": tried.texts, "findings": [dataclasses.asdict(finding) for finding in tried.findings]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
