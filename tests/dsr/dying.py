"""Kill the runner at each step of an erasure, and have another process go on: `python -m tests.dsr.dying` tries all.

Each step is a call of the store, and the process dies right before it or right after it, as SIGKILL has it die.
"""

import asyncio
import inspect
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from gateway.audit.jws import public_of
from gateway.audit.receipt import verify_receipt
from gateway.dsr.request import State
from tests.dsr.answering import SEED, SUBJECTS, U1, event, house

OTHER = SUBJECTS.of("user", "u-2")
ROWS = [json.dumps({"event": {"id": name}, "id": {"user": name}}) for name in ("u-1", "u-2", "u-1")]


class Dying:
    """A store whose process dies at its `last` moment: two for each call, once it is armed."""

    def __init__(self, store):
        self._store = store
        self.moments, self.last, self.armed = 0, 0, False

    def __getattr__(self, name):
        found = getattr(self._store, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*given, **named):
            self._moment()
            answer = await found(*given, **named)
            self._moment()
            return answer

        return call

    def _moment(self):
        self.moments += self.armed
        if self.armed and self.moments == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


async def begin(directory, last):
    """Hand a request in and die; how many moments there were where nobody died."""
    async with house(directory, Dying) as made:
        await made.store.put([event(1), event(2, OTHER), event(3)])
        made.files = {"archive": directory / "archive"}
        made.files["archive"].mkdir()
        (made.files["archive"] / "2026-11-23.jsonl").write_text("".join(f"{row}\n" for row in ROWS))
        await made.recipients.received("archive", [event(1)])
        await made.submit()
        made.store.last, made.store.armed = last, True
        await made.runner.work()
        made.store.armed = False
        return made.store.moments


async def go_on(directory):
    """What is wrong after another process has gone on, in words; empty where nothing is."""
    async with house(directory) as made:
        made.files = {"archive": directory / "archive"}
        await made.runner.work()
        (request,) = await made.desk.browse("", 9)
        rows = (directory / "archive" / "2026-11-23.jsonl").read_text().splitlines()
        kind, claims = verify_receipt(await made.desk.receipt(request.id) or "..", [public_of(SEED)])
        facts = {
            "completed": request.state is State.COMPLETED and str(request.outcome) == "done",
            "counted": request.task("store").matched == 3,
            "erased": await made.store.held([U1], 9) == [] and (await made.lookup.of([U1])).erasable == 0,
            "others intact": [each.id for each in await made.store.held([OTHER], 9)] == ["id-2"],
            "files rewritten": rows == [ROWS[1]],
            "journal": [entry.request for entry in made.journal.read().entries] == [request.id],
            "forgotten": await made.books.held(request.id) is None and await made.store.sheets("dsr.open", "", 9) == [],
            "proved": (kind, claims["jti"], claims["outcome"]) == ("dsr", request.id, "done"),
            "no fault": made.faults == [],
        }
        return [words for words, holds in facts.items() if not holds]


def apart(work):
    """What a coroutine makes in a process of its own, and None where that was killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.write(write, json.dumps(asyncio.run(work)).encode())
        os._exit(0)
    work.close()
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def main(stride=1):
    """Every `stride`-th moment: which were tried, and what was wrong after which."""
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch, "whole")
        whole.mkdir()
        moments = apart(begin(whole, 0))
        wrong, survived = {}, []
        for last in range(1, moments + 1, stride):
            directory = Path(scratch, str(last))
            directory.mkdir()
            if apart(begin(directory, last)) is not None:
                survived.append(last)
            problems = apart(go_on(directory))
            if problems != []:
                wrong[last] = problems
    return {"moments": moments, "tried": len(range(1, moments + 1, stride)), "survived": survived, "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if sys.argv[1:] else 1)))
