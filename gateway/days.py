"""Count days as policies, salts and records do: whole ones, of UTC, since 1970-01-01."""

SECONDS_A_DAY = 86_400


def day_of(moment: float) -> int:
    """The day that a moment (POSIX seconds) falls into."""
    return int(moment // SECONDS_A_DAY)
