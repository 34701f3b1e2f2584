import re

from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.own import OwnPattern, OwnPatterns


def test_own_patterns_are_found_and_empty_matches_do_not_count():
    own = OwnPatterns(
        (OwnPattern("club", re.compile("K[0-9]*"), Label.CUSTOM), OwnPattern("none", re.compile("x*"), Label.IP))
    )
    assert list(own.find("a K12 b")) == [(2, 5, Label.CUSTOM)]


def test_without_patterns_nothing_is_found():
    assert list(OwnPatterns().find("K12")) == []
