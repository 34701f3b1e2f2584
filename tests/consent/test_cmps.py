import base64
import gzip
import json
import re
from datetime import datetime
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.cmp.compile import READERS
from gateway.consent.cmp.config import read_config
from gateway.consent.cmp.forms import FORMS, OPAQUE, SEVERAL
from gateway.consent.cmps import parse_cmps
from gateway.consent.meaning import CATEGORIES
from gateway.errors import ConfigurationError
from gateway.marked_yaml import load
from tests.consent.cmp_rows import NOW, ROWS, cookies
from tests.house.tree import ROOT
from tests.measure import seconds

TEXT = (files("gateway.consent") / "cmps.yaml").read_text("utf-8")
CMPS = parse_cmps(TEXT)
ROW = "some: {title: Some, cookie: some, form: json"
CLOSED = "OptanonAlertBoxClosed=2026-10-01T08:15:30.236Z"
DAY = 20_727  # 2026-10-01


def configured(name, **config):
    return CMPS[name].with_config(read_config(config, CATEGORIES))


def said(name, header, now=NOW, **config):
    (answer,) = configured(name, **config).answers(cookies(header), now)
    return answer


def granted(cmp, header, now=NOW):
    """The common categories that would be granted: said by every cookie, with an act, whole."""
    answers = cmp.answers(cookies(header), now)
    yes = [
        {name for name, state in cmp.common(each.states).items() if state and name != "necessary"}
        for each in answers
        if each.explicit and not each.problem
    ]
    return set.intersection(*yes) if yes and len(yes) == len(answers) else set()


def test_every_form_and_every_way_of_answering_is_used():
    rows = load(TEXT, "cmps.yaml").value.values()
    assert {row["form"] for row in rows} == {*FORMS, SEVERAL, OPAQUE}
    ways = {key for row in rows for answer in row.get("answers", ()) for key in answer}
    assert set(READERS) <= ways


def test_no_two_platforms_read_one_cookie():
    named = [name for cmp in CMPS.values() for name in cmp.cookie_names]
    assert len(named) == len(set(named))


def test_every_platform_says_where_its_format_was_seen():
    assert [name for name, cmp in CMPS.items() if not cmp.source or not (cmp.acts or cmp.unread)] == []


def test_it_translates_categories():
    onetrust = CMPS["onetrust"]
    assert onetrust.meaning("C0004") == ("advertising",)
    assert onetrust.meaning("SSPD_BG") == ("sale_share",)
    assert onetrust.meaning("V2STACK42") == onetrust.meaning("STACK1") == ()
    assert onetrust.meaning("7") == ("unknown",)


def test_a_common_category_needs_all_that_a_site_listed_for_it():
    cmp = configured("onetrust", categories={"2": ["analytics", "functional"], "3": "functional"})
    assert cmp.common({"2": True, "3": True}) == {"analytics": True, "functional": True}
    assert cmp.common({"2": True, "3": False}) == {"analytics": True, "functional": False}
    assert cmp.common({"2": True}) == {"analytics": True}
    assert cmp.common({"C0002": False, "2": True}) == {"analytics": False}


def test_a_category_that_can_only_refuse_does_not_accept():
    assert CMPS["complianz"].common({"statistics-anonymous": True}) == {}
    assert CMPS["complianz"].common({"statistics": True, "statistics-anonymous": False}) == {"analytics": False}


def test_a_site_has_its_own_cookie():
    cmp = configured("onetrust", cookie="Mine")
    assert (cmp.cookie, cmp.names) == ("Mine", {b"Mine", b"OptanonAlertBoxClosed"})
    assert CMPS["onetrust"].with_cookie("") is CMPS["onetrust"]


def platforms_of(row):
    cmps = [cmp.with_config(read_config(row.get("config", {}), CATEGORIES)) for cmp in CMPS.values()]
    return [cmp for cmp in cmps if cmp.answers(cookies(row["cookies"]), NOW)]


