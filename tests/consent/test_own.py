from gateway.consent.ballot import Ballot, Scene, Unreadable
from gateway.consent.own import ReceiptSource
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, seal
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.facts import Vote

KEY = bytes(range(32))
RULES = ReadingRules({"operate": PlainPurpose("necessary"), "ads": PlainPurpose("advertising", "T1")})
RECORD = ConsentRecord("r-1", 86400 * 9, 86400 * 99, (Choice("ads", True, "T1"),), notified=True)


def vote(*values, trusted=True, now=86400 * 10.0):
    scene = Scene({COOKIE.encode(): [value.encode() for value in values]} if values else {}, "shop", now)
    return ReceiptSource(RULES, KEY, trusted).vote(scene)


def test_without_a_receipt_it_says_nothing():
    assert vote() == Ballot()


def test_a_receipt_says_what_was_chosen_when_and_until_when_it_holds():
    ballot = vote(seal(RECORD, KEY, "shop"))
    assert ballot.votes == (Vote("ads", "gateway_receipt", True, True, True, 9),)
    assert (ballot.reasons, ballot.notified, ballot.record, ballot.until) == (("accepted",), True, "r-1", 86400 * 99)


def test_a_yes_counts_only_where_the_policy_trusts_receipts():
    assert vote(seal(RECORD, KEY, "shop"), trusted=False).votes == ()


def test_a_yes_counts_only_for_the_words_it_was_given_to():
    assert vote(seal(RECORD._replace(choices=(Choice("ads", True, "T0"),)), KEY, "shop")).votes == ()


def test_a_no_counts_always():
    refusal = seal(RECORD._replace(choices=(Choice("ads", False, "T0"),)), KEY, "shop")
    assert [(each.purpose, each.grant) for each in vote(refusal, trusted=False).votes] == [("ads", False)]


def test_two_receipts_refuse_all_that_can_be_refused():
    ballot = vote(*[seal(RECORD, KEY, "shop")] * 2)
    assert [(each.purpose, each.grant) for each in ballot.votes] == [("ads", False)]
    assert (ballot.record, ballot.notified) == ("", False)


def test_a_receipt_that_does_not_open_is_named():
    assert vote("x").unreadable == (Unreadable("gateway_receipt", "not a receipt"),)
    assert vote(seal(RECORD, KEY, "shop"), now=86400 * 99.0).unreadable == (Unreadable("gateway_receipt", "expired"),)
