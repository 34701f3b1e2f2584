import json

import pytest

from gateway.consent.invalid import Invalid
from gateway.consent.tcf_json import show_tcf
from tests.consent.test_tcf import rows


@pytest.mark.parametrize("row", rows("tcf_vectors.jsonl"), ids=lambda row: row["id"])
def test_it_shows_what_the_official_library_reads(row):
    assert json.loads(json.dumps(show_tcf(row["tcString"]))) == row["expect"]


def test_it_says_why_a_string_is_none():
    assert isinstance(show_tcf("undefined"), Invalid)