@pytest.mark.parametrize("row", ROWS[:-3], ids=lambda row: row["name"])
def test_no_cut_of_a_cookie_grants_more_than_the_whole(row):
    for cmp in platforms_of(row):
        whole = granted(cmp, row["cookies"])
        for part in row["cookies"].split("; "):
            rest = row["cookies"].replace(part, "CUT")
            step = max(1, len(part) // 40)
            first, end = part.index("=") + 1, len(part)
            for length in {*range(first, end, step), *range(max(first, end - 32), end)}:
                # OneTrust takes a yes back in a field that is not there until the next page.
                if "&AwaitingReconsent=true" in part[length:]:
                    continue
                assert granted(cmp, rest.replace("CUT", part[:length])) <= whole, part[:length]


def refused(cmp, header):
    """The common categories that are refused by one of the cookies."""
    commons = [cmp.common(each.states) for each in cmp.answers(cookies(header), NOW)]
    return {name for common in commons for name, state in common.items() if not state}


@pytest.mark.parametrize("row", ROWS[:-3], ids=lambda row: row["name"])
def test_a_second_cookie_of_the_name_grants_no_more_and_refuses_no_less(row):
    for cmp in platforms_of(row):
        yes, no = granted(cmp, row["cookies"]), refused(cmp, row["cookies"])
        for other in ("x", "", "0", "{}", "allow", "true", "%7B%7D"):
            for part in row["cookies"].split("; "):
                for both in (
                    f"{row['cookies']}; {part.partition('=')[0]}={other}",
                    f"{part.partition('=')[0]}={other}; {row['cookies']}",
                ):
                    assert granted(cmp, both) <= yes
                    assert refused(cmp, both) >= no


@pytest.mark.parametrize("name", sorted({row["name"].split()[0] for row in ROWS}))
def test_of_two_answers_of_a_platform_each_refusal_holds(name):
    rows = [row for row in ROWS[:-3] if row["name"].split()[0] == name]
    for row in rows:
        for other in rows:
            header = f"{row['cookies']}; {other['cookies']}"
            for cmp in platforms_of(row):
                assert granted(cmp, header) <= granted(cmp, row["cookies"]) | granted(cmp, other["cookies"])
                assert refused(cmp, header) >= refused(cmp, row["cookies"]) - refused(cmp, other["cookies"])
                assert not granted(cmp, header) & refused(cmp, header)


PIECES = st.lists(
    st.sampled_from([
        "{", "}", "[", "]", ":", ",", "'", '"', "%", "&", "=", "%27", "%22", "|", "!", "@", "_", "groups=", "C0002", ":1", ":0",
        "true", "false", "null", "1", "0", "-1", "allow", "deny", "permit 1,2", "yes", "no", "accepted", "purposes", "consent",
        "gzip:", "eyJ", "2026-10-01T00:00:00Z", "1e999", "9" * 30,
    ]),
    max_size=14,
).map("".join)  # fmt: skip
TEXTS = st.one_of(st.text(st.characters(max_codepoint=255), max_size=80), PIECES)


@pytest.mark.parametrize("name", sorted(name for name, cmp in CMPS.items() if cmp.cookie_names))
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_platform_raises_and_a_problem_is_never_a_yes(name, data):
    cmp = CMPS[name]
    concrete = [each.replace("#", "12").replace("*", "ab").encode() for each in (*cmp.cookie_names, *cmp.companions)]
    values = st.lists(TEXTS.map(lambda text: text.encode("latin-1", "replace")), min_size=1, max_size=2)
    found = data.draw(st.dictionaries(st.sampled_from(concrete), values, min_size=1))
    for answer in cmp.answers(found, NOW):
        assert all(isinstance(key, str) and value in {True, False} for key, value in answer.states.items())
        assert not (answer.problem and (answer.explicit or True in answer.states.values()))
        cmp.common(answer.states)


def test_onetrust_tells_nothing_of_another_answer_until_the_next_page():
    assert said("onetrust", f"OptanonConsent=groups=C0002%3A1; {CLOSED}").explicit
    assert said("onetrust", f"OptanonConsent=groups=C0002%3A1&AwaitingReconsent=false; {CLOSED}").explicit


def test_onetrust_awaiting_another_answer_is_no_act():
    for end in ("&AwaitingReconsent=true", "&AwaitingReconsent=", "&AwaitingRe", "&"):
        assert not said("onetrust", f"OptanonConsent=groups=C0002%3A1{end}; {CLOSED}").explicit
    assert said("onetrust", f"OptanonConsent=groups=C0002%3A1&AwaitingReconsent=false; {CLOSED}").explicit


@pytest.mark.parametrize("closed", ["", "true", "2026-10-01", "2026-13-45T99:00:00Z"])
def test_onetrust_without_the_time_of_an_answer_is_no_act(closed):
    header = f"OptanonConsent=groups=C0002%3A1&AwaitingReconsent=false; OptanonAlertBoxClosed={closed}"
    assert not said("onetrust", header).explicit


def test_onetrust_with_two_times_takes_the_earlier():
    header = (
        f"OptanonConsent=groups=C0002%3A1&AwaitingReconsent=false; OptanonAlertBoxClosed=2026-10-03T00:00:00Z; {CLOSED}"
    )
    assert said("onetrust", header).day == DAY
    assert not said("onetrust", f"{header}; OptanonAlertBoxClosed=x").explicit


def test_onetrust_refusals_and_gpc_stand_when_the_rest_is_garbled():
    answer = said("onetrust", f"OptanonConsent=groups=C0002%3A0%2CC0004%3Ayes&browserGpcFlag=1; {CLOSED}")
    assert (answer.states, answer.explicit, answer.gpc, bool(answer.problem)) == ({"C0002": False}, False, True, True)


def test_onetrust_saying_both_says_no():
    assert said("onetrust", "OptanonConsent=groups=C0002%3A1%2CC0002%3A0").states == {"C0002": False}
    twice = said("onetrust", "OptanonConsent=groups=C0002%3A1&groups=C0002%3A0")
    assert (twice.states, bool(twice.problem)) == ({"C0002": False}, True)


def test_cookiebot_strings_are_handed_on():
    header = "CookieConsent={stamp:'x',marketing:true,method:'explicit',iab2:'CPabc',gacm:'1~2.3'}"
    assert said("cookiebot", header).strings == {"tc": ("CPabc",), "ac": ("1~2.3",)}


@pytest.mark.parametrize("stamp", ["stamp:'0',", "stamp:'-1',", ""])
def test_cookiebot_without_a_stamp_is_no_act(stamp):
    assert not said("cookiebot", f"CookieConsent={{{stamp}marketing:true,method:'explicit'}}").explicit


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_bare_cookiebot_number_is_no_answer(value):
    answer = said("cookiebot", f"CookieConsent={value}")
    assert (answer.states, answer.explicit, answer.problem) == ({}, False, "")


@pytest.mark.parametrize(
    ("name", "header", "words"),
    [
        ("complianz", "cmplz_banner-status=dismissed; cmplz_policy_id=24; cmplz_marketing=allow", {"policy_id": 24}),
        ("cookieconsent", 'cc_cookie={"categories":["ads"],"revision":2,"consentTimestamp":"2026-10-01T00:00:00Z"}', {"revision": 2}),
        ("cookiebot", "CookieConsent={stamp:'x',marketing:true,method:'explicit',ver:3}", {"ver": 3}),
        ("drupal", "cookie-agreed=2; cookie-agreed-version=1.0.0", {"version": "1.0.0"}),
    ],
)  # fmt: skip
def test_an_answer_to_another_version_is_no_act(name, header, words):
    assert said(name, header).explicit
    assert said(name, header, **words).explicit
    stale = said(name, header, **dict.fromkeys(words, "other"))
    assert (stale.explicit, stale.problem) == (False, "")


def test_an_answer_from_before_the_first_day_is_no_act():
    header = f"OptanonConsent=groups=C0002%3A1&AwaitingReconsent=false; {CLOSED}"
    assert said("onetrust", header, min_date="2026-10-01").explicit
    assert not said("onetrust", header, min_date="2026-10-02").explicit
    assert not said("klaro", 'klaro={"a":true}', min_date="2026-01-01").explicit


def test_an_answer_ends_when_the_platform_says_so():
    moment = datetime.fromisoformat("2026-12-01T00:00:00Z").timestamp()
    header = f'cc_cookie={{"categories":["ads"],"consentTimestamp":"2026-10-01T00:00:00Z","expirationTime":{int(moment)}000}}'
    assert (said("cookieconsent", header).explicit, said("cookieconsent", header).until) == (True, moment)
    ended = said("cookieconsent", header, now=moment)
    assert (ended.explicit, True in ended.states.values(), False in ended.states.values()) == (False, False, True)


def test_civic_counts_the_days_its_answers_last():
    def civic(days):
        return f'CookieControl={{"optionalCookies":{{"analytics":"accepted"}},"consentDate":1790841600000,"consentExpiry":{days},"interactedWith":true}}'

    assert said("civic", civic(90)).explicit
    assert (said("civic", civic(10)).explicit, said("civic", civic(10)).states) == (False, {})
    assert not said("civic", civic("true")).explicit


def test_an_answer_from_the_future_is_unreadable():
    answer = said("cookiefirst", 'cookiefirst-consent={"performance":true,"advertising":false,"timestamp":1890841600}')
    assert (answer.states, answer.explicit, answer.problem) == ({"advertising": False}, False, "dated in the future")


def test_a_withdrawal_refuses_everything():
    answer = said("hubspot", "__hs_do_not_track=yes")
    assert answer.states["*"] is False
    assert CMPS["hubspot"].common(answer.states) == dict.fromkeys(
        ("analytics", "advertising", "functional", "unknown"), False
    )


def test_a_magento_site_reads_its_own_website_only():
    header = 'user_allowed_save_cookie={"1":1,"2":0}'
    assert configured("magento").common(said("magento", header).states) == {"functional": False}
    assert said("magento", header, website_id="1").states == {"1": True}
    assert said("magento", header, website_id="3").states == {}


def test_trustarc_takes_the_strictest_of_its_cookies():
    header = (
        "notice_behavior=expressed,eu; notice_preferences=2:; notice_gdpr_prefs=0,2:; cmapi_cookie_privacy=permit 1,2,3"
    )
    assert said("trustarc", header).states == {"1": True, "2": False, "3": True}
    assert said("trustarc", header.replace("permit 1,2,3", "permit 1 required")).states["3"] is False
    assert not said("trustarc", header.replace("0,2:", "0,2::implied,eu")).explicit
    assert said("trustarc", header.replace("permit 1,2,3", "perm")).problem


def test_fides_reads_every_way_it_is_written():
    raw = '{"consent":{"analytics":true,"marketing":false},"fides_string":"CPx,1~2,DBA","fides_meta":{"consentMethod":"save"}}'
    packed = base64.urlsafe_b64encode(gzip.compress(raw.encode())).decode()
    for text in (raw, base64.b64encode(raw.encode()).decode(), "gzip:" + packed, "gzip%3A" + packed.rstrip("=")):
        answer = said("fides", f"fides_consent_shop={text}")
        assert (answer.states, answer.explicit) == ({"analytics": True, "marketing": False}, True)
        assert answer.strings == {"tc": ("CPx",), "ac": ("1~2",), "gpp": ("DBA",)}
    assert not said("fides", "fides_consent=" + raw.replace("save", "dismiss")).explicit


def test_drupal_without_categories_is_one_switch():
    assert granted(CMPS["drupal"], "cookie-agreed=2") == {"functional", "analytics", "advertising"}
    assert granted(configured("drupal", categories={"stats": "analytics"}), "cookie-agreed=2") == set()


def test_an_opaque_platform_says_what_to_do_and_nothing_else():
    answer = said("osano", "osano_consentmanager=abc")
    assert (answer.states, answer.explicit) == ({}, False)
    assert "let the page send" in answer.problem


def test_a_legitimate_interest_is_no_consent():
    assert (
        said("civic", 'CookieControl={"optionalCookies":{"ads":"legitimate interest"},"interactedWith":true}').states
        == {}
    )


def test_a_yes_in_another_spelling_is_none_and_a_no_is_one():
    assert said("insites", "cookieconsent_status=ALLOW").problem
    assert said("insites", "cookieconsent_status=Deny").states == {"consent": False}


def test_the_platform_of_the_how_to_reads_the_cookie_of_the_how_to():
    page = (ROOT / "docs/how-to/add-a-cmp.md").read_text("utf-8")
    yaml, line = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL)[1] for kind in ("yaml", "json"))
    row = json.loads(line)
    (cmp,) = parse_cmps(yaml).values()
    (answer,) = cmp.answers(cookies(row["cookies"]), NOW)
    states = {name: "granted" if yes else "denied" for name, yes in cmp.common(answer.states).items()}
    assert (states, answer.explicit, set(cmp.shown)) == (row["purposes"], row["explicit"], set(row["purposes"]))
    assert granted(cmp, row["cookies"]) == {"analytics"}


