import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.vouched import NAME, Vouching, heard
from gateway.facts import ConsentSource, Signals, Vote

PURPOSES = {
    "operate": PlainPurpose("necessary"),
    "opens": PlainPurpose("email_open"),
    "lists": PlainPurpose("email_open"),
    "ads": PlainPurpose("advertising"),
}
TRUSTED = (ConsentSource("gateway_receipt"), ConsentSource(NAME))


def vouching(trust=TRUSTED, since=()):
    return Vouching(ReadingRules(PURPOSES, trust, since=dict(since)))


def test_where_the_policy_trusts_it_a_token_answers_what_is_about_opened_mails_and_nothing_else():
    votes = vouching().votes(20_700, "shop")
    assert votes == tuple(Vote(purpose, NAME, grant=True, day=20_700) for purpose in ("opens", "lists"))


@pytest.mark.parametrize("trust", [(), (ConsentSource("gateway_receipt"),), (ConsentSource("cmp", NAME),)])
def test_where_the_policy_does_not_it_refuses_whatever_the_law_asks_for(trust):
    assert vouching(trust).votes(20_700, "shop") == vouching(trust).refusals()


def test_a_line_with_a_map_answers_what_it_maps_and_no_other_family():
    trust = (ConsentSource(NAME, map=(("any", ("lists", "ads")),)),)
    assert [vote.purpose for vote in vouching(trust).votes(20_700, "shop")] == ["lists"]


def test_a_yes_that_is_older_than_the_site_accepts_is_none():
    dated = vouching(since={"shop": 20_700})
    assert dated.votes(20_699, "shop") == dated.refusals()
    assert all(vote.grant for vote in (*dated.votes(20_700, "shop"), *dated.votes(20_699, "other")))


def test_what_refuses_refuses_everything_that_can_be_refused():
    votes = vouching(()).refusals()
    assert [vote.purpose for vote in votes] == ["opens", "lists", "ads"]
    assert not any(vote.grant or vote.trusted or vote.explicit for vote in votes)


votes = st.builds(
    Vote,
    st.sampled_from(sorted(PURPOSES)),
    st.sampled_from(["gateway_receipt", "tcf", "cmp:onetrust"]),
    st.booleans(),
    day=st.none() | st.integers(20_000, 21_000),
)


@given(st.lists(votes, max_size=6), st.booleans(), st.booleans())
def test_of_the_request_every_no_is_heard_and_no_yes(given_votes, gpc, dnt):
    signals = Signals(tuple(given_votes), gpc, dnt, notified=True, unreadable=("tcf",))
    ours = vouching().votes(20_700, "shop")
    told = heard(signals, ours)
    assert [vote for vote in told.votes if vote.grant] == list(ours)
    assert [vote for vote in told.votes if not vote.grant] == [vote for vote in given_votes if not vote.grant]
    assert (told.gpc, told.dnt, told.notified, told.unreadable) == (gpc, dnt, False, ("tcf",))
