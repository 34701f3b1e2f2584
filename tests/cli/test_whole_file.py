import os
import threading

import pytest

from gateway.cli.whole_file import alone, create, replace


def mode(path):
    return path.stat().st_mode & 0o777


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_is_there_is_never_created_again(tmp_path):
    file = tmp_path / "a"
    create(file, b"one", 0o600)
    with pytest.raises(FileExistsError):
        create(file, b"two")
    assert (file.read_bytes(), mode(file)) == (b"one", 0o600)


@pytest.mark.parametrize(("private", "rights"), [(False, 0o640), (True, 0o600)])
def test_a_file_that_is_replaced_keeps_its_rights_unless_it_is_private(tmp_path, private, rights):
    file = tmp_path / "a"
    file.write_bytes(b"one")
    file.chmod(0o640)
    replace(file, b"two", private=private)
    assert (file.read_bytes(), mode(file)) == (b"two", rights)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("private", "rights"), [(False, 0o644), (True, 0o600)])
def test_a_new_file_has_the_usual_rights_unless_it_is_private(tmp_path, private, rights):
    replace(tmp_path / "a", b"one", private=private)
    assert mode(tmp_path / "a") == rights


def test_of_a_link_the_file_behind_it_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "a", tmp_path / "link"
    file.write_bytes(b"one")
    link.symlink_to(file)
    replace(link, b"two")
    assert link.is_symlink() and file.read_bytes() == b"two"


def test_what_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError):
        replace(tmp_path / "a", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_who_wants_a_file_alone_waits_for_who_has_it_and_for_nobody_else(tmp_path):
    order = []

    def change(number):
        with alone(tmp_path / "a"):
            order.append(("in", number))
            order.append(("out", number))

    (tmp_path / "elsewhere").mkdir()
    waiting = threading.Thread(target=change, args=(2,))
    with alone(tmp_path / "a"):
        waiting.start()
        with alone(tmp_path / "elsewhere" / "a"):
            order.append(("out", 1))
    waiting.join()
    assert order == [("out", 1), ("in", 2), ("out", 2)]
    with pytest.raises(FileNotFoundError), alone(tmp_path / "nowhere" / "a"):
        pass
