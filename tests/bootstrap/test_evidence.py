"""What is asked for is evidenced before it is done; what happens by itself is evidenced as soon as it can be."""

import asyncio
import json

import pytest

from gateway.audit.sqlite import FILE, SqliteLog, read
from gateway.bootstrap.evidence import MOST_OWED, Evidence
from gateway.errors import LogUnavailable

SEEDS = [bytes(range(32))]


def using(directory, use):
    """What `use(evidence)` makes; the acts that are in the log afterwards, and the faults that were told."""
    faults = []

    def begin():
        if (directory / "away").exists():
            raise OSError("away")
        return SqliteLog(directory, SEEDS, lambda: "shop.example/log/0a1b2c3d")

    async def run():
        evidence = Evidence(begin, faults.append)
        made = await use(evidence)
        (directory / "away").unlink(missing_ok=True)
        await evidence.stop()
        return made

    made = asyncio.run(run())
    return made, [json.loads(row.leaf) for row in read(directory / FILE).rows], faults


def acts(leaves):
    return [each["act"] for each in leaves]


def test_what_is_required_is_durable_when_it_returns(tmp_path):
    async def use(evidence):
        await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")
        return len(read(tmp_path / FILE).rows)

    made, leaves, faults = using(tmp_path, use)
    assert (made, acts(leaves), faults) == (1, ["destination.resumed", "stopped"], [])


def test_what_cannot_be_written_is_refused_and_not_written_later(tmp_path):
    async def use(evidence):
        (tmp_path / "away").touch()
        with pytest.raises(LogUnavailable):
            await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")
        return evidence.owed

    made, leaves, _ = using(tmp_path, use)
    assert (made, acts(leaves)) == (0, ["stopped"])


def test_what_happened_by_itself_is_owed_and_written_in_order_with_its_own_time(tmp_path):
    async def use(evidence):
        (tmp_path / "away").touch()
        evidence.note("salt.destroyed", day="2026-11-26", why="day_over")
        evidence.changed("policy.changed", "0123456789abcdef", nothing="")
        evidence.tick()
        with pytest.raises(LogUnavailable):
            await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")
        owed = evidence.owed
        (tmp_path / "away").unlink()
        evidence.tick()
        await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")
        return owed, evidence.owed

    made, leaves, faults = using(tmp_path, use)
    assert made == (2, 0)
    assert acts(leaves) == ["salt.destroyed", "policy.changed", "destination.resumed", "stopped"]
    assert {type(fault) for fault in faults} == {LogUnavailable}


def test_a_change_is_written_once_with_what_was_before(tmp_path):
    async def use(evidence):
        for fingerprint in ("a" * 16, "a" * 16, "b" * 16):
            evidence.changed("policy.changed", fingerprint, nothing="")

    using(tmp_path, use)

    async def again(evidence):
        evidence.changed("policy.changed", "b" * 16, nothing="")
        evidence.changed("policy.changed", "a" * 16, nothing="")

    _, leaves, _ = using(tmp_path, again)
    changes = [(each["before"], each["after"]) for each in leaves if each["act"] == "policy.changed"]
    assert changes == [("", "a" * 16), ("a" * 16, "b" * 16), ("b" * 16, "a" * 16)]


def test_more_than_can_be_owed_leaves_a_gap_that_is_told(tmp_path):
    async def use(evidence):
        (tmp_path / "away").touch()
        for _ in range(MOST_OWED + 7):
            evidence.note("salt.destroyed", day="2026-11-26", why="day_over")
        with pytest.raises(LogUnavailable):
            await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")
        (tmp_path / "away").unlink()
        await evidence.require("destination.resumed", destination="meta", by="AbCdEf123_-x")

    _, leaves, _ = using(tmp_path, use)
    assert [each["lost"] for each in leaves if each["act"] == "log.gap"] == [7]


def test_a_leaf_that_has_no_form_keeps_no_other_from_being_written(tmp_path):
    async def use(evidence):
        evidence.note("salt.destroyed", day="jane@shop.example", why="day_over")
        evidence.note("salt.destroyed", day="2026-11-26", why="day_over")

    _, leaves, _ = using(tmp_path, use)
    assert acts(leaves) == ["salt.destroyed", "log.gap", "stopped"] or acts(leaves) == [
        "log.gap",
        "salt.destroyed",
        "stopped",
    ]
    assert b"jane" not in (tmp_path / FILE).read_bytes()


def test_everything_is_signed_in_the_end(tmp_path):
    async def use(evidence):
        evidence.note("salt.destroyed", day="2026-11-26", why="day_over")

    using(tmp_path, use)
    kept = read(tmp_path / FILE)
    assert kept.checkpoints[-1][0] == len(kept.rows) == 2
