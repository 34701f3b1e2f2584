import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.names import Addressees, is_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        (b"_iub_cs-#", b"_iub_cs-123", True),
        (b"_iub_cs-#", b"_iub_cs-", False),
        (b"_iub_cs-#", b"_iub_cs-123-uspr", False),
        (b"_iub_cs-#-uspr", b"_iub_cs-123-uspr", True),
        (b"kndctr_*_AdobeOrg_consent", b"kndctr_9E_AdobeOrg_consent", True),
        (b"kndctr_*_AdobeOrg_consent", b"kndctr_9E_AdobeOrg_identity", False),
        (b"a.c", b"abc", False),
        (b"a*", b"a" + b"x" * 300, False),
        (b"a*", b"A1", False),
    ],
)
def test_a_pattern_stands_for_digits_or_any_text(pattern, name, fits):
    assert matches(pattern, name) is fits


def test_a_plain_name_is_no_pattern():
    assert [is_pattern(name) for name in (b"cc_cookie", b"a#", b"a*")] == [False, True, True]


def test_every_source_gets_its_cookies():
    who = Addressees([[b"a", b"x-#"], [b"x-*"], [b"a"]])
    assert [who.of(name) for name in (b"a", b"x-1", b"x-y", b"b", b"x-")] == [(0, 2), (0, 1), (1,), (), ()]
    assert [name in who for name in (b"a", b"x-1", b"b", b"x-")] == [True, True, False, False]


def test_without_patterns_only_names_count():
    who = Addressees([[b"a"]])
    assert (b"a" in who, b"ab" in who, who.of(b"ab")) == (True, False, ())


@given(st.binary(max_size=300))
def test_whether_it_is_wanted_and_by_whom_agree(name):
    who = Addressees([[b"a", b"_iub_cs-#"], [b"a*"]])
    assert (name in who) == bool(who.of(name))
