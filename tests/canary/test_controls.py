"""The controls fail where the search is blind, and leave nothing behind."""

import tempfile

import pytest

from gateway.canary.controls import LEAKS, planted
from gateway.canary.search import Index


def test_every_planted_leak_is_found():
    assert [control.name for control in planted(20_700) if not control.found] == []


class Blind(Index):
    """Sees only every second mark."""

    def __init__(self, marks):
        super().__init__(marks[::2])


def test_a_search_that_is_blind_is_found_out():
    found = {control.name: control.found for control in planted(20_700, Blind)}
    assert [found[name] for name in LEAKS] == [number % 2 == 0 for number in range(len(LEAKS))]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    planted(20_700)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_planted_that_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OSError, match="No such file"):
        planted(20_700)
