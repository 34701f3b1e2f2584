import asyncio
import time

import pytest

from gateway.web.dsr.waiting import LONGEST, matches, wait_of
from tests.web.dsr.asking import ATTESTED, at_the_desk


def test_whoever_has_it_already_is_told_so(tmp_path):
    async def use(desk):
        location = await desk.submit()
        first = await desk.ask("GET", location)
        tag = first.headers["etag"]
        known = [await desk.ask("GET", location, if_none_match=each) for each in (tag, f'"x", W/{tag}', "*")]
        await desk.ask("POST", f"{location}/verification", ATTESTED)
        return known, await desk.ask("GET", location, if_none_match=tag)

    known, changed = at_the_desk(tmp_path, use)
    assert [(each.status, each.body) for each in known] == [(304, b"")] * 3
    assert (changed.status, changed.json["state"]) == (200, "queued")


def test_whoever_would_rather_wait_is_answered_when_something_has_changed(tmp_path):
    async def use(desk):
        location = await desk.submit()
        tag = (await desk.ask("GET", location)).headers["etag"]
        waiting = [
            asyncio.create_task(desk.ask("GET", location, prefer="wait=30", **more))
            for more in ({}, {"if_none_match": tag})
        ]
        while desk.waiting._waiting < 2:
            await asyncio.sleep(0.01)
        await desk.ask("POST", f"{location}/verification", ATTESTED)
        return await asyncio.wait_for(asyncio.gather(*waiting), 20)

    for answer in at_the_desk(tmp_path, use):
        assert (answer.status, answer.json["state"], answer.headers["preference-applied"]) == (200, "queued", "wait=30")


def test_nobody_waits_for_what_has_changed_already_or_at_a_process_that_stops(tmp_path):
    async def use(desk):
        location = await desk.submit()
        began = time.monotonic()
        old = await desk.ask("GET", location, prefer="wait=30", if_none_match='"old"')
        desk.stopping = True
        stopped = await desk.ask("GET", location, prefer="wait=30")
        return old, stopped, time.monotonic() - began

    old, stopped, took = at_the_desk(tmp_path, use)
    assert (old.status, "preference-applied" in old.headers, stopped.status, took < 20) == (200, False, 200, True)


def test_after_the_time_the_answer_is_what_there_is(tmp_path):
    async def use(desk):
        location = await desk.submit()
        tag = (await desk.ask("GET", location)).headers["etag"]
        return await desk.ask("GET", location, prefer="wait=1"), await desk.ask(
            "GET", location, prefer="wait=1", if_none_match=tag
        )

    plain, known = at_the_desk(tmp_path, use)
    assert (plain.status, known.status) == (200, 304)


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=20", 20), ("respond-async, wait=5", 5), ('Wait="7"', 7), ("wait=9999", LONGEST), ("wait=x", 0), ("", 0),
        ("wait", 0), ("await=5", 0), ("wait=-1", 0), ("respond-async;wait = 3", 3),
    ],
)  # fmt: skip
def test_how_long_somebody_would_wait_is_read_as_the_rfc_writes_it(prefer, seconds):
    assert wait_of(prefer) == seconds


def test_a_tag_is_found_among_others():
    assert matches('"a", W/"b"', '"b"') and matches("*", '"b"') and not matches('"a"', '"b"')
