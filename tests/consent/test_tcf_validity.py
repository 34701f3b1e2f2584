from datetime import UTC, datetime

import pytest

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import decode_tcf
from gateway.consent.tcf_validity import validity
from tests.consent.tcf_packer import core, tc_string


def seconds(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def day(text):
    return int(seconds(text)) // 86400


def judged(text, at):
    return validity(decode_tcf(text), seconds(at))


def test_a_string_of_today_counts():
    assert judged(tc_string(day=day("2026-11-20")), "2026-11-23") is None


def test_a_string_counts_for_thirteen_months():
    text = tc_string(day=day("2026-03-05"))
    assert judged(text, "2027-04-04") is None
    assert judged(text, "2027-04-05") == Invalid("older than 13 months")


def test_a_string_of_tomorrow_counts_and_one_of_next_week_does_not():
    text = tc_string(day=day("2026-11-23"))
    assert judged(text, "2026-11-22") is None
    assert judged(text, "2026-11-21") == Invalid("dated in the future")


def test_both_dates_must_have_come():
    tenths = int(seconds("2026-11-20")) * 10
    assert judged(tc_string(created=2**36 - 1, updated=tenths), "2026-11-23") == Invalid("dated in the future")
    assert judged(tc_string(created=tenths, updated=2**36 - 1), "2026-11-23") == Invalid("dated in the future")


def test_a_string_for_all_sites_never_counts():
    assert judged(tc_string(day=day("2026-11-20"), specific=False), "2026-11-23") == Invalid("not service specific")


def test_a_string_is_not_updated_before_it_was_created():
    tenths = int(seconds("2026-11-20")) * 10
    a_day = 864_000
    assert judged(tc_string(created=tenths, updated=tenths - a_day), "2026-11-23") is None
    assert judged(tc_string(created=tenths, updated=tenths - a_day - 1), "2026-11-23") == Invalid(
        "updated before it was created"
    )
    assert judged(tc_string(created=tenths - 300 * a_day, updated=tenths), "2026-11-23") is None


@pytest.mark.parametrize("policy", [6, 63])
def test_a_policy_that_is_not_known_does_not_count(policy):
    text = tc_string(day=day("2026-11-20"), policy=policy)
    assert judged(text, "2026-11-23") == Invalid("of a policy that is not known")


@pytest.mark.parametrize("policy", [0, 2, 3])
def test_an_older_policy_counts_only_up_to_september_2023(policy):
    assert judged(core(day=day("2023-10-01"), policy=policy), "2023-11-01") == Invalid("of an outdated policy")
    assert judged(core(day=day("2023-09-30"), policy=policy), "2023-11-01") is None


@pytest.mark.parametrize("policy", [4, 5])
def test_disclosed_vendors_are_needed_from_march_2026(policy):
    assert judged(core(day=day("2026-02-28"), policy=policy), "2026-11-23") is None
    assert judged(core(day=day("2026-03-01"), policy=policy), "2026-11-23") == Invalid("without disclosed vendors")
    assert judged(tc_string(day=day("2026-03-01"), policy=policy), "2026-11-23") is None
