import pytest

from gateway.policy.compile import read_policy
from tests.policy.made import SMALL

PACK = """\
pack: terms
regions:
  fr:
    match: [FR]
    basis: {audience_measurement: opt_in, advertising: opt_in}
    signals: {gpc: honour, dnt: honour}
    consent: {valid_for: 90d}
    minors: {under: 16}
    dsr: {respond_within: 30d, extend_by: 10bd}
    retention: {events: 30d, aggregates: 2y, receipts: 90d}
"""


def told(row, name="fr", more=""):
    text = SMALL.replace("name: small", "name: small\nextends: terms.yaml")
    text = text.replace("valid_for: 100d", "valid_for: 90d")
    text = text.replace("destinations:", f"  {name}: {{{row}{more}}}\ndestinations:")
    reading = read_policy(text, "small.yaml", lambda file: (PACK, file))
    return [(one.code, one.line, one.column) for one in reading.findings]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("retention: {events: 31d}", "P090", 28),
        ("retention: {events: 29d}", None, 0),
        ("retention: {aggregates: 3y}", "P090", 32),
        ("retention: {receipts: 89d}", "P091", 30),
        ("retention: {receipts: 5y}", None, 0),
        ("retention: {receipts: 50d}, consent: {valid_for: 50d}", None, 0),
        ("dsr: {respond_within: 31d}", "P092", 30),
        ("dsr: {respond_within: 30d}", None, 0),
        ("dsr: {respond_within: 1mo}", "P092", 30),
        ("dsr: {respond_within: 22bd}", "P092", 30),
        ("dsr: {respond_within: 15bd}", None, 0),
        ("dsr: {extend_by: 11bd}", "P092", 25),
        ("dsr: {extend_by: 10bd}", None, 0),
    ],
)
def test_terms_are_held_against_the_pack(row, code, column):
    assert told(row) == ([] if code is None else [(code, 15, column)])


def test_longer_retention_may_have_a_reason_and_a_later_answer_may_not():
    because = ", because: the board decided on 2026-11-01"
    assert told("retention: {events: 31d}", more=because) == []
    assert [code for code, *_ in told("dsr: {respond_within: 31d}", more=because)] == ["P092"]


def test_a_region_of_the_policy_alone_is_held_against_its_parent():
    row = "inherits: fr, match: [MC], retention: {events: 40d}"
    assert [code for code, *_ in told(row, "mc")] == ["P090"]


def test_receipts_that_are_inherited_must_outlast_a_longer_yes():
    assert [code for code, *_ in told("consent: {valid_for: 91d}, because: the board decided")] == ["P091"]
