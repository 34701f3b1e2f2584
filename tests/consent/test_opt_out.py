import pytest

from gateway.consent.ballot import Ballot, Scene
from gateway.consent.opt_out import COOKIE, OptOutSource
from gateway.consent.panel import assemble
from gateway.consent.reading import Panel
from gateway.consent.receipt import COOKIE as CONSENT
from gateway.consent.receipt import Choice, ConsentRecord, seal
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.facts import ConsentSource, Vote

KEY = bytes(range(32))
NOW = 86400 * 10.0


def vote(*values):
    scene = Scene({COOKIE.encode(): [value.encode() for value in values]} if values else {}, "shop", NOW)
    return OptOutSource(("ads", "insight")).vote(scene)


def test_without_the_cookie_it_says_nothing():
    assert vote() == Ballot()


@pytest.mark.parametrize("values", [("1",), ("0",), ("",), ("1", "1"), ("no",)])
def test_whatever_the_cookie_says_it_refuses_every_purpose(values):
    ballot = vote(*values)
    assert ballot.votes == tuple(Vote(name, "opt_out", grant=False, trusted=False) for name in ("ads", "insight"))
    assert ballot.reasons == ("opted out", "opted out")


def test_beside_a_receipt_that_agrees_it_refuses_all_the_same():
    purposes = {"operate": PlainPurpose("necessary"), "ads": PlainPurpose("advertising", "T1")}
    rules = ReadingRules(purposes, (ConsentSource("gateway_receipt"),))
    receipt = seal(ConsentRecord("r-1", 86400 * 9, 86400 * 99, (Choice("ads", True, "T1"),)), KEY, "shop")
    cookies = f"{CONSENT}={receipt}; {COOKIE}=1".encode()
    panel = Panel(assemble(rules, KEY, {}), rules.refusable)
    votes = panel.examine({b"cookie": [cookies]}, "shop", NOW).consent.signals.votes
    assert [(each.purpose, each.source, each.grant) for each in votes] == [
        ("ads", "gateway_receipt", True),
        ("ads", "opt_out", False),
    ]
