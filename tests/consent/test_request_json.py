import json
from importlib.resources import files

import pytest

from gateway.consent.carriers import find
from gateway.consent.cmps import parse_cmps
from gateway.consent.request_json import Request, show_request, view_of
from tests.consent.cmp_rows import NOW, ROWS, named
from tests.consent.tcf_packer import tc_string

CMPS = parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
UNSET = dict.fromkeys(("necessary", "functional", "analytics", "advertising"), "unset")


def show(cookies=b"", config=None, query="", **headers):
    named = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    request = Request(named | {b"cookie": [cookies]}, NOW, find("/p.gif", query, b""))
    return json.loads(json.dumps(show_request(request, view_of(config or {}, CMPS))))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_it_shows_what_the_platform_wrote(row):
    shown = show(row["cookies"].encode("latin-1"), row.get("config"))
    assert (shown["purposes"], shown["explicit"]) == (row["purposes"], row["explicit"])
    assert shown["extra"] == row.get("extra", {})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_cookies_of_others_change_nothing(row):
    junk = b"_ga=GA1.1.1.1; sid={%22a%22:1}; OptanonConsentX=groups=C0004%3A1; xcc_cookie=1; " + row["cookies"].encode(
        "latin-1"
    )
    assert show(junk, row.get("config")) == show(row["cookies"].encode("latin-1"), row.get("config"))


def test_a_request_without_cookies_shows_that_nothing_was_answered():
    assert show() == {"purposes": UNSET, "explicit": False, "extra": {}, "votes": [], "unreadable": []}
    assert show(config={"groups": {"1": "social"}})["purposes"] == {"social": "unset"}


def test_it_shows_the_votes_with_their_reasons():
    shown = show(
        b"OptanonConsent=groups=C0002%3A1%2CC0004%3A0&AwaitingReconsent=false"
        b"; OptanonAlertBoxClosed=2026-10-01T08:15:30.236Z"
    )
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
    assert show(b"a=1;" * 181)["unreadable"] == [{"source": "cookies", "reason": "more than 180 cookies"}]


def test_strings_are_shown_wherever_they_stand():
    tc = tc_string(day=int(NOW // 86400) - 3, consent=(1,))
    assert show(query=f"gdpr=1&gdpr_consent={tc}&us_privacy=1YNN")["extra"] == {"tcString": tc, "usp": "1YNN"}
    assert show(b"usprivacy=%7B%22uspString%22%3A%221YYN%22%7D")["extra"] == {"usp": "1YYN"}
    assert show(
        b"fides_consent={%22fides_string%22:%22,,DBACNY~CQb9UUAQb9UUAGKVCBENE2FwAPgAAAPAAAqIAFI_AAAAAAAA~1YNN%22}"
    )["extra"] == {"gppString": "DBACNY~CQb9UUAQb9UUAGKVCBENE2FwAPgAAAPAAAqIAFI_AAAAAAAA~1YNN"}


def test_only_strings_show_no_purposes():
    assert (show(b"usprivacy=1YNN")["purposes"], show(b"usprivacy=1YNN")["explicit"]) == ({}, False)


def test_what_is_said_of_one_platform_is_of_no_other():
    row = named("klaro accept all")
    assert show(row["cookies"].encode(), {"klaro": row["config"]})["purposes"] == row["purposes"]
    assert "analytics" not in {
        name
        for name, state in show(row["cookies"].encode(), {"fides": row["config"]})["purposes"].items()
        if state == "granted"
    }


def test_a_cookie_of_another_name_is_read_where_the_platform_is_named():
    row = named("klaro accept all")
    cookie = b"mine=" + row["cookies"].encode().partition(b"=")[2]
    for config in (
        {"klaro": {"cookie": "mine", **row["config"]}},
        {"platform": "klaro", "cookie": "mine", **row["config"]},
    ):
        assert show(cookie, config)["purposes"] == row["purposes"]
    assert "granted" not in show(cookie, {"cookie": "mine", **row["config"]})["purposes"].values()


def test_a_withdrawal_shows_everything_as_refused():
    shown = show(b"CONSENTMGR=consent:false%7Cts:1790841600000")
    assert shown["purposes"] == UNSET | dict.fromkeys(("functional", "analytics", "advertising"), "denied")


def test_a_no_of_one_platform_holds_against_the_yes_of_another():
    both = b"cookie_notice_accepted=true; cookieconsent_status=deny"
    assert show(both)["purposes"]["analytics"] == "denied"
    assert show(b"cookie_notice_accepted=true; cookieconsent_status=x")["purposes"]["analytics"] == "granted"


@pytest.mark.parametrize("name", ["osano accept all", "sourcepoint reject all"])
def test_what_only_the_platform_can_read_is_named_with_what_to_do(name):
    (item,) = show(named(name)["cookies"].encode())["unreadable"][:1]
    assert item["source"] == f"cmp:{name.split()[0]}"
    assert "let" in item["reason"]
