"""Judge whether a TC string that can be read still counts at a time.

The rules are the framework's own: technical specification and policies, and their deadlines. All dates are UTC.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import TcString

_DAY = 864_000  # tenths of seconds, as the strings count


def _tenths(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 10


# "at least every 13 months": 395 days, by LastUpdated.
MAX_AGE = 395 * _DAY
# Clocks of visitors go wrong; dates have a precision of a day.
SKEW = _DAY
# Policies 4.0: strings under an older policy, created after 30 Sep 2023, are "deemed invalid".
POLICY_4_SINCE = _tenths(2023, 10, 1)
# Policies 5.0.b (TCF 2.4) are the newest; what a later one will let a bit mean is not known.
NEWEST_POLICY = 5
# TCF 2.3: strings generated from 1 Mar 2026 without Disclosed Vendors are invalid. Told by date, since policy
# version 5 is older than TCF 2.3.
DISCLOSED_VENDORS_SINCE = _tenths(2026, 3, 1)

# Reason -> whether a string fails for it at a time (tenths of seconds).
RULES: tuple[tuple[str, Callable[[TcString, int], bool]], ...] = (
    ("not service specific", lambda tc, now: not tc.is_service_specific),
    ("dated in the future", lambda tc, now: max(tc.created, tc.last_updated) > now + SKEW),
    ("older than 13 months", lambda tc, now: tc.last_updated < now - MAX_AGE),
    ("updated before it was created", lambda tc, now: tc.last_updated < tc.created - SKEW),
    ("of a policy that is not known", lambda tc, now: tc.policy_version > NEWEST_POLICY),
    ("of an outdated policy", lambda tc, now: tc.policy_version < 4 and _newest(tc) >= POLICY_4_SINCE),
    (
        "without disclosed vendors",
        lambda tc, now: tc.vendors_disclosed is None and _newest(tc) >= DISCLOSED_VENDORS_SINCE,
    ),
)


def validity(tc: TcString, now: float) -> Invalid | None:
    """Why the string does not count at `now` (POSIX seconds), or None where it does."""
    tenths = int(now * 10)
    return next((Invalid(reason) for reason, fails in RULES if fails(tc, tenths)), None)


def _newest(tc: TcString) -> int:
    """When the string was generated: Created, unless LastUpdated tells of a later act (they are equal since 2021)."""
    return max(tc.created, tc.last_updated)
