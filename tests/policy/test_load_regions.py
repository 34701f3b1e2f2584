import datetime

import pytest

from gateway.policy.durations import Duration
from gateway.policy.load import open_document
from gateway.policy.load_regions import read_pack, read_rows
from tests.policy.made import PACK, codes, resolve

AT = '    match: ["*"]'


def test_the_shipped_pack_is_read_whole():
    root = open_document(*resolve(PACK))
    pack = read_pack(root)
    assert (pack.name, pack.version, len(pack.rows)) == ("baseline", "2026.11", 144)
    assert root.document.findings == []
    assert pack.rows["no"].match == ("NO",)
    assert pack.rows["nz"].dsr["respond_within"] == Duration(20, "bd")
    assert (pack.rows["fr"].certainty, pack.rows["ad"].certainty) == ("high", "low")
    place = pack.rows["fr"].places["basis", "audience_measurement"]
    line = resolve(PACK)[0].splitlines()[place.line - 1]
    assert line[place.column - 1 :].startswith("exempt")


def test_a_date_becomes_a_day():
    root = open_document("a: {applies_from: '2026-12-01'}", "file.yaml")
    first = datetime.date(1970, 1, 1) + datetime.timedelta(days=read_rows(root)["a"].applies_from)
    assert first == datetime.date(2026, 12, 1)


def test_no_rows_are_no_regions():
    assert read_rows(None) == {}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("    applies_from: 2026-02-30", "P040"),
        ("    applies_from: tomorrow", "P040"),
        ("    retention: {events: forever}", "P040"),
        ("    retention: {logs: 30d}", "P001"),
        ("    dsr: {answer: 30d}", "P001"),
        ("    signals: {gpc: maybe}", "P041"),
        ("    signals: {gcp: honour}", "P001"),
        ("    certainty: sure", "P041"),
        ("    ceiling: {url: short}", "P063"),
        ("    ceiling: {link: drop}", "P062"),
        ("    lawyer: x", "P001"),
        ("    label: [x]", "P004"),
    ],
)
def test_what_is_wrong_in_a_region_is_found(line, code):
    assert code in codes(AT, f"{AT}\n{line}")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('match: ["*"]', "match: [DEU]", "P012"),
        ("advertising: opt_in", "advertising: opt-in", "P022"),
        ("{under: 16}", "{under: sixteen}", "P041"),
        ("{under: 16}", "{under: 30}", "P041"),
        ("{under: 16}", "{below: 16}", "P001"),
        ("valid_for: 100d", "valid_for: 100", "P040"),
    ],
)
def test_a_bad_value_is_found(old, new, code):
    assert code in codes(old, new)


def test_a_file_that_is_no_pack_is_refused():
    root = open_document("policy: 1", "file.yaml")
    read_pack(root)
    assert {"P001", "P003"} == {finding.code for finding in root.document.findings}
