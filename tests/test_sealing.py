import hashlib
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.sealing import KeyRow, Sealer, bound, key_id, month_of, period

WRAPPING = bytes(range(32))
OLDER = bytes(range(1, 33))
ANN, BEN = "a" * 32, "b" * 32
MONTH = "2026-11"
PLAIN = b"what may leave of a hit"
HERE = bound("ads", "id-1")


def sealer(*wrapping, most=8):
    return Sealer(wrapping or (WRAPPING,), os.urandom, most)


def stored(fresh):
    """Another process that has what a first one stored."""
    other = sealer()
    other.learn(fresh.months)
    return other, {row.id: row for row in fresh.keys}


def test_a_row_is_a_version_the_id_of_a_key_a_nonce_and_what_the_key_closed():
    each = sealer()
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    (key,) = each.fresh().keys
    assert (row[:1], row[1:17], len(row)) == (b"\x01", key.id, 1 + 16 + 12 + len(PLAIN) + 16)
    assert (key_id(row), key_id(b"\x02" + row[1:]), key.subject, key.month) == (key.id, b"", ANN, MONTH)


def test_the_layers_are_what_is_written_of_them():
    each = sealer()
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    (month,), (key,) = each.fresh()
    of_month = AESGCM(WRAPPING).decrypt(
        month.wrapped[:12], month.wrapped[12:], b"\0\0\0\x05month" + month.id + b"\0\0\0\x072026-11"
    )
    of_key = AESGCM(of_month).decrypt(key.wrapped[:12], key.wrapped[12:], key.id)
    assert AESGCM(of_key).decrypt(row[17:29], row[29:], b"\0\0\0\x03ads\0\0\0\x04id-1") == PLAIN
    assert len({WRAPPING, of_month, of_key}) == 3


def test_another_process_opens_it_with_the_stored_key_and_without_one_nobody_does():
    each = sealer()
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    other, keys = stored(each.fresh())
    assert each.open(row, HERE) == PLAIN
    assert other.open(row, HERE, keys[key_id(row)]) == PLAIN
    assert other.open(row, HERE) is None


@pytest.mark.parametrize("at", [0, 5, 20, 40, -1])
def test_what_was_changed_anywhere_is_not_opened(at):
    each = sealer()
    row = bytearray(each.seal(ANN, MONTH, PLAIN, HERE))
    row[at] ^= 1
    assert each.open(bytes(row), HERE) is None


@pytest.mark.parametrize("size", [0, 1, 17, 20, 29, 44])
def test_what_was_cut_short_is_not_opened(size):
    each = sealer()
    assert each.open(each.seal(ANN, MONTH, PLAIN, HERE)[:size], HERE) is None


@pytest.mark.parametrize("elsewhere", [bound("ad", "sid-1"), bound("ads", "id-2"), bound("other", "id-1"), b""])
def test_a_row_opens_in_its_own_place_alone(elsewhere):
    each = sealer()
    assert each.open(each.seal(ANN, MONTH, PLAIN, HERE), elsewhere) is None


def test_a_key_of_another_row_opens_nothing():
    each = sealer()
    mine, theirs = each.seal(ANN, MONTH, PLAIN, HERE), each.seal(BEN, MONTH, PLAIN, HERE)
    other, keys = stored(each.fresh())
    assert other.open(mine, HERE, keys[key_id(theirs)]) is None


def test_a_subject_has_one_key_a_month_and_nobody_in_particular_one_a_day():
    each = sealer()
    days = (1_793_491_200, 1_793_577_600, 1_796_083_200)  # 1 and 2 November, 1 December 2026
    rows = {
        subject: [key_id(each.seal(subject, period(subject, day), PLAIN, HERE)) for day in days]
        for subject in (ANN, BEN, "")
    }
    assert [len(set(ids)) for ids in rows.values()] == [2, 2, 3]
    assert len({id_ for ids in rows.values() for id_ in ids}) == 7
    assert [period("", day) for day in days] == ["2026-11-01", "2026-11-02", "2026-12-01"]
    assert [month_of(day + 0.5) for day in days] == ["2026-11", "2026-11", "2026-12"]
    assert {row.month for row in each.fresh().keys} == {"2026-11", "2026-12"}


def test_the_same_text_is_never_the_same_row():
    each = sealer()
    rows = [each.seal(ANN, MONTH, PLAIN, HERE) for _ in range(1_000)]
    assert len(set(rows)) == len({row[17:29] for row in rows}) == 1_000


