import pytest

from gateway.doctor.result import CHECKS, Verdict, chosen, doubtful, exit_code, fine, summed, unknown, wrong

ALL = [fine("files", "a", "b"), doubtful("files", "a", "b", "c"), wrong("files", "a", "b", "c")]
NOBODY = unknown("clock", "a", "b", "c")


@pytest.mark.parametrize(
    ("results", "code"), [(ALL[:1], 0), (ALL[:2], 0), ([*ALL[:2], NOBODY], 2), ([*ALL, NOBODY], 1), ([], 0)]
)
def test_the_exit_code_tells_the_worst(results, code):
    assert exit_code(results) == code


def test_checks_are_chosen_in_their_order():
    assert chosen((), ()) == tuple(CHECKS)
    assert chosen(("clock", "files"), ()) == ("files", "clock")
    assert chosen((), ("files",)) == tuple(CHECKS)[1:]
    assert chosen(("files",), ("files",)) == ()


def test_what_to_do_stands_below_what_is_wrong():
    assert str(ALL[0]) == "fine       files    a: b"
    assert str(ALL[2]).splitlines()[1].strip() == "-> c"
    assert summed([*ALL, ALL[0]]) == "2 fine, 1 doubtful, 1 wrong"
    assert {each.verdict for each in (*ALL, NOBODY)} == set(Verdict)
