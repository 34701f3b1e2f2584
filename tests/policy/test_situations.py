import pytest

from gateway.facts import Facts, Signals, Vote
from gateway.policy.model import Situation
from gateway.policy.situations import SituationError, facts_of, read_situation

PURPOSES = ("ads", "visits")


def test_a_situation_becomes_facts_with_dated_votes():
    situation = Situation(("FR",), "view", (("ads", True), ("visits", False)), 20, gpc=True, age=17)
    votes = (Vote("ads", "gateway_receipt", True, day=980), Vote("visits", "gateway_receipt", False, day=980))
    assert facts_of(situation, 1000) == Facts(("FR",), Signals(votes, gpc=True), age=17)


def test_nothing_said_is_nothing_known():
    assert read_situation({}, PURPOSES) == Situation()


@pytest.mark.parametrize("value", ["US-CA,FR", ["US-CA", "FR"], ["US-CA,FR"], "US-CA, FR"])
def test_regions_may_be_written_with_commas_or_as_a_list(value):
    assert read_situation({"region": value}, PURPOSES).regions == ("US-CA", "FR")


def test_unknown_is_no_evidence_and_stays_beside_what_is_known():
    assert read_situation({"region": "unknown"}, PURPOSES).regions == ()
    assert read_situation({"region": "FR,unknown"}, PURPOSES).regions == ("FR", "XX")
    assert read_situation({"region": "T1"}, PURPOSES).regions == ("T1",)


@pytest.mark.parametrize(
    "value", ["ads=yes,visits=no", ["ads=yes", "visits=no"], {"ads": "yes", "visits": False}, ["all", "visits=no"]]
)
def test_consent_may_be_words_a_list_or_a_mapping_and_the_last_word_holds(value):
    assert dict(read_situation({"consent": value}, PURPOSES).consent) == {"ads": True, "visits": False}


def test_all_and_none_mean_what_they_say():
    assert len(read_situation({"consent": "all"}, PURPOSES).consent) == 2
    assert read_situation({"consent": "none"}, PURPOSES).consent == ()


def test_names_may_have_dashes_and_the_destination_is_somebody_elses():
    words = {"consent-age": "2y", "destination": "meta", "dnt": "yes", "bot": True, "age": 12, "event": "view"}
    assert read_situation(words, PURPOSES) == Situation((), "view", consent_age=730, dnt=True, bot=True, age=12)
    assert read_situation({"consent_age": 3}, PURPOSES).consent_age == 3


@pytest.mark.parametrize(
    "words",
    [
        {"regoin": "FR"},
        {"region": "FRA"},
        {"region": 1},
        {"event": 1},
        {"age": "12"},
        {"age": -1},
        {"age": True},
        {"gpc": "maybe"},
        {"gpc": 1},
        {"consent": "adds=yes"},
        {"consent": "ads"},
        {"consent": "ads=perhaps"},
        {"consent": 1},
        {"consent_age": "20"},
        {"consent_age": -1},
        {"consent_age": []},
    ],
)
def test_what_is_no_situation_is_said_in_a_sentence(words):
    with pytest.raises(ValueError, match=r"\w+ "):
        read_situation(words, PURPOSES)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"regoin": "FR"}, ""),
        ({"region": "FRA"}, "region"),
        ({"consent": {"adds": True}}, "consent"),
        ({"consent": {"ads": "perhaps"}}, "consent"),
        ({"consent": "ads"}, "consent"),
        ({"consent_age": "old"}, "consent_age"),
        ({"age": "old"}, "age"),
        ({"event": ["view"]}, "event"),
        ({"gpc": "on"}, "gpc"),
    ],
)
def test_the_field_that_is_wrong_is_named(words, field):
    with pytest.raises(SituationError) as caught:
        read_situation(words, PURPOSES)
    assert caught.value.field == field


def test_a_purpose_that_was_not_answered_may_be_named():
    answers = {"ads": "yes", "visits": "none"}
    assert read_situation({"consent": answers}, PURPOSES).consent == (("ads", True),)
    assert read_situation({"consent": {"ads": None}}, PURPOSES).consent == ()


def test_a_code_in_small_letters_is_refused_with_the_code_that_was_meant():
    with pytest.raises(SituationError, match=r'"us-ca" is not an ISO 3166 code; did you mean "US-CA"\?'):
        read_situation({"region": "us-ca"}, PURPOSES)
