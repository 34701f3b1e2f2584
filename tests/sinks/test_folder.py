"""A destination writes into its directory, and nowhere else by way of a link."""

import os
from pathlib import Path

import pytest

from gateway.sinks.folder import opened


def test_a_directory_below_is_made_for_its_owner_alone(tmp_path):
    with opened(tmp_path, "day=2026-11-26") as folder:
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    assert (tmp_path / "day=2026-11-26" / "file").exists()
    assert (tmp_path / "day=2026-11-26").stat().st_mode & 0o777 == 0o700
    with opened(tmp_path, "day=2026-11-26") as again:
        assert [path.name for path in Path(f"/proc/self/fd/{again}").iterdir()] == ["file"]


@pytest.mark.parametrize("below", ["", "below"])
def test_a_link_in_the_place_of_a_directory_is_not_followed(tmp_path, below):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "own").mkdir()
    place = tmp_path / "own" / below if below else tmp_path / "link"
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="irectory"), opened(tmp_path / "own" if below else place, below):
        pass


def test_a_directory_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError), opened(tmp_path / "nowhere", "below"):
        pass
