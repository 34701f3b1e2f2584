import asyncio
import json

import pytest
from click.testing import CliRunner

from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.storing import store_of
from gateway.cli import main
from tests.bootstrap.configuration import write
from tests.store.making import event, ids, using


def run(*words):
    return CliRunner().invoke(main, ["dead-letters", *map(str, words)])


@pytest.fixture
def config(tmp_path):
    """The configuration of a gateway that does not run, whose store has three dead letters of `meta`."""

    async def bury(store):
        await store.put([event(n, "meta", subject="f" * 32) for n in range(3)])
        await store.bury(await store.lease("meta", 9, 10**9, 60), "rejected", 2_000)

    config = write(tmp_path)
    with_store_of(config, bury)
    return config


def with_store_of(config, use):
    """Use the store that a configuration names, under its own keys."""
    return using(lambda: store_of(read_ground(config)), use)


def test_they_are_counted_and_listed(config):
    assert run("list", "--config", config).output == "3  meta  rejected\n"
    assert json.loads(run("list", "--json", "--config", config).output)["events"] == 3
    listed = run("list", "meta", "--most", 2, "--config", config).output.splitlines()
    assert [line.split()[0] for line in listed] == ["id-2", "id-1"]
    assert run("list", "meta", "--after", "id-1", "--config", config).output.startswith("id-0 ")


def test_one_is_shown_without_its_pseudonym(config):
    done = run("show", "meta", "id-1", "--config", config)
    assert json.loads(done.output)["event"]["event"] == {"id": "id-1", "name": "page_view"}
    assert "f" * 32 not in done.output
    missing = run("show", "meta", "id-9", "--config", config)
    assert (missing.exit_code, missing.stdout) == (1, "")


def test_they_are_queued_again_or_destroyed_one_by_one_or_all(config):
    assert run("replay", "meta", "id-0", "id-9", "--config", config).output == "1 queued again\n"
    assert run("discard", "meta", "id-1", "--config", config).output == "1 destroyed\n"
    assert run("replay", "meta", "--all", "--config", config).output == "1 queued again\n"
    assert run("discard", "meta", "--all", "--config", config).output == "0 destroyed\n"
    queued = with_store_of(config, lambda store: store.lease("meta", 9, 9_000, 60))
    assert ids(queued) == ["id-0", "id-2"]


@pytest.mark.parametrize("word", ["replay", "discard"])
def test_nobody_means_all_by_naming_none(config, word):
    assert run(word, "meta", "--config", config).exit_code == 2
    assert run(word, "meta", "id-1", "--all", "--config", config).exit_code == 2


def test_a_store_that_somebody_else_has_is_left_alone(config):
    async def hold(store):
        return await asyncio.to_thread(run, "discard", "meta", "--all", "--config", config)

    done = with_store_of(config, hold)
    assert (done.exit_code, "store-locked" in done.output) == (1, True)


def test_without_a_gateway_and_a_store_there_is_nothing_to_look_at(tmp_path):
    done = run("list", "--config", write(tmp_path))
    assert (done.exit_code, (tmp_path / "data").exists()) == (1, False)
    assert "no gateway answers" in done.output


def test_a_configuration_that_is_wrong_is_told(tmp_path):
    config = write(tmp_path)
    config.write_text("listeners: 7\n")
    assert (run("list", "--config", config).exit_code, "error[" in run("list", "--config", config).output) == (1, True)
