from http.cookies import SimpleCookie

import pytest

from gateway.consent.receipt import Choice, ConsentRecord
from gateway.consent.visitor import COOKIE, Bond, Visitors
from gateway.keys import Subjects
from gateway.web.visitor import VisitorDesk

RING, SUBJECTS = bytes(range(32)), bytes(range(32, 64))
NOW = 1_764_000_000
YES = ConsentRecord("record", NOW, NOW + 1000, (Choice("ads", True, "terms"),))
NO = ConsentRecord("record", NOW, NOW + 1000, (Choice("ads", False, "terms"),))


class Asked:
    """Answers as the policy would, and keeps what it was asked."""

    def __init__(self, seconds):
        self.allowed = seconds
        self.cookies = []

    def seconds(self, headers, peer, site, now):
        self.cookies.append(headers[b"cookie"][0].decode())
        return self.allowed


def answer(record=YES, cookie="", seconds=500, asked=None):
    numbers = iter(range(1, 9))
    desk = VisitorDesk(asked or Asked(seconds), RING, SUBJECTS, lambda size: bytes([next(numbers)]) * size)
    fields = {b"cookie": [cookie.encode()]} if cookie else {}
    return desk.answer(fields, "127.0.0.1", "shop", (record, "sealed"))


def value(line):
    return SimpleCookie(line)[COOKIE].value


def test_who_agreed_gets_a_host_cookie_that_is_good_for_his_record_alone():
    line = answer()
    assert line.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=500")
    header = {b"cookie": [f"{COOKIE}={value(line)}".encode()]}
    bond = Bond("shop", Subjects(SUBJECTS).digest("record"))
    assert Visitors(RING).read(header, bond, NOW + 499) == "AQEBAQEBAQEBAQEBAQEBAQ"
    assert Visitors(RING).read(header, bond, NOW + 500) is None
    assert Visitors(RING).read(header, Bond("shop", Subjects(SUBJECTS).digest("another")), NOW) is None


def test_the_policy_is_asked_with_the_new_choice_in_the_place_of_the_old_one():
    asked = Asked(0)
    answer(cookie="a=1; __Host-consent=old; b=2", asked=asked)
    assert asked.cookies == ["a=1; b=2; __Host-consent=sealed"]


def test_the_no_to_everything_that_a_yes_ends_is_not_asked_any_more():
    asked = Asked(0)
    answer(cookie="a=1; __Host-optout=1", asked=asked)
    assert asked.cookies == ["a=1; __Host-consent=sealed"]


def test_it_lives_no_longer_than_the_record():
    assert answer(seconds=10_000).endswith("Max-Age=1000")


def test_choosing_again_changes_no_cookie_of_the_same_record():
    mine = f"{COOKIE}={value(answer())}"
    assert answer(cookie=mine) is None
    other = YES._replace(id="another")
    assert value(answer(record=other, cookie=mine)) != value(answer())


@pytest.mark.parametrize(("record", "seconds"), [(NO, 500), (YES, 0)])
def test_who_did_not_agree_gets_none_and_one_that_is_there_goes(record, seconds):
    assert answer(record=record, seconds=seconds) is None
    gone = answer(record=record, seconds=seconds, cookie=f"a=1; {COOKIE}=anything")
    assert value(gone) == "" and gone.endswith("Max-Age=0")


def test_cookies_that_cannot_be_read_are_no_ground_for_another():
    assert answer(cookie="a=\x01").endswith("Max-Age=0")
