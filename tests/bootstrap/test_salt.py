import itertools

import pytest

from gateway.bootstrap.salt import SALT_BYTES, DailySalt, Gone, rank


def numbered(**options):
    numbers = itertools.count(1)
    return DailySalt(lambda size: bytes([next(numbers)]) * size, **options)


@pytest.fixture
def salt():
    return numbered()


@pytest.fixture
def shared():
    return numbered(shared=True)


def test_a_day_has_one_salt(salt):
    assert salt(5) == salt(5) == bytes([1]) * SALT_BYTES


def test_the_next_day_has_another_and_the_old_one_is_gone(salt):
    first = bytes(salt(5))
    assert salt(6) != first
    assert salt(5) == b""


def test_it_is_destroyed_when_its_day_ends_even_without_a_hit(salt):
    salt(5)
    assert not salt.expire(6 * 86_400 - 1)
    assert salt.expire(6 * 86_400) == [Gone(5, "day_over")]
    assert not salt.expire(6 * 86_400)
    assert salt(5) == b""


def test_a_clock_that_goes_back_brings_no_salt_back(salt):
    salt(6)
    assert salt(5) == b"" and salt(6) != b""


def test_what_is_destroyed_is_overwritten_where_it_lay(salt):
    kept = salt(5)
    salt(6)
    assert kept == bytes(SALT_BYTES)
    kept = salt(6)
    salt.end()
    assert kept == bytes(SALT_BYTES)


def test_every_destruction_is_told_once(salt):
    salt(5)
    salt(6)
    assert salt.expire(6 * 86_400) == [Gone(5, "day_over")]
    assert salt.end() == [Gone(6, "stopped")]
    assert salt.end() == []


def test_a_shared_salt_is_not_made_by_itself(shared):
    assert shared(5) == b""
    shared.make(5)
    first = bytes(shared(5))
    shared.make(5)
    assert shared(5) == first != b""


def test_a_salt_of_another_takes_the_place_of_ones_own(shared):
    shared(5)
    shared.make(5)
    own = shared(5)
    shared.adopt(5, b"o" * SALT_BYTES)
    assert shared(5) == b"o" * SALT_BYTES and own == bytes(SALT_BYTES)
    assert shared.expire(5 * 86_400) == [Gone(5, "replaced")]
    shared.adopt(5, b"o" * SALT_BYTES)
    assert shared.expire(5 * 86_400) == []


def test_the_salt_of_tomorrow_waits_for_its_day(shared):
    shared(5)
    shared.make(6)
    assert shared(5) == b"" and shared.find(6) != b""
    assert shared(6) == shared.find(6) != b""


def test_no_salt_is_taken_for_a_day_that_is_over_and_none_of_another_size(shared):
    shared(6)
    shared.adopt(5, b"o" * SALT_BYTES)
    shared.make(5)
    assert shared.find(5) == b"" == shared(5)
    with pytest.raises(ValueError, match="32 bytes"):
        shared.adopt(6, b"short")


def test_a_rank_is_the_same_for_the_same_salt_and_no_part_of_it():
    salt = bytes(range(32))
    assert rank(salt) == rank(bytearray(salt)) != rank(salt[::-1])
    assert rank(salt) not in salt.hex() and len(rank(salt)) == 32
