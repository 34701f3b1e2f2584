"""A Parquet file is there whole, with typed columns and each event once."""

import datetime
import errno
import json
import os
from decimal import Decimal

import pytest
from pyarrow import parquet as format_

from gateway.sinks import parquet
from gateway.sinks.columns import COLUMNS

DAY = "day=2026-11-26"


def lines(*events):
    return "".join(f"{json.dumps(event)}\n" for event in events).encode()


def event(name, **more):
    return {"event": {"id": name, "name": "purchase", "time": "2026-11-26T10:15:30Z"}, "site": "shop", **more}


def rows(directory):
    return [
        row
        for path in sorted((directory / DAY).glob("*.parquet"))
        for row in format_.ParquetFile(path).read().to_pylist()
    ]


def test_an_event_is_a_row_of_typed_columns(tmp_path):
    order = {"value": "59.90", "items": [{"item_id": "s", "price": "19.95", "quantity": 2}]}
    parquet.write(tmp_path, DAY, lines(event("a", order=order, click={"fbc": "c"})))
    (found,) = rows(tmp_path)
    assert list(found) == list(COLUMNS)
    assert found["event_time"] == datetime.datetime(2026, 11, 26, 10, 15, 30, tzinfo=datetime.UTC)
    assert (found["order_value"], found["click"], found["page_url"]) == (Decimal("59.900000"), [("fbc", "c")], None)
    assert found["order_items"][0]["price"] == Decimal("19.950000")


def test_an_event_is_in_a_file_once_and_a_batch_that_comes_again_is_the_same_file(tmp_path):
    for _ in range(2):
        parquet.write(tmp_path, DAY, lines(event("a"), event("b"), event("a")))
    parquet.write(tmp_path, DAY, lines(event("c")))
    assert sorted(row["event_id"] for row in rows(tmp_path)) == ["a", "b", "c"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / DAY).iterdir()} == {0o600}


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch, step):
    (tmp_path / DAY).mkdir()

    def full(*args, **named):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="no space"):
        parquet.write(tmp_path, DAY, lines(event("a")))
    monkeypatch.undo()
    assert list((tmp_path / DAY).iterdir()) == []


def test_a_reader_sees_a_file_only_when_it_is_whole(tmp_path, monkeypatch):
    seen, rename = [], os.rename

    def watched(*args, **named):
        seen.append(rows(tmp_path))
        rename(*args, **named)

    monkeypatch.setattr(os, "rename", watched)
    parquet.write(tmp_path, DAY, lines(event("a")))
    assert (seen, len(rows(tmp_path))) == ([[]], 1)
