import pytest

from gateway.anonymise.times import MAX_AGE, MAX_AHEAD, coarsen, read, write

NOW = 1_764_079_697  # 2025-11-25T14:08:17Z


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("exact", "2025-11-25T14:08:17Z"),
        ("minute", "2025-11-25T14:08:00Z"),
        ("hour", "2025-11-25T14:00:00Z"),
        ("day", "2025-11-25T00:00:00Z"),
        ("year", None),
    ],
)
def test_times_are_written_in_utc_and_rounded_down(level, expected):
    assert write(NOW, level) == expected
    assert coarsen("2025-11-25T14:08:17Z", level) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-11-25T14:08:16Z", NOW - 1),
        ("2025-11-25T15:08:16.999+01:00", NOW - 1),
        (NOW - 5, NOW - 5),
        (NOW - 4.5, NOW - 5),
        (NOW - MAX_AGE, NOW - MAX_AGE),
        (NOW + MAX_AHEAD, NOW + MAX_AHEAD),
    ],
)
def test_a_pages_time_is_believed_within_bounds(value, expected):
    assert read(value, NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        NOW - MAX_AGE - 1, NOW + MAX_AHEAD + 1, "yesterday", "2025-13-25T14:08:16Z", "2025-11-25T14:08:16", True, None, 1e300,
        "2025-11-25T14:08:16Z; drop", [],
    ],
)  # fmt: skip
def test_everything_else_is_the_time_of_arrival(value):
    assert read(value, NOW) == NOW


@pytest.mark.parametrize("text", ["", "2025-11-25", "2025-11-25T14:08:17+01:00", "2025-11-25T14:08:17.5Z"])
def test_only_its_own_form_is_coarsened(text):
    assert coarsen(text, "day") is None
