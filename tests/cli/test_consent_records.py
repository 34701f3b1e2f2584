"""`gateway consent-records` prints what a stopped gateway has kept."""

import json

from click.testing import CliRunner

from gateway.cli import main
from gateway.dsr.consented import digest_of
from tests.web.privacy.visiting import Browser, Site


def test_every_record_is_a_line_and_that_it_was_asked_for_is_evidenced(tmp_path):
    with Site(tmp_path) as site:
        for _ in range(2):
            Browser(site).choose(visits=True, ads=False)
    config = ["--config", str(site.config)]
    printed = CliRunner().invoke(main, ["consent-records", *config])
    assert printed.exit_code == 0, printed.output
    records = [json.loads(line) for line in printed.output.splitlines()]
    assert [record["event"]["event_state"] for record in records] == ["given", "given"]
    shown = CliRunner().invoke(main, ["audit", "show", *config]).output
    assert '"consent.exported"' in shown
    assert [record for record in records if digest_of(record) not in shown] == []


def test_where_there_is_nothing_it_says_so(tmp_path):
    with Site(tmp_path) as site:
        pass
    printed = CliRunner().invoke(main, ["consent-records", "--config", str(site.config)])
    assert (printed.exit_code, printed.output) == (0, "")
