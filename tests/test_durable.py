import os
import stat

import pytest

from gateway import durable


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "small"
    for data in (b"one", b"another"):
        durable.replace(path, data)
        assert path.read_bytes() == data
    assert path.stat().st_mode & 0o077 == 0 and [each.name for each in tmp_path.iterdir()] == ["small"]


def test_what_cannot_be_replaced_stays_as_it_was_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "small"
    path.mkdir()
    with pytest.raises(OSError):
        durable.replace(path, b"one")
    assert [each.name for each in tmp_path.iterdir()] == ["small"]


def test_what_is_there_is_not_created_again(tmp_path):
    path = tmp_path / "small"
    durable.create(path, b"one")
    with pytest.raises(FileExistsError):
        durable.create(path, b"another")
    assert path.read_bytes() == b"one"


def test_the_names_are_flushed_after_the_bytes_and_before_anybody_is_told(tmp_path, monkeypatch):
    flushed, real = [], os.fsync

    def noted(file):
        flushed.append(stat.S_ISDIR(os.fstat(file).st_mode))
        real(file)

    monkeypatch.setattr(os, "fsync", noted)
    durable.replace(tmp_path / "small", b"one")
    assert flushed == [False, True]


def test_what_is_added_stands_behind_what_was_there_and_what_cannot_be_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "lines"
    durable.create(path, b"one\n")
    with path.open("ab", buffering=0) as file:
        durable.append(file.fileno(), b"two\n", 4)
        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(OSError):
            durable.append(file.fileno(), b"three\n", 8)
    assert path.read_bytes() == b"one\ntwo\n"


def failing(file):
    raise OSError(28, "no space left on device")
