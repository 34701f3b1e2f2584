import pytest

from gateway.consent.kind import kind_of
from gateway.consent.string_json import KINDS
from tests.consent.strings import strings


@pytest.mark.parametrize("name", ["tcf", "gpp", "usp", "ac", "google"])
def test_what_can_be_read_is_recognised(name):
    for row in strings(name):
        if row["says"] and row["kind"] not in {"npa", "dma", "dma_cps"}:
            assert kind_of(row["text"]) == row["kind"], row["text"]


@pytest.mark.parametrize("text", ["", " ", "0", "1", "-", "syp", "undefined", "null", "${GDPR_CONSENT_755}", "é"])
def test_what_looks_like_nothing_is_of_no_kind(text):
    assert kind_of(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1YXN", "usp"), ("2YNN", "usp"), ("G1111", "gcs"), ("DCABLA", "gpp"), ("CBABLA~B", "gpp"), ("3~1", "ac")],
)
def test_what_is_damaged_is_still_of_its_kind(text, kind):
    assert kind_of(text) == kind
    assert kind in KINDS
