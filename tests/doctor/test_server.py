import asyncio
import time

import pytest

from gateway.bootstrap.plan import read_ground
from gateway.doctor.clock import ahead
from gateway.doctor.server import server
from tests.blackbox.running import free_port
from tests.bootstrap.configuration import GATEWAY, write
from tests.store.servers import Server


def look(folder, url, more=""):
    plan = read_ground(write(folder, f"{GATEWAY}store: {{url: {url!r}{more}}}\n"))
    return asyncio.run(server(plan, time.time))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("valkey") / "server") as started:
        yield started


def test_a_server_that_keeps_everything_is_fine_and_tells_the_time(tmp_path, running):
    looked = look(tmp_path, running.url)
    assert looked.results[0].verdict == "fine" and "strict" in looked.results[0].says
    assert [ahead(reading) for reading in looked.readings] == [0.0]
    assert running.ask("DBSIZE") == 0


def test_one_that_loses_what_it_acknowledged_is_wrong(tmp_path, running):
    running.ask("CONFIG", "SET", "appendfsync", "no")
    try:
        told, *_ = look(tmp_path, running.url).results
    finally:
        running.ask("CONFIG", "SET", "appendfsync", "always")
    assert told.verdict == "wrong" and "appendfsync" in told.do


def test_one_that_lets_nobody_in_is_told_from_one_that_is_away(tmp_path, running):
    running.ask("CONFIG", "SET", "requirepass", "word")
    try:
        shut, *_ = look(tmp_path, running.url, ", password: wrong").results
    finally:
        open_ = look(tmp_path, running.url, ", password: word")
    away, *_ = look(tmp_path, f"redis://127.0.0.1:{free_port()}/0").results
    assert open_.results[0].verdict == "fine"
    assert (shut.verdict, away.verdict) == ("wrong", "wrong")
    assert "password" in shut.do and "does not answer" in away.says
    assert "wrong" not in f"{shut.says}{shut.do}{shut.about}" and "word" not in open_.results[0].says


def test_a_server_elsewhere_without_tls_is_doubtful(tmp_path):
    looked = look(tmp_path, f"redis://localhost.invalid:{free_port()}/0", ", timeout: 1s")
    assert "without TLS" in looked.results[-1].says and looked.results[-1].verdict == "doubtful"
