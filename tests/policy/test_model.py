from gateway.policy.model import DestinationRule, Place, Situation, regions_of


def test_a_place_reads_like_an_editor_wants_it():
    assert str(Place("shop.yaml", 32, 22)) == "shop.yaml:32:22"


def test_a_destination_that_says_nothing_gets_nothing():
    silent = DestinationRule("silent")
    assert (silent.events, silent.fields, silent.party, silent.minors) == ({}, (), "third", "never")


def test_a_situation_that_says_nothing_is_unknown_and_unasked():
    assert Situation() == ((), None, (), 0, False, False, False, False, False, None)


def test_unknown_is_no_evidence():
    assert regions_of("unknown") == ()
    assert regions_of("US-CA") == ("US-CA",)
