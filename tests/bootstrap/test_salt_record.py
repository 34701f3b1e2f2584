import json

import pytest

from gateway.bootstrap.salt import Gone
from gateway.bootstrap.salt_record import FILE, SaltRecord

DAY = 20_783  # 2026-11-26
NOON = DAY * 86_400 + 43_200


def rows(directory):
    return [json.loads(line) for line in (directory / FILE).read_text().splitlines()]


@pytest.fixture
def record(tmp_path):
    record = SaltRecord(tmp_path)
    record.open(NOON)
    return record


def test_each_salt_is_recorded_when_it_is_made_and_when_it_is_destroyed(record, tmp_path):
    record.made(DAY, NOON)
    record.made(DAY, NOON + 30)
    record.destroyed([Gone(DAY, "day_over")], NOON + 43_211)
    assert rows(tmp_path) == [
        {"day": "2026-11-26", "made": "2026-11-26T12:00:00Z"},
        {"day": "2026-11-26", "destroyed": "2026-11-27T00:00:11Z", "why": "day_over"},
    ]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_salt_that_went_with_its_process_is_found_at_the_next_start(record, tmp_path):
    record.made(DAY, NOON)
    SaltRecord(tmp_path).open(NOON + 100)
    assert rows(tmp_path)[-1] == {"day": "2026-11-26", "destroyed": "2026-11-26T12:01:40Z", "why": "process_ended"}
    SaltRecord(tmp_path).open(NOON + 200)
    assert len(rows(tmp_path)) == 2


def test_nothing_that_was_written_changes(record, tmp_path):
    record.made(DAY, NOON)
    before = (tmp_path / FILE).read_bytes()
    record.destroyed([Gone(DAY, "stopped")], NOON)
    again = SaltRecord(tmp_path)
    again.open(NOON)
    again.made(DAY, NOON)
    assert (tmp_path / FILE).read_bytes().startswith(before)
    assert len(rows(tmp_path)) == 3


def test_a_salt_that_was_replaced_is_still_a_salt_of_its_day(record, tmp_path):
    record.made(DAY, NOON)
    record.destroyed([Gone(DAY, "replaced")], NOON)
    assert len(rows(tmp_path)) == 1


def test_a_salt_nobody_recorded_is_recorded_when_it_goes(record, tmp_path):
    record.destroyed([Gone(DAY, "day_over")], NOON)
    assert [("made" in row, "destroyed" in row) for row in rows(tmp_path)] == [(True, False), (False, True)]


def test_a_line_that_was_cut_off_says_nothing(record, tmp_path):
    (tmp_path / FILE).write_text('{"day": "2026-11-26", "made": "x"}\n{"day": "2026-11-2')
    SaltRecord(tmp_path).open(NOON)
    lines = (tmp_path / FILE).read_text().splitlines()
    assert len(lines) == 3 and json.loads(lines[-1])["why"] == "process_ended"


def test_what_could_not_be_written_is_written_the_next_time(tmp_path):
    record = SaltRecord(tmp_path / "data")
    with pytest.raises(OSError):
        record.made(DAY, NOON)
    (tmp_path / "data").mkdir()
    record.destroyed([Gone(DAY, "stopped")], NOON)
    assert [list(row) for row in rows(tmp_path / "data")] == [["day", "made"], ["day", "destroyed", "why"]]
