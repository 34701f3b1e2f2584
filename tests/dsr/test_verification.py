import asyncio
import os
import re

import pytest

from gateway.dsr.problems import CodeNotSent, TooManyAttempts, VerificationExpired, VerificationFailed
from gateway.dsr.request import Identity
from gateway.dsr.verification import (
    BOOK,
    MOST_CODES,
    MOST_TRIES,
    SECONDS,
    Codes,
    address_of,
)
from tests.dsr.answering import KEY, NOW, at_home

ID = "01a21a00-2058-73b5-a2a0-f08aaaa8a54d"
JANE = "jane@shop.example"


class Post:
    """Takes codes, or does not."""

    def __init__(self, takes=True):
        self.takes, self.taken = takes, []

    async def __call__(self, message):
        self.taken.append(message)
        return self.takes


def with_codes(tmp_path, use, takes=True):
    async def run(house):
        post = Post(takes)
        return await use(house, Codes(house.store, KEY, post, house.clock, os.urandom), post)

    return at_home(tmp_path, run)


def other(code):
    return f"{(int(code) + 1) % 10**10:010}"


async def result(checking):
    try:
        return await checking or "right"
    except (TooManyAttempts, VerificationFailed, VerificationExpired) as error:
        return type(error)


def test_a_code_has_ten_digits_and_is_right_once(tmp_path):
    async def use(house, codes, post):
        ends = await codes.send(ID, JANE)
        (message,) = post.taken
        assert (message.request, message.address, message.ends, ends) == (ID, JANE, NOW + SECONDS, NOW + SECONDS)
        assert re.fullmatch(r"[0-9]{10}", message.code)
        assert JANE not in repr(message) and message.code not in repr(message)
        return [await result(codes.check(ID, message.code)) for _ in range(2)]

    assert with_codes(tmp_path, use) == ["right", VerificationFailed]


@pytest.mark.parametrize("together", [1, 5, 20])
def test_no_more_than_five_are_ever_looked_at_however_many_come_at_once(tmp_path, together, monkeypatch):
    looked = []
    mac = Codes._mac
    monkeypatch.setattr(Codes, "_mac", lambda self, id, code: looked.append(code) or mac(self, id, code))

    async def use(house, codes, post):
        await codes.send(ID, JANE)
        right, wrong = post.taken[0].code, other(post.taken[0].code)
        looked.clear()
        found = []
        for _ in range(20):
            found += await asyncio.gather(*(result(codes.check(ID, wrong)) for _ in range(together)))
        assert await result(codes.check(ID, right)) is TooManyAttempts
        return found

    found = with_codes(tmp_path, use)
    assert len(looked) == MOST_TRIES == found.count(VerificationFailed)
    assert found.count(TooManyAttempts) == len(found) - MOST_TRIES


def test_the_right_code_shown_twice_at_once_verifies_once(tmp_path):
    async def use(house, codes, post):
        await codes.send(ID, JANE)
        return await asyncio.gather(*(result(codes.check(ID, post.taken[0].code)) for _ in range(4)))

    assert with_codes(tmp_path, use).count("right") == 1


def test_a_code_is_of_one_request_and_ends_after_ten_minutes(tmp_path):
    async def use(house, codes, post):
        await codes.send(ID, JANE)
        await codes.send("another", JANE)
        assert await result(codes.check("another", post.taken[0].code)) is VerificationFailed
        assert await result(codes.check("nobody", post.taken[0].code)) is VerificationFailed
        house.clock.ahead = SECONDS
        return await result(codes.check(ID, post.taken[0].code))

    assert with_codes(tmp_path, use) is VerificationExpired


def test_another_code_takes_the_place_of_the_first_and_there_are_three(tmp_path):
    async def use(house, codes, post):
        for _ in range(MOST_CODES):
            await codes.send(ID, JANE)
        with pytest.raises(TooManyAttempts):
            await codes.send(ID, JANE)
        first, *_, last = post.taken
        assert len(post.taken) == MOST_CODES
        return [await result(codes.check(ID, each.code)) for each in (first, last)]

    assert with_codes(tmp_path, use) == [VerificationFailed, "right"]


def test_where_nobody_takes_a_code_that_is_told(tmp_path):
    async def use(house, codes, post):
        with pytest.raises(CodeNotSent) as raised:
            await codes.send(ID, JANE)
        return str(raised.value)

    assert JANE not in with_codes(tmp_path, use, takes=False)


def test_neither_the_code_nor_the_address_is_in_a_file(tmp_path):
    async def use(house, codes, post):
        await codes.send(ID, JANE)
        return post.taken[0].code

    code = with_codes(tmp_path, use)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (ID.encode() in kept, code.encode() in kept, JANE.encode() in kept) == (True, False, False)


def test_what_is_over_is_forgotten_a_day_later(tmp_path):
    async def use(house, codes, post):
        await codes.send(ID, JANE)
        assert await codes.sweep() == 0
        house.clock.ahead = SECONDS + 86_401
        return await codes.sweep(), await house.store.sheet(BOOK, ID)

    assert with_codes(tmp_path, use) == (1, None)


def test_a_code_goes_to_the_first_address_that_can_be_written_to():
    hashed, user = Identity("email", "0" * 64, "sha256"), Identity("user_id", "u-1")
    assert address_of([user, hashed, Identity("email", f" {JANE} "), Identity("email", "x@y.example")]) == JANE
    assert address_of([user, hashed]) == ""
