import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.region.residence import with_residence

EVIDENCE = st.lists(st.sampled_from(["FR", "US", "US-CA", "unknown"]), max_size=3, unique=True).map(tuple)


@pytest.mark.parametrize(
    ("evidence", "stated", "expected"),
    [
        (("FR",), "US-CA", ("FR", "US-CA")),
        (("FR",), "us-ca", ("FR", "US-CA")),
        (("FR",), "FR", ("FR",)),
        (("FR",), "US-PR", ("FR", "US-PR", "PR")),
        ((), "US-PR", ("unknown", "US-PR", "PR")),
        (("PR",), "US-PR", ("PR", "US-PR")),
        (("FR",), "", ("FR",)),
        (("FR",), "California", ("FR", "unknown")),
        (("FR",), "US-California", ("FR", "unknown")),
        ((), "US-CA", ("unknown", "US-CA")),
        ((), "California", ()),
        ((), "", ()),
    ],
)
def test_a_stated_residence_is_added(evidence, stated, expected):
    assert with_residence(evidence, stated) == expected


@given(EVIDENCE, st.one_of(st.sampled_from(["FR", "US-CA", "DE", "XX", "US-ZZ"]), st.text(max_size=8)))
def test_it_never_takes_evidence_away_nor_makes_the_unknown_known(evidence, stated):
    found = with_residence(evidence, stated)
    assert set(evidence) <= set(found)
    assert evidence or not found or "unknown" in found
