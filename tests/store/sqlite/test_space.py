import os

from gateway.store.sqlite.space import MIB, Space


def free(path):
    state = os.statvfs(path)
    return state.f_bavail * state.f_frsize


def test_the_database_and_its_log_reach_the_mark_together(tmp_path):
    path = tmp_path / "events.db"
    path.write_bytes(b"x" * 1_000)
    path.with_name("events.db-wal").write_bytes(b"x" * 500)
    assert [Space(path, mark, 0).is_past_the_mark() for mark in (1_499, 1_500, 1_501)] == [True, True, False]


def test_the_disk_is_short_when_others_leave_less_than_the_reserve_of_the_disk(tmp_path):
    path = tmp_path / "events.db"
    state = os.statvfs(tmp_path)
    fifth = state.f_blocks * state.f_frsize // 5
    reserve = free(tmp_path) + 100 * MIB
    assert Space(path, 1 << 60, reserve).is_short() is (free(tmp_path) < min(reserve, fifth))
    assert Space(path, 1 << 60, 0).is_short() is False


def test_the_ballast_takes_real_room_and_gives_it_back_once(tmp_path):
    space = Space(tmp_path / "events.db", 1 << 60, 2 * MIB)
    space.fill_ballast()
    ballast = tmp_path / "ballast"
    assert (ballast.stat().st_size, ballast.stat().st_blocks * 512 >= MIB) == (MIB, True)
    assert ballast.stat().st_mode & 0o777 == 0o600
    assert (space.drop_ballast(), space.drop_ballast(), ballast.exists()) == (True, False, False)


def test_a_ballast_that_was_cut_off_is_filled_up(tmp_path):
    space = Space(tmp_path / "events.db", 1 << 20, 1 << 16)
    (tmp_path / "ballast").touch()
    space.fill_ballast()
    assert (tmp_path / "ballast").stat().st_size == 1 << 15
