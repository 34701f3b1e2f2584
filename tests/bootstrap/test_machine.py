import threading

import pytest

from gateway.addresses import LOOPBACK
from gateway.api_keys.grant import LOCAL, Asked, Verdict, plain, weigh
from gateway.api_keys.token import presented
from gateway.bootstrap.machine import FILE, local_grant, local_key, log_seeds, machine_keys, read_keys


def test_the_key_is_made_once_and_belongs_to_its_owner_alone(tmp_path):
    made = machine_keys(tmp_path / "data")
    assert machine_keys(tmp_path / "data").root == read_keys(tmp_path / "data").root == made.root
    assert [(path.name, path.stat().st_mode & 0o777) for path in (tmp_path / "data").iterdir()] == [(FILE, 0o600)]
    assert made.root != machine_keys(tmp_path / "other").root


def test_those_who_begin_together_have_the_same_key(tmp_path):
    roots = []
    threads = [threading.Thread(target=lambda: roots.append(machine_keys(tmp_path).root)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(roots), len(set(roots)), len(list(tmp_path.iterdir()))) == (8, 1, 1)


def test_a_key_that_others_can_read_or_that_is_none_is_not_used(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_keys(tmp_path)
    machine_keys(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(ValueError, match="others"):
        machine_keys(tmp_path)
    (tmp_path / FILE).chmod(0o600)
    (tmp_path / FILE).write_text("short")
    with pytest.raises(ValueError, match="root key"):
        machine_keys(tmp_path)


def test_who_can_read_it_comes_in_here_and_from_nowhere_else(tmp_path):
    keys = machine_keys(tmp_path)
    shown, granted = presented(local_key(keys)), local_grant(keys)
    asked = [Asked("metrics", plain(peer), 1_795_429_200) for peer in ("127.0.0.1", "::1", "203.0.113.7", "")]
    assert [weigh([granted], shown, each) for each in asked] == [Verdict.MAY] * 2 + [Verdict.STRANGER] * 2
    assert (shown.id, granted.networks) == (LOCAL, LOOPBACK)


def test_what_signs_and_what_lets_in_are_keys_apart(tmp_path):
    keys = machine_keys(tmp_path)
    assert keys.root not in (*log_seeds(keys), keys.derive("admin"))
    assert log_seeds(keys) != [keys.derive("admin")]
