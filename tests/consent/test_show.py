import json
from datetime import datetime
from importlib.resources import files

import pytest

from gateway.consent.cmps import parse_cmps
from gateway.consent.show import Request, show_request
from tests.consent.strings import rows
from tests.consent.tcf_packer import tc_string

CMPS = parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
NOW = datetime.fromisoformat("2026-11-23T00:00:00Z").timestamp()


def show(cookies=b"", mapping=None, **headers):
    named = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    shown = show_request(Request(named | {b"cookie": [cookies]}, NOW, mapping or {}), CMPS)
    return json.loads(json.dumps(shown))


@pytest.mark.parametrize("row", rows("cmp_cookies.jsonl"), ids=lambda row: f"{row['id']}-{row['cmp']}-{row['case']}")
def test_it_shows_what_the_platform_wrote(row):
    config = row["config"] or {"groups": {}}
    mapping = {category: (common,) for category, common in config["groups"].items()}
    shown = show(row["cookie_header"].encode("latin-1"), mapping)
    assert {key: shown[key] for key in row["expect"]} == row["expect"]


def test_a_request_without_cookies_shows_nothing():
    assert show() == {"purposes": {}, "explicit": False, "extra": {}, "votes": [], "unreadable": []}


def test_it_shows_the_votes_with_their_reasons():
    shown = show(b"OptanonConsent=groups=C0002%3A1%2CC0004%3A0; OptanonAlertBoxClosed=2026-10-01T08:15:30.236Z")
    votes = {(vote["purpose"], vote["vote"], vote["why"]) for vote in shown["votes"]}
    assert ("analytics", "grant", "accepted analytics") in votes
    assert ("advertising", "deny", "refused advertising") in votes
    assert {(vote["source"], vote["at"], vote["explicit"]) for vote in shown["votes"]} == {
        ("cmp:onetrust", "2026-10-01", True)
    }


def test_it_shows_the_opt_out_signals():
    assert show(sec_gpc=b"1", dnt=b"1")["extra"] == {"gpc": True, "dnt": True}
    assert show(b"OptanonConsent=browserGpcFlag=1")["extra"] == {"gpc": True}
    assert show(b"OptanonConsent=groups=SSPD_BG%3A0")["extra"] == {"sale_share": "denied"}


def test_what_is_garbled_is_shown_as_unset_and_named():
    shown = show(b"CookieConsent=%")
    assert set(shown["purposes"].values()) == {"unset"}
    assert (shown["explicit"], shown["votes"]) == (False, [])
    assert [item["source"] for item in shown["unreadable"]] == ["cmp:cookiebot"]


def test_what_is_said_twice_is_shown_as_refused():
    shown = show(b"OptanonConsent=groups=C0002%3A1; OptanonConsent=groups=C0002%3A0")
    assert shown["purposes"]["analytics"] == "denied"
    assert show(b"OptanonConsent=groups=C0002%3A1; OptanonConsent=groups=C0002%3A?")["purposes"]["analytics"] == "unset"


def test_strings_of_a_wrong_form_are_not_shown():
    assert show(b"euconsent-v2=true; usprivacy=1XXX; addtl_consent=3~1")["extra"] == {}


def test_a_tc_string_votes():
    string = tc_string(day=int(NOW // 86400) - 3, consent=(1, 8))
    shown = show(b"euconsent-v2=" + string.encode())
    votes = {vote["purpose"]: vote["vote"] for vote in shown["votes"]}
    assert votes == {
        "functional": "grant",
        "audience_measurement": "grant",
        "analytics": "grant",
        "advertising": "deny",
        "personalization": "deny",
    }
    assert (shown["explicit"], shown["extra"]) == (True, {"tcString": string})


def test_cookies_beyond_the_limits_are_named():
    assert show(b"a=1;" * 61)["unreadable"] == [{"source": "cookies", "reason": "more than 60 cookies"}]
