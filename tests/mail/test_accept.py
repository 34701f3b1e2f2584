import pytest

from gateway.delivery import Rules
from gateway.mail.accept import OLDEST_YES_DAYS, path_of, token_in
from tests.mail.made import ACCEPTANCE, CLICKED, OPENED, SENT, TOKENS, of_somebody


def at(token, now=SENT + 60, site="shop"):
    return ACCEPTANCE.at(path_of(token, TOKENS.seal(token)), site, now)


@pytest.mark.parametrize("token", [OPENED, CLICKED, of_somebody(OPENED)])
def test_a_token_is_found_in_its_path_and_in_no_other(token):
    text = TOKENS.seal(token)
    assert token_in(path_of(token, text)) == (token.act, text)
    assert at(token) == token
    other = OPENED if token.act == "click" else CLICKED
    assert ACCEPTANCE.at(path_of(other, text), "shop", SENT + 60) is None
    for path in (
        f"/x/{text}",
        text,
        f"/o/{text}/x.gif",
        f"/o//{text}.gif",
        f"/c/{text}/",
        f"/c/{text}.gif",
        "/o/",
        "/c/",
    ):
        assert ACCEPTANCE.at(path, "shop", SENT + 60) is None


def test_it_counts_on_its_own_site_alone():
    assert at(OPENED, site="other") is None


def test_it_counts_from_a_month_before_its_mail_until_it_expires():
    assert at(OPENED, SENT - 31 * 86_400) and not at(OPENED, SENT - 31 * 86_400 - 1)
    assert at(OPENED, SENT + 86_399) and not at(OPENED, SENT + 86_400)


def test_no_token_outlives_what_the_operator_allows():
    ageless = OPENED._replace(expires=SENT + 10 * 365 * 86_400)
    assert at(ageless, SENT + 30 * 86_400 - 1) and not at(ageless, SENT + 30 * 86_400)


def test_a_yes_counts_no_longer_than_a_withdrawal_of_it_would_be_known():
    token, day = of_somebody(OPENED, granted=20_000), 86_400
    assert OLDEST_YES_DAYS * day < Rules().refusals - 7 * day
    assert ACCEPTANCE.agrees(token, 20_000 * day) and ACCEPTANCE.agrees(token, (20_000 + OLDEST_YES_DAYS) * day - 1)
    assert not ACCEPTANCE.agrees(token, (20_000 + OLDEST_YES_DAYS) * day)
    assert not ACCEPTANCE.agrees(OPENED, SENT)


@pytest.mark.parametrize("message", ["issue", "welcome", "issue-2026-11-25", "welcome-2026-12-24", "issue-2026-10-26"])
def test_a_message_is_one_of_the_list_or_one_with_a_day_near_its_mail(message):
    assert ACCEPTANCE.names(OPENED._replace(message=message))


@pytest.mark.parametrize(
    "message",
    [
        "issues",
        "issue-7",
        "issue-user-17",
        "issue-2026-02-30",
        "issue-2027-11-25",
        "issue-2026-11-25-7",
        "is",
        "issue-20261125",
    ],
)
def test_no_other_message_has_a_name(message):
    assert not ACCEPTANCE.names(OPENED._replace(message=message))
    assert not ACCEPTANCE.names(OPENED._replace(campaign="other", message="issue"))
