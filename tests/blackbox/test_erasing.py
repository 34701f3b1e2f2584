"""Whoever is erased is gone from every byte that is kept, whatever is killed, full or brought back meanwhile."""

import uuid

from tests.blackbox.erasing import files, found, full, residue, restore


def test_nothing_of_the_erased_is_left_and_nothing_of_the_others_is_missing(tmp_path):
    shown = residue(tmp_path, "sqlite", people=6, each=6, kills=1)
    assert shown.right, shown
    assert sum(shown.outcomes.values()) == 3
    assert "no_match" not in shown.outcomes


def test_not_even_the_id_of_a_key_is_left_with_a_server(tmp_path):
    shown = residue(tmp_path, "redis", people=4, each=3, kills=0)
    assert shown.right, shown


def test_an_older_backup_brings_nobody_back(tmp_path):
    shown = restore(tmp_path, people=4, each=3)
    assert shown.right, shown


def test_a_disk_that_is_full_holds_an_erasure_up_and_nothing_more(tmp_path):
    shown = full(tmp_path, people=4, each=3)
    assert shown.right, shown
    assert sum(shown.outcomes.values()) == 2


def test_the_search_finds_what_is_there_wherever_it_begins(tmp_path):
    id_, mark, key = str(uuid.uuid4()), f"zq{uuid.uuid4().hex[:20]}", uuid.uuid4().bytes
    for number, raw in enumerate((id_.encode(), mark.encode(), uuid.UUID(id_).bytes, key, b"cookie")):
        (tmp_path / f"{number}.db").write_bytes(b"x" * 7 + bytes(100) + raw + bytes(3))
    ids, raws = {id_.encode(), mark.encode()}, {uuid.UUID(id_).bytes, key}
    each = [found(path.read_bytes(), ids, raws, [b"cookie"]) for path in sorted(files([tmp_path]))]
    assert [len(names) for names in each] == [1] * 5
    assert found(bytes(1_000), ids, raws, [b"cookie"]) == set()
