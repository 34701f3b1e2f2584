import math

from gateway.consent.ballot import Ballot, Unreadable, refuse
from gateway.consent.invalid import Invalid
from gateway.consent.reading import Consent, Panel, Reading, collect
from gateway.facts import Signals, Vote


class Fixed:
    """A source that says one thing whenever its cookie is there."""

    def __init__(self, cookie, ballot):
        self.cookies = frozenset({cookie})
        self.ballot = ballot

    carriers = frozenset()

    def vote(self, scene):
        assert not self.cookies.isdisjoint(scene.cookies)
        return self.ballot


YES = Vote("ads", "a", grant=True)
NO = Vote("ads", "b", grant=False)
PANEL = Panel(
    [Fixed(b"a", Ballot((YES,), ("accepted",), until=9)), Fixed(b"b", Ballot((NO,), ("refused",), until=5))], ("ads",)
)


def test_without_ballots_nothing_is_said_for_ever():
    assert collect([], False, True) == Reading(Consent(Signals(dnt=True)), (), (), math.inf)


def test_every_vote_stands_in_the_order_of_the_sources():
    reading = PANEL.examine({b"cookie": [b"b=1; a=1"]}, "shop", 1.0)
    assert reading.consent.signals.votes == (YES, NO)
    assert (reading.reasons, reading.until) == (("accepted", "refused"), 5)


def test_only_sources_whose_cookie_is_there_are_asked():
    assert [name for name in (b"a", b"b", b"c") if name in PANEL.names] == [b"a", b"b"]
    assert PANEL.examine({b"cookie": [b"a=1"]}, "shop", 1.0).consent.signals.votes == (YES,)


def test_flags_come_from_headers_and_from_ballots():
    assert PANEL.examine({b"sec-gpc": [b"1"], b"dnt": [b"1"]}, "shop", 1.0).consent.signals == Signals(
        gpc=True, dnt=True
    )
    assert collect([Ballot(gpc=True), Ballot(notified=True)], False, False).consent.signals == Signals(
        gpc=True, notified=True
    )


def test_the_record_is_that_of_the_ballot_that_has_one():
    assert collect([Ballot(), Ballot(record="r")], False, False).consent.record == "r"


def test_unreadable_sources_are_named_once():
    reading = collect([refuse("s", ["ads"], "x"), refuse("s", [], "y")], False, False)
    assert reading.consent.signals.unreadable == ("s",)
    assert reading.unreadable == (Unreadable("s", "x"), Unreadable("s", "y"))


def test_cookies_that_cannot_be_read_refuse():
    signals = PANEL.examine({b"cookie": [b"a=\x00"]}, "shop", 1.0).consent.signals
    assert signals == Signals((Vote("ads", "cookies", False, False, False),), unreadable=("cookies",))


DATED = Vote("ads", "a", grant=True, day=100)
LATE = Panel(
    [Fixed(b"a", Ballot((DATED, DATED._replace(day=None), NO._replace(day=1)), ("x", "y", "z")))],
    ("ads",),
    (),
    {"shop": 100},
)


def test_a_yes_from_before_the_first_day_of_a_site_is_none_and_a_no_stays():
    def votes(panel, site):
        return panel.examine({b"cookie": [b"a=1"]}, site, 1.0).consent.signals.votes

    assert votes(LATE, "shop") == (DATED, NO._replace(day=1))
    assert votes(LATE, "other") == (DATED, DATED._replace(day=None), NO._replace(day=1))
    assert LATE.examine({b"cookie": [b"a=1"]}, "shop", 1.0).reasons == ("x", "z")
    later = Panel([Fixed(b"a", Ballot((DATED,), ("x",)))], ("ads",), (), {"shop": 101})
    assert votes(later, "shop") == ()


def test_what_is_carried_and_cannot_be_read_refuses():
    reading = PANEL.examine({b"cookie": [b"a=1"]}, "shop", 1.0, Invalid("too much"))
    assert reading.consent.signals == Signals(
        (Vote("ads", "parameters", False, False, False), YES), unreadable=("parameters",)
    )


def test_where_the_gdpr_applies_without_a_tc_string_what_one_would_answer_is_refused():
    panel = Panel([Fixed(b"a", Ballot(tc=True))], ("ads",), ("ads", "insight"))
    for carried, refused in (((("gdpr", "1"),), ("ads", "insight")), ((("gdpr", "0"),), ()), ((), ())):
        signals = panel.examine({}, "shop", 1.0, carried).consent.signals
        assert tuple(vote.purpose for vote in signals.votes) == refused
        assert signals.unreadable == (("tcf:gdpr",) if refused else ())
    assert panel.examine({b"cookie": [b"a=1"]}, "shop", 1.0, (("gdpr", "1"),)).consent.signals.votes == ()
