import pytest

from gateway.decision import Reason
from gateway.facts import Facts, Signals, Vote
from gateway.policy.absent import absent_policy

AGREED = Signals((Vote("ads", "gateway_receipt", grant=True, day=20_000),))


@pytest.mark.parametrize(
    "facts", [Facts(), Facts(("FR",), AGREED), Facts(("??",)), Facts(bot=True), Facts(suppressed=True)]
)
def test_where_there_is_no_policy_everything_is_refused_and_says_so(facts):
    decision = absent_policy().decide(facts, "purchase", ("meta", "own_stats"), 20_001)
    assert [(verdict.destination, verdict.reason) for verdict in decision.verdicts] == [
        ("meta", Reason.POLICY_ERROR),
        ("own_stats", Reason.POLICY_ERROR),
    ]
    assert not decision.permits and all(verdict.sends is None for verdict in decision.verdicts)


def test_it_has_no_name_and_knows_no_destination():
    policy = absent_policy()
    assert not (policy.fingerprint or policy.name or policy.destinations or policy.purposes)
