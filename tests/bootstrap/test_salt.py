import itertools

import pytest

from gateway.bootstrap.salt import SALT_BYTES, DailySalt


@pytest.fixture
def salt():
    numbers = itertools.count(1)
    return DailySalt(lambda size: bytes([next(numbers)]) * size)


def test_a_day_has_one_salt(salt):
    assert salt(5) == salt(5) == bytes([1]) * SALT_BYTES


def test_the_next_day_has_another_and_the_old_one_is_gone(salt):
    assert salt(5) != salt(6)
    assert salt(5) == b""


def test_it_is_destroyed_when_its_day_ends_even_without_a_hit(salt):
    salt(5)
    assert not salt.expire(6 * 86_400 - 1)
    assert salt.expire(6 * 86_400)
    assert not salt.expire(6 * 86_400)
    assert salt(5) == b""


def test_a_clock_that_goes_back_brings_no_salt_back(salt):
    salt(6)
    assert salt(5) == b"" and salt(6) != b""
