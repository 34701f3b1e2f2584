import random
import sqlite3

import pytest

from gateway.store.sqlite import quarantine
from gateway.store.sqlite.quarantine import expire_quarantine, open_sound, set_aside
from tests.store.making import event, ids, with_store
from tests.store.sqlite.pages import SIZE, pages_of

SUBJECT = "f" * 32


def filled(directory, events=300, refusals=3):
    async def use(store):
        await store.put([event(n, fields={"page.title": "x" * 600}) for n in range(events)])
        for n in range(refusals):
            await store.refuse(f"{n:032x}", None, 1_000)

    with_store(directory, use)
    return directory / "events.db"


async def look(store):
    leases = await store.lease("ads", 1_000, 5_000, 60)
    whole = [lease for lease in leases if lease.body]
    return ids(whole), await store.refusals_of([f"{n:032x}" for n in range(3)]), list(store.damages)


def test_a_sound_file_is_opened_as_it_is(tmp_path):
    filled(tmp_path)
    names, refusals, damages = with_store(tmp_path, look)
    assert (len(names), len(refusals), damages) == (300, 3, [])


@pytest.mark.parametrize("text", [b"", b"no database at all" * 400])
def test_what_is_no_database_is_set_aside_and_a_new_one_begun(tmp_path, text):
    path = filled(tmp_path)
    path.write_bytes(text)
    names, _, damages = with_store(tmp_path, look)
    assert names == []
    if text:
        (damage,) = damages
        assert (damage.saved, damage.whole) == (0, False)
        assert damage.moved_to.read_bytes() == text


def test_what_a_torn_page_left_readable_is_delivered_in_order(tmp_path):
    path = filled(tmp_path)
    at = pages_of(path, "queue")[20]
    text = bytearray(path.read_bytes())
    text[at : at + 200] = bytes(200)
    path.write_bytes(text)
    names, refusals, (damage,) = with_store(tmp_path, look)
    assert 200 < len(names) < 300
    assert names == sorted(names, key=lambda name: int(name[3:]))
    assert (len(refusals), damage.whole) == (3, False)


def test_without_every_refusal_no_event_is_saved(tmp_path):
    path = filled(tmp_path, refusals=200)
    at = pages_of(path, "refusals")[0]
    text = bytearray(path.read_bytes())
    text[at : at + SIZE] = bytes(SIZE)
    path.write_bytes(text)

    async def use(store):
        known = await store.refusals_of([f"{n:032x}" for n in range(200)])
        return (await look(store))[0], known, store.damages

    names, refusals, (damage,) = with_store(tmp_path, use)
    assert (names, damage.whole) == ([], False)
    assert 0 < len(refusals) < 200  # whoever can still be told to have refused is refused


@pytest.mark.parametrize("table", ["refusals", "queue"])
@pytest.mark.parametrize("error", [OSError("killed here"), sqlite3.OperationalError("database or disk is full")])
def test_a_saving_that_is_cut_off_anywhere_is_done_again_by_the_next(tmp_path, monkeypatch, table, error):
    path = filled(tmp_path)
    at = pages_of(path, "queue")[20]
    text = bytearray(path.read_bytes())
    text[at : at + 200] = bytes(200)
    path.write_bytes(text)
    with monkeypatch.context() as patched:
        copy = quarantine.copy

        def cut_off(old, select, new, insert):
            if f"from {table}" in select:
                raise error
            return copy(old, select, new, insert)

        patched.setattr(quarantine, "copy", cut_off)
        with pytest.raises(type(error)):
            open_sound(path, 1 << 30)
    assert [file.name for file in tmp_path.glob("events.*")] == ["events.db"]  # it takes no room meanwhile
    names, refusals, (damage,) = with_store(tmp_path, look)
    assert (200 < len(names) < 300, len(refusals), damage.whole) == (True, 3, False)


@pytest.mark.parametrize("step", ["events.fresh.db", "events.damaged-1.db", "events.db"])
def test_a_replacement_that_is_killed_between_two_names_is_finished_by_the_next(tmp_path, monkeypatch, step):
    path = filled(tmp_path)
    path.with_name("events.damaged-2.db").touch()
    at = pages_of(path, "queue")[20]
    text = bytearray(path.read_bytes())
    text[at : at + 200] = bytes(200)
    path.write_bytes(text)
    rename = type(path).rename

    def killed(self, target):
        rename(self, target)
        if target.name == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(path), "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            open_sound(path, 1 << 30)
    names, refusals, damages = with_store(tmp_path, look)
    assert (200 < len(names) < 300, len(refusals), len(damages)) == (True, 3, step == "events.fresh.db")
    assert sorted(file.name for file in tmp_path.glob("events.*")) == [
        "events.damaged-1.db",
        "events.damaged-2.db",
        "events.db",
    ]


def test_a_new_file_is_used_only_where_the_old_one_is_set_aside(tmp_path):
    path = filled(tmp_path, events=3)
    fresh = path.with_name("events.fresh.db")
    fresh.touch()
    assert (len(with_store(tmp_path, look)[0]), fresh.exists()) == (3, False)


def test_no_event_after_a_replacement_has_the_number_of_one_that_is_still_lent(tmp_path):
    path = filled(tmp_path, events=3)
    connection, _ = set_aside(path, last=9)
    connection.execute("insert into queue (destination, id, received, checksum, body) values ('ads', 'x', 1, 1, x'')")
    ((number,),) = connection.execute("select seq from queue where id = 'x'").fetchall()
    connection.close()
    assert number == 10


@pytest.mark.parametrize("seed", range(25))
def test_random_damage_never_stops_it_and_never_changes_what_is_delivered(tmp_path, seed):
    path = filled(tmp_path, events=60)
    dice = random.Random(seed)
    text = bytearray(path.read_bytes())
    for _ in range(dice.choice((1, 8, 64))):
        text[dice.randrange(len(text))] = dice.randrange(256)
    path.write_bytes(text[: dice.randrange(len(text))] if seed % 5 == 0 else text)

    async def use(store):
        return [lease.body for lease in await store.lease("ads", 1_000, 5_000, 60) if lease.body]

    known = {event(n, fields={"page.title": "x" * 600}).to_json() for n in range(60)}
    assert set(with_store(tmp_path, use)) <= known


def test_a_file_above_the_bound_is_not_read_through_at_start(tmp_path):
    path = filled(tmp_path)
    text = bytearray(path.read_bytes())
    text[4096 * 30 : 4096 * 31] = bytes(4096)
    path.write_bytes(text)
    connection, damage = open_sound(path, check_bytes=4096)
    connection.close()
    assert damage is None


def test_quarantined_files_are_deleted_when_their_time_is_over(tmp_path):
    path = filled(tmp_path)
    path.write_bytes(b"no database at all" * 400)
    connection, damage = open_sound(path, 1 << 30)
    connection.close()
    moved = damage.moved_to.stat().st_mtime
    assert (expire_quarantine(path, moved - 1), damage.moved_to.exists()) == (0, True)
    assert expire_quarantine(path, moved + 1) >= 1
    assert not damage.moved_to.exists()
