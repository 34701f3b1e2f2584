"""A gateway without listeners, whose files are changed under it."""

import asyncio
import io
import json
import logging
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from gateway.bootstrap import reload
from gateway.bootstrap.last_good import NAME
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.reload import Reloading
from gateway.errors import ConfigurationError
from gateway.settings.role import Role
from gateway.telemetry import open_log
from tests.bootstrap.configuration import GATEWAY, POLICY, write

QUICK = GATEWAY + "reload_every: 0.05\n"
STRICTER = POLICY.replace("name: small", "name: stricter").replace("page_view: [visits]", "page_view: [visits, ads]")
WITHOUT_META = POLICY[: POLICY.index("  meta: {")].replace("name: small", "name: smaller")
BROKEN = POLICY.replace("family: advertising", "family: advertizing")
SECONDS = 20


@pytest.fixture(autouse=True)
def written(monkeypatch):
    """The lines of the log. Files are taken for whole a little sooner."""
    monkeypatch.setattr(reload, "STILL_SECONDS", 0.02)
    root = logging.getLogger()
    before, stream = (root.handlers[:], root.level), io.StringIO()
    open_log("debug", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]


class Following:
    """A gateway that follows its files."""

    def __init__(self, config: Path) -> None:
        self.gateway = Gateway(read_ground(config, Role.COLLECTOR))
        self.reloading = Reloading(self.gateway)

    @property
    def policy(self) -> str:
        return self.gateway.plan.policy.name

    async def until(self, condition) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                await asyncio.sleep(0.01)

    async def named(self, name: str) -> None:
        await self.until(lambda: self.policy == name)

    async def failed(self, failed: bool = True) -> None:
        await self.until(lambda: self.gateway.standing.failed is failed)

    async def metric(self, name: str) -> list[str]:
        lines = (await self.gateway.metrics()).decode().splitlines()
        return [line for line in lines if line.startswith(name)]


@asynccontextmanager
async def following(config: Path):
    follower = Following(config)
    await follower.gateway.start()
    try:
        await follower.reloading.begin()
        task = asyncio.create_task(follower.reloading.run())
        yield follower
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    finally:
        await follower.gateway.stop()


def put(config: Path, text: str, name: str = "policy.yaml") -> None:
    fresh = config.parent / f"{name}.next"
    fresh.write_text(text)
    fresh.replace(config.parent / name)


async def ready(follower: Following):
    wanted, state = await follower.gateway.ready()
    return wanted, dict(state)


