"""`gateway mail`, on a configuration that is right; and the tokens that the how-to lets another program make."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.keys import Keys, Subjects
from gateway.mail.token import Tokens
from tests.bootstrap.configuration import GATEWAY, POLICY, write
from tests.house.tree import ROOT

MAILS = "mail:\n  campaigns: {newsletter: [issue]}\n  click_hosts: [www.shop.example]\n"
KEYS = Keys(bytes(range(32)))
TOKENS = Tokens(KEYS.ring("mail-token"))
MAIL = ("--campaign", "newsletter", "--message", "issue")
URL = "https://www.shop.example/offers?week=47"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def run(tmp_path):
    config = write(tmp_path, GATEWAY + MAILS)

    def run(*words, lines=None):
        return CliRunner().invoke(main, ["mail", *words, "--config", str(config)], input=lines)

    return run


def test_an_open_pixel_is_an_element_with_nobodys_token(run):
    result = run("open", *MAIL)
    found = re.fullmatch(r'<img src="https://shop\.example/o/(\S+)\.gif" width="1" height="1" alt="">\n', result.output)
    token = TOKENS.open(found[1])
    assert (result.exit_code, token.act, token.site, token.subject) == (0, "open", "shop", "")
    assert token.expires - token.sent == 90 * 86_400


def test_a_link_is_an_address_that_leads_to_another(run):
    result = run("link", URL, *MAIL, "--days", "3")
    token = TOKENS.open(result.output.strip().removeprefix("https://shop.example/c/"))
    assert (result.exit_code, token.act, token.url, token.expires - token.sent) == (0, "click", URL, 3 * 86_400)


def test_many_are_made_line_by_line_and_what_makes_none_says_why_in_its_place(run):
    granted = str(TODAY - timedelta(3))
    lines = [
        json.dumps({"record": "abc", "granted": granted, "region": "FR"}),
        "{",
        json.dumps({"message": f"issue-{TODAY}"}),
        json.dumps({"message": "ann"}),
        "[]",
    ]
    result = run("open", "-", *MAIL, lines="\n".join(lines))
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert (result.exit_code, ["error" in row for row in rows]) == (1, [False, True, False, True, True])
    somebody = TOKENS.open(rows[0]["token"])
    assert somebody.subject == Subjects(KEYS.ring("subject")).digest("abc")
    assert (somebody.region, somebody.granted > 20_000) == ("FR", True)
    assert f"/o/{rows[2]['token']}.gif" in rows[2]["html"]


def test_many_links_have_their_addresses_in_their_lines(run):
    result = run("link", "-", *MAIL, lines=json.dumps({"url": URL}) + "\n{}\n")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert (result.exit_code, TOKENS.open(rows[0]["token"]).url, list(rows[1])) == (1, URL, ["error"])


def test_a_link_to_a_host_that_is_not_listed_is_not_made(run):
    result = run("link", "https://evil.example/", *MAIL)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "mail.click_hosts" in result.stderr


def test_what_was_made_can_be_shown_by_its_address_or_its_token(run):
    made = json.loads(run("link", URL, *MAIL, "--record", "abc", "--granted", str(TODAY), "--json").output)
    for text in (made["url"], made["token"], f"/c/{made['token']}"):
        shown = json.loads(run("show", text, "--json").output)
        assert (shown["act"], shown["campaign"], shown["url"], shown["counts"]) == ("click", "newsletter", URL, True)
        assert "abc" not in json.dumps(shown)
    assert f"url       {URL}" in run("show", made["token"]).output
    assert run("show", made["token"][:-1]).exit_code == 1


def test_a_configuration_that_is_wrong_is_told(tmp_path):
    for wrong in (
        "{click_hosts: ['*.shop.example']}",
        "{click_hosts: [10.0.0.1]}",
        "{campaigns: {Ann: [issue]}}",
        "{campaigns: {a: []}}",
    ):
        config = write(tmp_path, f"{GATEWAY}mail: {wrong}\n")
        result = CliRunner().invoke(main, ["mail", "open", *MAIL, "--config", str(config)])
        assert (result.exit_code, "G003" in result.output) == (1, True), result.output
        assert CliRunner().invoke(main, ["check", "--config", str(config)]).exit_code == 1


def test_a_policy_that_trusts_tokens_where_there_are_no_mails_is_warned_about(tmp_path):
    trusting = POLICY + "signals: {trust: [{source: gateway_receipt}, {source: mail_token}]}\n"
    for gateway, warned in ((GATEWAY, True), (GATEWAY + MAILS, False)):
        result = CliRunner().invoke(main, ["check", "--config", str(write(tmp_path, gateway, trusting))])
        assert (result.exit_code, "mail_token" in result.output) == (0, warned), result.output


def test_a_recorded_open_can_be_played(run, tmp_path):
    config = tmp_path / "gateway.yaml"
    opens = POLICY.replace(
        "purposes:\n", "purposes:\n  opens: {label: Seeing whether you read, family: email_open, profile: plain}\n"
    )
    opens = opens.replace("events: {page_view: [visits]}", "events: {page_view: [visits], email_open: [opens]}")
    (tmp_path / "policy.yaml").write_text(opens + "signals: {trust: [{source: mail_token}]}\n")
    somebody = json.loads(
        run("open", *MAIL, "--record", "abc", "--granted", str(TODAY), "--region", "FR", "--json").output
    )
    agent = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"}
    urls = (somebody["url"], somebody["url"][:-9] + ".gif")
    hits = "".join(json.dumps({"url": url, "headers": agent}) + "\n" for url in urls)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    played = CliRunner().invoke(main, ["simulate", "-", "--config", str(config), "--now", later], input=hits)
    good, forged = (json.loads(line) for line in played.stdout.splitlines())
    assert (good["recognised"], good["destinations"]["own_stats"]["reason"]) == ("mail", "consent")
    assert (forged["recognised"], forged["destinations"]) == ("mail", {})


def test_another_program_makes_the_same_tokens_with_the_keys_it_was_given(run):
    (program,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs/how-to/front-mail.md").read_text("utf-8"), re.M | re.S
    )
    names = {}
    exec(program, names)
    keys = json.loads(run("key", "--json").output)
    subject = names["pseudonym"](keys["subject"], "abc")
    text = names["token"](
        keys["token"], "open", "shop", "newsletter", "issue", 1_795_600_000, 1_795_700_000, subject, 20_758, "FR"
    )
    token = TOKENS.open(text)
    assert TOKENS.seal(token) == text
    assert token.subject == Subjects(KEYS.ring("subject")).digest("abc")
    link = names["token"](
        keys["token"], "click", "shop", "newsletter", "issue", 1_795_600_000, 1_795_700_000, "", 0, "", URL
    )
    assert TOKENS.open(link).url == URL
    assert run("key").output.split() == ["token", keys["token"], "subject", keys["subject"]]
    assert base64.b64decode(keys["token"]) == KEYS.derive("mail-token") != KEYS.root
