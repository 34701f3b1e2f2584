import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.cmp.moment import moment_of

MOMENT = 1_790_841_600.0  # 2026-10-01T08:00:00Z


@pytest.mark.parametrize(
    "value",
    [
        1790841600, "1790841600", 1790841600000, "1790841600000", 1790841600.0, "2026-10-01T08:00:00Z",
        "2026-10-01T08:00:00.000Z", "2026-10-01T10:00:00+02:00", "2026-10-01T08:00:00", "Thu, 01 Oct 2026 08:00:00 GMT",
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_way_platforms_write_it(value):
    assert moment_of(value) == MOMENT


def test_minutes_are_read_where_the_table_says_so():
    assert moment_of(29847360, "minutes") == MOMENT
    assert moment_of("29847360", "minutes") == MOMENT
    assert moment_of(29847360) is None


@pytest.mark.parametrize(
    "value",
    [
        None, True, "", "x", 0, -1, 12, 1e18, float("nan"), float("inf"), "2026-10-01", "2026-13-01T00:00:00Z", "9" * 40, [], {},
        "Thu, 99 Oct 2026 08:00:00 GMT", "Thu, 01 Okt 2026 08:00:00 GMT", "2026-10-01T", "٣", "²",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(value):
    assert moment_of(value) is None


@given(
    st.one_of(
        st.text(max_size=45), st.floats(), st.integers(), st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,16}Z?")
    )
)
def test_nothing_raises(value):
    found = moment_of(value)
    assert found is None or found > 0 or isinstance(value, str)
