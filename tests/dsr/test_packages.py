import asyncio
import io
import json
import os
import zipfile

import jsonschema
import pytest

from gateway.dsr.extract import Holdings, written
from gateway.dsr.packages import BOOK, MOST_USES, SECONDS, Packages, Shelf, packed
from gateway.dsr.problems import InvalidState, PackageGone
from tests.dsr.answering import NOW, at_home

ID = "01a21a00-2058-73b5-a2a0-f08aaaa8a54d"
TEXT = written(Holdings((), (), (), {}), ID, NOW)


class Kept:
    """Packages by their request."""

    def __init__(self):
        self.texts = {ID: TEXT}

    async def get(self, id):
        return self.texts.get(id)

    async def shred(self, id):
        self.texts.pop(id, None)


def with_packages(tmp_path, use):
    async def run(house):
        kept = Kept()
        return await use(house, Packages(house.store, Shelf(kept.get, kept.shred), house.clock, os.urandom), kept)

    return at_home(tmp_path, run)


async def result(fetching):
    try:
        return (await fetching).request
    except PackageGone:
        return "gone"


def test_a_link_works_three_times_and_then_the_package_is_destroyed(tmp_path):
    async def use(house, packages, kept):
        link = await packages.link(ID)
        assert link.ends == NOW + SECONDS
        found = [await result(packages.fetch(link.token)) for _ in range(5)]
        return found, kept.texts, await house.store.sheets(BOOK, "", 9)

    assert with_packages(tmp_path, use) == ([ID] * MOST_USES + ["gone"] * 2, {}, [])


def test_it_works_three_times_also_when_all_come_at_once(tmp_path):
    async def use(house, packages, kept):
        link = await packages.link(ID)
        return await asyncio.gather(*(result(packages.fetch(link.token)) for _ in range(12)))

    found = with_packages(tmp_path, use)
    assert (found.count(ID), found.count("gone")) == (MOST_USES, 12 - MOST_USES)


def test_who_asks_whose_it_is_uses_nothing_up(tmp_path):
    async def use(house, packages, kept):
        link = await packages.link(ID)
        whose = [await packages.whose(link.token) for _ in range(9)]
        found = [await result(packages.fetch(link.token)) for _ in range(4)]
        with pytest.raises(PackageGone):
            await packages.whose(link.token)
        return set(whose), found

    assert with_packages(tmp_path, use) == ({ID}, [ID] * MOST_USES + ["gone"])


def test_a_link_ends_after_a_quarter_of_an_hour_and_another_can_be_made(tmp_path):
    async def use(house, packages, kept):
        link = await packages.link(ID)
        house.clock.ahead = SECONDS
        assert await result(packages.fetch(link.token)) == "gone"
        assert await packages.sweep() == 1
        return await result(packages.fetch((await packages.link(ID)).token))

    assert with_packages(tmp_path, use) == ID


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "../etc", "é"])
def test_a_token_that_nobody_made_leads_nowhere(tmp_path, token):
    async def use(house, packages, kept):
        await packages.link(ID)
        return await result(packages.fetch(token))

    assert with_packages(tmp_path, use) == "gone"


def test_where_there_is_nothing_to_hand_out_there_is_no_link(tmp_path):
    async def use(house, packages, kept):
        with pytest.raises(InvalidState):
            await packages.link("another")
        link = await packages.link(ID)
        kept.texts.clear()
        return await result(packages.fetch(link.token))

    assert with_packages(tmp_path, use) == "gone"


def test_of_a_token_nothing_is_in_a_file(tmp_path):
    async def use(house, packages, kept):
        return (await packages.link(ID)).token

    token = with_packages(tmp_path, use)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (token.encode() in kept, ID.encode() in kept) == (False, True)


def test_a_package_is_a_zip_whose_data_fits_its_schema_and_which_is_always_the_same():
    with zipfile.ZipFile(io.BytesIO(packed(TEXT))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert files.keys() == {"README.txt", "data.json", "schema.json"}
    data, schema = json.loads(files["data.json"]), json.loads(files["schema.json"])
    jsonschema.Draft202012Validator(schema).validate(data)
    assert data["request"] == ID and "data.json" in files["README.txt"]
    assert packed(TEXT) == packed(TEXT)
