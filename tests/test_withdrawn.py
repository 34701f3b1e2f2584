from gateway.facts import Facts, Vote
from gateway.store.protocols import Refusal
from gateway.withdrawn import with_refusals

OLD, LATE = 900, 1_100


def test_refusals_become_votes_against_each_purpose_or_a_veto():
    lifted, standing = Refusal("ads", 1_000, standing=False), Refusal("", 86_400)
    assert with_refusals(Facts(), LATE, [lifted]) == Facts()
    assert with_refusals(Facts(), OLD, [lifted]).signals.votes == (Vote("ads", "withdrawal", grant=False, day=0),)
    assert with_refusals(Facts(), LATE, [standing]).suppressed
    assert with_refusals(Facts(), LATE, ()) == Facts()


def test_a_refusal_stands_beside_what_was_said_before():
    said = Vote("ads", "gateway_receipt", grant=True, day=3)
    facts = Facts()._replace(signals=Facts().signals._replace(votes=(said,)))
    votes = with_refusals(facts, LATE, [Refusal("ads", 5 * 86_400)]).signals.votes
    assert votes == (said, Vote("ads", "withdrawal", grant=False, day=5))
