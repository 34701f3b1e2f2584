"""What was erased stays erased, whatever is restored: the journal is believed whole or not at all."""

import resource

import pytest

from gateway.dsr.journal import Entry, Journal, JournalBroken, Told

KEY, OLDER = bytes(range(32)), bytes(range(1, 33))


def journal(tmp_path, *keys):
    return Journal(tmp_path / "erasures.jsonl", keys or (KEY,), lambda: "0a1b2c3d")


def filled(tmp_path):
    made = journal(tmp_path)
    for number in range(3):
        made.append(100 + number, f"request-{number}", [f"subject-{number}", "another"], number == 1)
    return made


def test_what_was_written_is_read_in_order(tmp_path):
    told = filled(tmp_path).read()
    assert told.name == "0a1b2c3d"
    assert told.entries == tuple(
        Entry(number + 1, 100 + number, f"request-{number}", (f"subject-{number}", "another"), number == 1)
        for number in range(3)
    )
    assert (tmp_path / "erasures.jsonl").stat().st_mode & 0o777 == 0o600


def test_one_that_is_not_there_is_begun_with_its_first_line_and_read_as_none_before(tmp_path):
    made = journal(tmp_path / "nowhere")
    assert made.read() == Told("", ())
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(JournalBroken):
        made.append(100, "request-0", ["subject-0"], True)


def test_a_request_is_written_once_unless_it_turns_out_to_be_about_more(tmp_path):
    made = filled(tmp_path)
    again = made.append(999, "request-1", ["another", "subject-1"], True)
    assert (again.place, len(made.read().entries)) == (2, 3)
    assert made.append(999, "request-1", ["another", "a third"], True).place == 4


def test_what_a_writer_that_died_left_of_a_line_goes(tmp_path):
    made = filled(tmp_path)
    whole = (tmp_path / "erasures.jsonl").read_bytes()
    for cut in (1, 7, 40):
        (tmp_path / "erasures.jsonl").write_bytes(whole[:-cut])
        assert [entry.place for entry in made.read().entries] == [1, 2]
        assert made.append(102, "request-2", ["subject-2", "another"], False).place == 3
        assert (tmp_path / "erasures.jsonl").read_bytes() == whole


@pytest.mark.parametrize("place", range(0, 600, 23))
def test_any_flipped_bit_is_noticed(tmp_path, place):
    made = filled(tmp_path)
    written = bytearray((tmp_path / "erasures.jsonl").read_bytes())
    written[place % (len(written) - 1)] ^= 1
    (tmp_path / "erasures.jsonl").write_bytes(written)
    with pytest.raises(JournalBroken):
        made.read()


@pytest.mark.parametrize("kept", [[0, 2, 3], [0, 1, 3], [1, 2, 3], [0, 2, 1, 3], [0, 1, 2, 3, 3]])
def test_no_line_is_left_out_moved_or_written_twice_unseen(tmp_path, kept):
    made = filled(tmp_path)
    lines = (tmp_path / "erasures.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "erasures.jsonl").write_bytes(b"".join(lines[at] for at in kept))
    with pytest.raises(JournalBroken):
        made.read()


def test_one_of_a_key_that_was_replaced_is_read_and_goes_on_under_the_new_one(tmp_path):
    filled(tmp_path)
    rotated = journal(tmp_path, OLDER, KEY)
    assert rotated.append(103, "request-3", ["x"], False).place == 4
    assert len(rotated.read().entries) == 4
    with pytest.raises(JournalBroken):
        journal(tmp_path, OLDER).read()


def test_what_the_disk_does_not_take_was_not_written(tmp_path):
    made = filled(tmp_path)
    size = (tmp_path / "erasures.jsonl").stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limits[1]))
    try:
        with pytest.raises(JournalBroken):
            made.append(103, "request-3", ["x"], False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "erasures.jsonl").stat().st_size == size
    assert len(made.read().entries) == 3


def test_one_that_is_a_link_is_none(tmp_path):
    (tmp_path / "erasures.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalBroken):
        journal(tmp_path).read()
