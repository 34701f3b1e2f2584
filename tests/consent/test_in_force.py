import pytest

from gateway.consent.ballot import Scene
from gateway.consent.in_force import sections_in_force
from gateway.consent.invalid import Invalid


def in_force(*lists):
    return sections_in_force(Scene({}, "", 0.0, {"gpp_sid": lists}))


def test_the_sections_in_force_are_those_of_every_list():
    assert in_force("2,6", "7_2", "-1", "") == ({2, 6, 7}, {2})


@pytest.mark.parametrize("lists", [(), ("",), ("-1",), ("-1", "0")])
def test_where_no_list_names_a_section_nothing_is_said(lists):
    assert in_force(*lists) == (set(), set())


@pytest.mark.parametrize("text", ["7,x", "7,", "2 ", "2;6", "-1,2", "12345", "${SID}"])
def test_what_is_no_list_of_sections_is_unreadable(text):
    assert isinstance(in_force("2", text), Invalid)


def test_a_section_may_be_written_with_leading_zeros():
    assert in_force("02") == ({2}, {2})