def test_a_whole_row_is_read():
    row = parse_cmps(
        ROW
        + ", companions: [x], categories: {a: [functional, social]}, endings: {_e: unknown}, ignored: [i], shown: [social]}"
    )["some"]
    assert (row.companions, row.ignored, row.shown) == (("x",), ("i",), ("social",))
    assert (row.meaning("a"), row.meaning("b_e"), row.meaning("i1")) == (("functional", "social"), ("unknown",), ())


@pytest.mark.parametrize(
    "text",
    [
        "", "- a", "some: 1",
        "some: {title: Some, form: json}",
        "some: {cookie: some, form: json}",
        "some: {title: Some, cookie: 1, form: json}",
        "some: {title: Some, cookie: some, form: eval}",
        "some: {title: Some, form: opaque}",
        ROW + ", colour: red}",
        ROW + ", shown: social}",
        ROW + ", acts: [a]}",
        ROW + ", companions: ['']}",
        ROW + ", categories: [a]}",
        ROW + ", categories: {a: fun}}",
        ROW + ", endings: {a: []}}",
        ROW + ", others: fun}",
        ROW + ", answers: [{dance: a}]}",
        ROW + "}\n" + ROW + "}",
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_cmps(text)
    assert all(finding.file == "cmps.yaml" for finding in caught.value.findings)


def test_a_cookie_at_its_longest_is_read_within_milliseconds():
    """Nothing in the forms goes over a text more than a few times; a quarter of a second is many times what they need."""
    worst = (
        "{" * 8000,
        "[" * 8000,
        "'" * 8000,
        "%" * 8000,
        "C:1," * 2000,
        "a:'" * 2600,
        "@" * 8000,
        "gzip:" + "A" * 8000,
    )
    for name, cmp in CMPS.items():
        for text in worst if cmp.cookie_names else ():
            cookie = cmp.cookie_names[0].replace("#", "1").replace("*", "x").encode()
            assert seconds(cmp.answers, {cookie: [text.encode()]}, NOW, enough=0.25) <= 0.25, name