def test_no_nonce_is_what_another_sealer_has():
    first, second = sealer(), sealer()
    rows = [each.seal(ANN, MONTH, PLAIN, HERE) for _ in range(300) for each in (first, second)]
    assert len({row[17:29] for row in rows}) == 600


def test_who_is_forgotten_gets_another_key_and_the_old_one_is_not_at_hand():
    each = sealer()
    old, theirs = each.seal(ANN, MONTH, PLAIN, HERE), each.seal(BEN, MONTH, PLAIN, HERE)
    each.forget({ANN})
    new = each.seal(ANN, MONTH, PLAIN, HERE)
    assert key_id(new) != key_id(old)
    assert [each.open(row, HERE) for row in (old, theirs, new)] == [None, PLAIN, PLAIN]


def test_no_more_keys_are_at_hand_than_may_be():
    each = sealer(most=8)
    rows = [each.seal(f"{number:032x}", MONTH, PLAIN, HERE) for number in range(20)]
    assert [each.has(key_id(row)) for row in rows] == [False] * 12 + [True] * 8
    assert len(each.in_use()) == 8


def test_keys_of_a_stock_are_given_to_those_who_come_and_only_once_admitted():
    each = sealer()
    made = each.stock(MONTH, 2)
    assert ([row.subject for row in made.keys], each.stocked(MONTH)) == (["", ""], 0)
    each.admit(made)
    assert (each.stocked(MONTH), each.in_use()) == (2, {row.id for row in made.keys})
    ids = [key_id(each.seal(subject, MONTH, PLAIN, HERE)) for subject in (ANN, BEN, ANN)]
    assert each.given() == each.given() == [(ids[0], ANN), (ids[1], BEN)]
    each.written([(ids[0], ANN)])
    assert (each.given(), each.fresh(), each.stocked(MONTH)) == ([(ids[1], BEN)], ([], []), 0)
    other, keys = stored(made)
    assert other.open(each.seal(ANN, MONTH, PLAIN, HERE), HERE, keys[ids[0]]) == PLAIN


def test_what_could_not_be_stored_is_used_no_more():
    each = sealer()
    lost = key_id(each.seal(ANN, MONTH, PLAIN, HERE))
    fresh = each.fresh()
    each.abandon(fresh)
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    again = each.fresh()
    assert key_id(row) != lost
    assert [len(part) for part in again] == [1, 1]
    other, keys = stored(again)
    assert other.open(row, HERE, keys[key_id(row)]) == PLAIN


def test_of_months_that_are_over_nothing_is_opened_any_more():
    each = sealer()
    old, new = each.seal(ANN, "2026-10", PLAIN, HERE), each.seal(ANN, MONTH, PLAIN, HERE)
    keys = {row.id: row for row in each.fresh().keys}
    each.end(MONTH)
    assert [each.open(row, HERE, keys[key_id(row)]) for row in (old, new)] == [None, PLAIN]


def test_after_a_rotation_months_are_opened_with_the_older_key_and_come_back_under_the_current_one():
    each = sealer(OLDER)
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    months, (key,) = each.fresh()
    rotated = sealer(WRAPPING, OLDER)
    again, closed = rotated.learn(months)
    assert (closed, [month.id for month in again]) == ([], [month.id for month in months])
    assert rotated.open(row, HERE, key) == PLAIN
    retired = sealer(WRAPPING)
    assert (retired.learn(again), retired.open(row, HERE, key)) == (([], []), PLAIN)
    assert sealer(WRAPPING).learn(months) == ([], months)


def test_a_month_goes_on_with_the_key_that_it_has():
    each = sealer()
    each.seal(ANN, MONTH, PLAIN, HERE)
    other = sealer()
    other.learn(each.fresh().months)
    other.seal(BEN, MONTH, PLAIN, HERE)
    assert other.fresh().months == []


def test_a_key_made_for_the_vault_seals_and_opens_when_it_is_given():
    each = sealer()
    made = each.make(ANN, MONTH)
    other, keys = stored(made)
    (key,) = keys.values()
    row = other.seal_under(key, PLAIN, b"")
    assert (key.subject, key_id(row), each.open(row, b"", key), each.has(key.id)) == (ANN, key.id, PLAIN, False)
    assert sealer().seal_under(key, PLAIN, b"") is None


def test_neither_a_key_nor_a_subject_is_in_what_is_stored_of_events():
    each = sealer()
    row = each.seal(ANN, MONTH, PLAIN, HERE)
    (month,), (key,) = each.fresh()
    assert isinstance(key, KeyRow)
    for part in (ANN.encode(), hashlib.sha256(ANN.encode()).digest(), PLAIN, WRAPPING):
        assert part not in row + month.wrapped + key.wrapped