def test_another_policy_is_put_in_force_and_everything_speaks_of_it(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            before = follower.gateway.reign
            put(config, STRICTER)
            await follower.named("stricter")
            policy = follower.gateway.plan.policy
            assert follower.gateway.collector.policy is policy and follower.gateway.worker is not None
            assert before.collector.policy.name == "small", "who began with the old one ends with it"
            (info,) = await follower.metric("gateway_policy_info")
            assert 'policy="stricter"' in info and f'fingerprint="{policy.fingerprint}"' in info
            wanted, state = await ready(follower)
            assert wanted and state["policy"]["fingerprint"] == policy.fingerprint
            assert state["policy"]["pack"]["age_days"] >= 0 and state["policy_reload_failed"] is False
            assert await follower.metric("gateway_policy_reloads_total{") == [
                'gateway_policy_reloads_total{outcome="accepted"} 1.0'
            ]
            assert await follower.metric("gateway_policy_loaded_timestamp_seconds ")
            assert await follower.metric("gateway_pack_age_days ")
        return policy.fingerprint

    fingerprint = asyncio.run(use())
    assert [line["fingerprint"] for line in written() if line["event"] == "policy"][-1] == fingerprint
    assert json.loads((tmp_path / "data" / NAME).read_text())["texts"]["policy"] == STRICTER


def test_what_is_wrong_changes_nothing_and_is_told_with_its_place(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            reign = follower.gateway.reign
            put(config, BROKEN)
            await follower.failed()
            assert follower.gateway.reign is reign
            wanted, state = await ready(follower)
            assert wanted and state["policy_reload_failed"] is True
            assert await follower.metric("gateway_policy_reload_failed") == ["gateway_policy_reload_failed 1.0"]
            put(config, POLICY)
            await follower.failed(False)
            assert follower.gateway.reign is reign, "the same bytes are no change"
            assert await follower.metric("gateway_policy_reload_failed") == ["gateway_policy_reload_failed 0.0"]

    asyncio.run(use())
    line = next(line for line in written() if line["event"] == "finding" and line["level"] == "error")
    assert (Path(line["file"]).name, line["line"], line["code"]) == ("policy.yaml", 7, "P020")
    assert [line["state"] for line in written() if line["event"] == "policy_refused"] == ["last_good"]


def test_the_bytes_in_force_are_no_change_after_a_text_that_nobody_can_read(tmp_path):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            reign = follower.gateway.reign
            put(config, "[")
            await follower.failed()
            put(config, POLICY)
            await follower.failed(False)
            assert follower.gateway.reign is reign

    asyncio.run(use())


@pytest.mark.parametrize("how", ["a test of its own fails", "it names what is not connected", "it is gone"])
def test_what_cannot_be_right_is_refused(tmp_path, how):
    test = "tests: [{name: wrong, given: {region: FR, event: purchase}, expect: {meta: allow}}]\n"
    more = "  new: {party: first, events: {page_view: [visits]}, fields: [event.name]}\n"

    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            reign = follower.gateway.reign
            if how == "it is gone":
                (tmp_path / "policy.yaml").unlink()
            else:
                put(config, POLICY + (test if how.startswith("a test") else more))
            await follower.failed()
            assert follower.gateway.reign is reign

    asyncio.run(use())


def test_a_destination_that_leaves_the_policy_is_no_reason_to_go_on_with_the_old_one(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            put(config, WITHOUT_META)
            await follower.named("smaller")
            assert "meta" not in follower.gateway.collector.routes["meta_pixel"]
        async with following(config) as again:
            assert again.policy == "smaller" and not again.gateway.standing.failed

    asyncio.run(use())
    assert {line["level"] for line in written() if line.get("code") == "G022"} == {"warning"}


def test_another_pack_is_another_policy(tmp_path):
    async def use():
        config = write(tmp_path, QUICK)
        pack = (Path(__file__).parents[2] / "policies" / "packs" / "baseline-2026.11.yaml").read_text()
        async with following(config) as follower:
            before = follower.gateway.plan.policy.fingerprint
            (tmp_path / "packs").mkdir()
            put(config, pack + "\n# reviewed once more\n", "packs/baseline-2026.11.yaml")
            await follower.until(lambda: follower.gateway.plan.policy.fingerprint != before)

    asyncio.run(use())


def test_the_same_bytes_written_again_are_no_work(tmp_path):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            reign = follower.gateway.reign
            for _ in range(5):
                put(config, POLICY)
                follower.reloading.kick()
                await asyncio.sleep(0.1)
            assert follower.gateway.reign is reign
            assert await follower.metric("gateway_policy_reloads_total{") == []

    asyncio.run(use())


def test_a_restart_goes_on_with_the_last_good_one_and_says_so(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            put(config, STRICTER)
            await follower.named("stricter")
        for text in (BROKEN, "", None):
            put(config, text or "")
            if text is None:
                (tmp_path / "policy.yaml").unlink()
            async with following(config) as again:
                wanted, state = await ready(again)
                assert wanted and again.policy == "stricter" and state["policy_reload_failed"] is True
        put(config, POLICY)
        async with following(config) as healed:
            assert healed.policy == "small" and not healed.gateway.standing.failed

    asyncio.run(use())
    assert [line["state"] for line in written() if line["event"] == "policy_refused"] == ["last_good"] * 3


def test_a_last_good_one_that_does_not_fit_any_more_is_not_used(tmp_path):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config):
            pass
        write(tmp_path, QUICK[: QUICK.index("  meta:\n")] + "reload_every: 0.05\n", BROKEN)
        async with following(config) as follower:
            assert follower.policy == "" and (await ready(follower))[0] is False

    asyncio.run(use())


def test_without_any_policy_it_is_not_ready_and_becomes_so(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK, BROKEN)
        async with following(config) as follower:
            wanted, state = await ready(follower)
            assert not wanted and state["why"] == ["no valid policy"] and state["policy"] is None
            assert follower.gateway.collector.routes["meta_pixel"] == ("own_stats", "meta")
            assert await follower.metric("gateway_policy_info{") == []
            put(config, POLICY)
            await follower.named("small")
            assert (await ready(follower))[0] is True

    asyncio.run(use())
    assert [line["state"] for line in written() if line["event"] == "policy_refused"] == ["no_policy"]


def test_a_right_policy_that_gateway_yaml_does_not_know_is_an_error_of_the_start(tmp_path):
    async def use():
        async with following(write(tmp_path, QUICK.replace("  meta:\n", "  metta:\n"))):
            pass

    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(use())
    assert {finding.code for finding in refusal.value.findings} >= {"G021", "G022"}


def test_a_disk_that_takes_nothing_keeps_no_policy_from_reigning(tmp_path):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            (tmp_path / "data" / NAME).with_suffix(".new").mkdir()
            put(config, STRICTER)
            await follower.named("stricter")
            assert await follower.metric("gateway_faults_total{") == ['gateway_faults_total{part="reload"} 1.0']

    asyncio.run(use())


def test_a_candidate_is_asked_once_it_is_right_and_not_while_it_is_wrong(tmp_path, written):
    async def use():
        config = write(tmp_path, QUICK + "candidate: next.yaml\n")
        async with following(config) as follower:
            standing = follower.gateway.standing
            await follower.until(lambda: standing.candidate_failed)
            assert follower.gateway.collector.candidate is None and follower.policy == "small"
            put(config, STRICTER, "next.yaml")
            await follower.until(lambda: standing.candidate)
            reign = follower.gateway.reign
            assert reign.policy.name == "small" and reign.collector.candidate.policy.name == "stricter"
            assert 'policy="stricter"' in (await follower.metric("gateway_candidate_info{"))[0]
            assert (await ready(follower))[1]["candidate"]["name"] == "stricter"
            put(config, POLICY.replace("name: small", "name: other"))
            await follower.named("other")
            assert follower.gateway.collector.candidate.policy.name == "stricter"
            put(config, BROKEN, "next.yaml")
            await follower.until(lambda: standing.candidate is None)
            assert follower.gateway.collector.candidate is None and standing.candidate_failed
            assert await follower.metric("gateway_candidate_failed") == ["gateway_candidate_failed 1.0"]
            assert not standing.failed

    asyncio.run(use())
    assert [line["policy"] for line in written() if line["event"] == "candidate"] == ["stricter"]
    assert len([line for line in written() if line["event"] == "candidate_refused"]) == 2


def test_a_fault_ends_one_look_and_not_the_looking(tmp_path, monkeypatch):
    async def use():
        config = write(tmp_path, QUICK)
        async with following(config) as follower:
            looked = follower.reloading._policy.look
            monkeypatch.setattr(follower.reloading._policy, "look", lambda: 1 / 0)
            await follower.until(
                lambda: b'gateway_faults_total{part="reload"}' in follower.gateway.telemetry.exposition()
            )
            monkeypatch.setattr(follower.reloading._policy, "look", looked)
            put(config, STRICTER)
            await follower.named("stricter")

    asyncio.run(use())
