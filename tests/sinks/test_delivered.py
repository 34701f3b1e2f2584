"""Files are destinations like any other: decided again, withdrawn from, and never told that they have what they have not."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from pyarrow import parquet as format_

from gateway.bootstrap.shipped import manifests
from gateway.delivery import Rules, Target
from gateway.sender import Route
from gateway.vendors.binding import Binding
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.request import Destination
from tests.delivering import rig
from tests.store.making import event

SUBJECT = "f" * 32


@pytest.fixture(scope="module")
def catalogue():
    texts = manifests()
    return load_catalogue({name: texts[name] for name in ("jsonl.yaml", "parquet.yaml")})


def found(vendor, directory):
    """The ids in all files of the directory."""
    if vendor == "jsonl":
        lines = [line for path in directory.glob("*.jsonl") for line in path.read_text().splitlines()]
        return sorted(json.loads(line)["event"]["id"] for line in lines)
    paths = directory.glob("day=*/*.parquet")
    return sorted(row["event_id"] for path in paths for row in format_.ParquetFile(path).read().to_pylist())


def deliver(tmp_path, catalogue, vendor, events, before=None):
    """Deliver to files; what became of the events, by result."""
    files = tmp_path / "files"
    files.mkdir()

    async def run():
        async with rig(tmp_path / "store", Rules(linger=0.0)) as ready:
            bound = Destination(catalogue.manifests[vendor], Binding("ads", {"directory": str(files)}, {}, "", b"key"))
            ready.targets = {"ads": Target(bound, Route(directory=files))}
            await ready.store.put(events)
            if before:
                await before(ready)
            ready.run()
            counted = ("delivered", "refused")
            await ready.hurry(lambda: sum(ready.results().get(result, 0) for result in counted) == len(events))
            return ready.results()

    (tmp_path / "store").mkdir()
    return asyncio.run(run()), found(vendor, files)


def made(number, **other):
    name = f"id-{number}"
    return event(number, **({"received": 4_900, "fields": {"event.id": name, "order.value": "9.90"}} | other))


@pytest.mark.parametrize("vendor", ["jsonl", "parquet"])
def test_every_event_is_in_a_file_once(tmp_path, catalogue, vendor):
    results, ids = deliver(tmp_path, catalogue, vendor, [made(n) for n in range(40)])
    assert results == {"delivered": 40}
    assert ids == sorted(f"id-{n}" for n in range(40))


@pytest.mark.parametrize("vendor", ["jsonl", "parquet"])
def test_what_was_withdrawn_or_is_refused_by_now_reaches_no_file(tmp_path, catalogue, vendor):
    async def before(ready):
        ready.policy.refuses.add("purchase")
        await ready.store.refuse(SUBJECT, None, 5_000)

    events = [made(1, subject=SUBJECT), made(2, name="purchase"), made(3)]
    results, ids = deliver(tmp_path, catalogue, vendor, events, before)
    assert (results, ids) == ({"refused": 2, "delivered": 1}, ["id-3"])


@pytest.mark.parametrize("vendor", ["jsonl", "parquet"])
def test_a_full_disk_is_waited_for(tmp_path, catalogue, vendor, monkeypatch):
    fsync, full = os.fsync, [True] * 3

    def failing(file):
        if "/files" in str(Path(f"/proc/self/fd/{file}").readlink()) and full and full.pop():
            raise OSError(28, "no space")
        fsync(file)

    monkeypatch.setattr(os, "fsync", failing)
    results, ids = deliver(tmp_path, catalogue, vendor, [made(n) for n in range(9)])
    assert (results["delivered"], ids) == (9, sorted(f"id-{n}" for n in range(9)))
