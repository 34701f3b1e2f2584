import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.read import SignalReader
from gateway.consent.rules import ReadingRules
from gateway.facts import ConsentSource
from tests.consent.tcf_packer import core, gpp_header, number, tc_string
from tests.consent.test_gpp_us import GPC_SET, packed
from tests.consent.test_gpp_votes import gpp
from tests.consent.test_read import CMPS, DAY, KEY, OWN, PURPOSES, denials, grants, hit, receipt

ONETRUST = ConsentSource(
    "cmp", "onetrust", "OptanonConsent", (("C0002", ("insight",)), ("C0004", ("measure", "retarget")))
)
TCF = ConsentSource(
    "tcf", "", "euconsent-v2", (("1+7", ("measure",)), ("1+3+4", ("retarget",)), ("1+8+9", ("insight",)))
)
COOKIEBOT = ConsentSource("cmp", "cookiebot")
ALL = (OWN, ONETRUST, COOKIEBOT, TCF, ConsentSource("gpp", "", "__gpp"))


def reader(*trust):
    return SignalReader(ReadingRules(PURPOSES, trust), KEY, CMPS, str)


def optanon(closed=b"2026-11-20T08:00:00.000Z", rest=b"&AwaitingReconsent=false", **groups):
    listed = b"%2C".join(f"{name}%3A{int(yes)}".encode() for name, yes in groups.items())
    cookie = b"OptanonConsent=isGpcEnabled=0&groups=" + listed + rest
    return cookie + (b"; OptanonAlertBoxClosed=" + closed if closed else b"")


def tc(*consent, cookie=b"euconsent-v2", **fields):
    return cookie + b"=" + tc_string(consent=consent, **{"day": DAY - 3, **fields}).encode()


def cookiebot(statistics=True, marketing=True, method="explicit", extra=""):
    words = (
        f"statistics:{str(statistics).lower()},marketing:{str(marketing).lower()},method:'{method}',stamp:'x'{extra}"
    )
    return b"CookieConsent={" + words.encode() + b"}"


def said(source, *cookies):
    consent = source.read(hit(*cookies))
    return grants(consent), denials(consent)


def test_a_trusted_platform_answers_by_the_policys_map():
    consent = reader(ONETRUST).read(hit(optanon(C0001=True, C0002=True, C0003=True, C0004=False)))
    assert (grants(consent), denials(consent)) == ({"insight"}, {"measure", "retarget"})
    assert {(vote.source, vote.explicit, vote.day) for vote in consent.signals.votes} == {
        ("cmp:onetrust", True, DAY - 3)
    }


@pytest.mark.parametrize("write", [json.dumps, lambda value: quote(json.dumps(value))], ids=["plain", "encoded"])
def test_what_a_page_in_a_sandbox_hands_over_of_a_cookie_counts_as_the_cookie(write):
    text = write({"con": {"CMP": {"a": "1", "m": "0", "p": "", "s": ""}}, "v": "2.1"})
    carried = (("_tracking_consent", text),)
    trusting, doubting = reader(ConsentSource("cmp", "shopify")), reader()
    consent = trusting.read_parts({}, carried, "shop", DAY * 86400.0)
    assert "insight" in grants(consent) and "measure" in denials(consent)
    consent = doubting.read_parts({}, carried, "shop", DAY * 86400.0)
    assert grants(consent) == set() and "measure" in denials(consent)
    refusing = quote(json.dumps({"con": {"CMP": {"a": "0", "m": "0", "p": "0", "s": "0"}}})).encode()
    both = trusting.read_parts({b"cookie": [b"_tracking_consent=" + refusing]}, carried, "shop", DAY * 86400.0)
    assert grants(both) == set() and "insight" in denials(both)


def test_what_a_page_hands_over_of_a_cookie_may_be_no_text_at_all():
    for text in ("\ud800", '{"con":{"CMP":{"a":"1\ud800","m":"0"}}}'):
        consent = reader(ConsentSource("cmp", "shopify")).read_parts(
            {}, (("_tracking_consent", text),), "shop", DAY * 86400.0
        )
        assert grants(consent) == set()


def test_what_the_map_leaves_out_can_only_be_refused():
    assert said(reader(ONETRUST), optanon(C0002=False, C0004=True)) == ({"measure", "retarget"}, {"insight", "visits"})
    assert said(reader(ONETRUST), optanon(C0002=True, C0004=True))[0] == {"insight", "measure", "retarget"}


def test_an_untrusted_platform_can_only_refuse():
    assert said(reader(OWN), optanon(C0002=True, C0004=False)) == (set(), {"measure", "retarget"})


def test_refused_social_media_refuse_advertising_unless_the_map_says_otherwise():
    assert said(reader(OWN), optanon(C0004=True, C0005=False)) == (set(), {"measure", "retarget"})
    assert said(reader(ONETRUST), optanon(C0004=True, C0005=False)) == ({"measure", "retarget"}, set())


def test_a_category_of_unknown_meaning_counts_for_no_and_never_for_yes():
    assert said(reader(COOKIEBOT, ConsentSource("cmp", "onetrust")), optanon(**{"7": True})) == (set(), set())
    assert said(reader(OWN), optanon(**{"7": False})) == (set(), {"visits", "insight", "measure", "retarget"})


def test_an_opt_out_of_sale_in_the_platforms_cookie_refuses_what_is_sold():
    assert said(reader(OWN), optanon(SSPD_BG=False)) == (set(), {"measure", "retarget"})


@pytest.mark.parametrize(
    "cookie", [optanon(C0002=True, closed=b""), optanon(C0002=True, rest=b"&AwaitingReconsent=true")]
)
def test_a_yes_without_an_act_is_not_explicit(cookie):
    assert [(vote.grant, vote.explicit) for vote in reader(ONETRUST).read(hit(cookie)).signals.votes] == [(True, False)]


def test_the_browsers_gpc_flag_in_the_platforms_cookie_is_gpc():
    assert reader().read(hit(optanon(rest=b"&browserGpcFlag=1"))).signals.gpc
    assert not reader().read(hit(optanon(rest=b"&browserGpcFlag=0"))).signals.gpc


def test_the_policy_may_name_another_cookie_of_the_platform():
    line = ONETRUST._replace(cookie="MyConsent")
    cookie = optanon(C0002=True).replace(b"OptanonConsent", b"MyConsent")
    assert said(reader(line), cookie)[0] == {"insight"}
    assert said(reader(line), optanon(C0002=True))[0] == set()
    assert said(reader(line), optanon(C0002=False))[1] == {"insight", "visits"}


def test_a_platform_nobody_knows_is_asked_nothing():
    assert said(reader(ConsentSource("cmp", "nobody", "x", (("a", ("insight",)),))), b"x=a:1") == (set(), set())


def test_a_tc_string_answers_by_the_policys_map():
    consent = reader(TCF).read(hit(tc(1, 7, 8, 9)))
    assert (grants(consent), denials(consent)) == ({"measure", "insight"}, {"retarget"})
    assert {(vote.source, vote.explicit, vote.day) for vote in consent.signals.votes} == {
        ("tcf:euconsent-v2", True, DAY - 3)
    }


def test_legitimate_interest_is_no_consent():
    assert grants(reader(TCF).read(hit(tc(1, interest=(7, 8, 9))))) == set()


def test_nobody_consents_to_purpose_one_where_nobody_was_asked():
    assert grants(reader(TCF).read(hit(tc(1, 7, 8, 9, one=True)))) == set()


def test_an_untrusted_tc_string_can_only_refuse():
    assert said(reader(OWN), tc(1, 2, 3, 4, 7, 8)) == (set(), set())
    assert said(reader(OWN), tc(1, 2, 3, 4, 8)) == (set(), {"measure", "retarget"})
    assert said(reader(TCF), tc(1, 3, 4, 7, 8, 9, cookie=b"eupubconsent-v2")) == (set(), {"measure", "retarget"})


EVERYTHING = tuple(range(1, 25))


@pytest.mark.parametrize(
    "value",
    [
        b"", b"true", b"undefined", b"${GDPR_CONSENT_755}", b"%24%7BGDPR_CONSENT%7D", b"\xff",
        tc_string(day=DAY - 3, consent=EVERYTHING).encode()[:40],
        tc_string(day=DAY - 3, consent=EVERYTHING).encode() + b".",
        tc_string(day=DAY - 396, consent=EVERYTHING).encode(),
        tc_string(day=DAY + 3, consent=EVERYTHING).encode(),
        tc_string(day=DAY - 3, consent=EVERYTHING, policy=3).encode(),
        tc_string(day=DAY - 3, consent=EVERYTHING, specific=False).encode(),
        core(day=DAY - 3, consent=EVERYTHING).encode(),
        core(day=DAY - 3, consent=EVERYTHING, consented=number(65535, 16) + "0").encode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("trust", [(), (TCF,)])
def test_a_tc_string_that_does_not_count_refuses_all_it_would_answer(value, trust):
    consent = reader(*trust).read(hit(b"euconsent-v2=" + value))
    assert (grants(consent), denials(consent)) == (set(), {"visits", "insight", "measure", "retarget"})
    assert consent.signals.unreadable == ("tcf:euconsent-v2",)


def test_trust_in_a_platform_is_none_in_the_tc_string_inside_of_its_cookie():
    inner = f",iab2:'{tc_string(day=DAY - 3, consent=(1, 8))}'"
    assert said(reader(COOKIEBOT), cookiebot(extra=inner)) == (
        {"visits", "insight", "measure", "retarget"},
        {"measure", "retarget"},
    )


def fides(tc="", ac="", gpp=""):
    told = {
        "consent": {"essential": True},
        "fides_meta": {"updatedAt": "2026-11-20T08:00:00.000Z"},
        "fides_string": f"{tc},{ac},{gpp}",
    }
    return b"fides_consent=" + quote(json.dumps(told)).encode()


def test_strings_inside_a_platforms_cookie_that_nobody_trusts_can_only_refuse():
    sold = {"measure", "retarget"}
    opted_out, none = gpp(s7=packed(7, SaleOptOut=1)), gpp(s7=packed(7))
    for trust in ((), (ConsentSource("cmp", "fides"), ConsentSource("gpp"), ConsentSource("tcf"))):
        assert said(reader(*trust), fides(gpp=opted_out)) == (set(), sold)
        assert said(reader(*trust), fides(gpp=none)) == (set(), set())
        assert said(reader(*trust), fides(gpp="garbage"))[1] == {"visits", "insight", *sold}
    assert reader().read(hit(fides(gpp=none + GPC_SET))).signals.gpc
    everything = tc_string(day=DAY - 3, consent=tuple(range(1, 12)))
    for trust in ((), (ConsentSource("cmp", "fides"), ConsentSource("tcf", "", "euconsent-v2"))):
        assert said(reader(*trust), fides(tc=everything)) == (set(), set())
        assert said(reader(*trust), fides(tc=tc_string(day=DAY - 3, consent=(1, 8)))) == (set(), sold)


def test_a_string_that_is_trusted_wherever_it_comes_is_trusted_inside_a_platforms_cookie():
    everything = {"visits", "insight", "measure", "retarget"}
    string = tc_string(day=DAY - 3, consent=tuple(range(1, 12)))
    funding_choices = b"FCCDCF=" + quote(json.dumps([None, None, None, [string, "1~", "id"]])).encode()
    for cookie in (fides(tc=string), funding_choices, cookiebot(extra=f",iab2:'{string}'")):
        assert said(reader(ConsentSource("tcf")), cookie)[0] == everything
    europe = f"{gpp_header(2)}~{string}"
    assert said(reader(ConsentSource("gpp")), fides(gpp=europe))[0] == everything
    assert said(reader(ConsentSource("tcf")), fides(gpp=europe)) == (set(), set())
    assert said(reader(ConsentSource("tcf")), fides(tc=string), tc(1, 8)) == (
        everything, {"measure", "retarget"},
    )  # fmt: skip


def test_two_different_answers_of_one_source_are_the_strictest_of_both():
    source = reader(ONETRUST)
    assert said(source, optanon(C0002=True), optanon(C0002=False))[0] == set()
    assert said(source, optanon(C0002=True), optanon(C0004=True)) == (set(), set())
    assert said(source, optanon(C0002=True), b"OptanonConsent=groups=?") == (set(), set())
    assert said(reader(TCF), tc(1, 8, 9), tc(1, 3, 4)) == (set(), {"visits", "insight", "measure", "retarget"})


def test_a_garbled_platform_cookie_grants_nothing_and_its_refusals_stand():
    source = reader(ONETRUST)
    assert said(source, optanon(C0002=True, rest=b"%2C%3F")) == (set(), set())
    assert said(source, optanon(C0002=True, C0004=False, rest=b"%2C%3F")) == (set(), {"measure", "retarget"})
    assert source.read(hit(optanon(C0002=True, rest=b"%2C%3F"))).signals.unreadable == ("cmp:onetrust",)


def test_two_equal_answers_are_one():
    assert said(reader(ONETRUST), optanon(C0002=True), optanon(C0002=True))[0] == {"insight"}


def test_sources_do_not_silence_each_other():
    consent = reader(*ALL).read(hit(receipt(measure=True, insight=True), tc(1, 3, 4), optanon(C0004=True)))
    assert grants(consent) == {"insight", "measure", "retarget"}
    assert {"insight", "measure"} <= denials(consent)


BY_COOKIE = {
    "OptanonConsent": st.one_of(
        st.fixed_dictionaries({"C0002": st.booleans(), "C0004": st.booleans(), "7": st.booleans()}).map(
            lambda groups: optanon(**groups)
        ),
        st.just(b"OptanonConsent=groups=?"),
    ),
    "euconsent-v2": st.sets(st.integers(1, 10)).map(lambda consent: tc(*consent) if consent else b"euconsent-v2=x"),
    # Of another day: of a copy nothing is asked, and then two are not more than one.
    "eupubconsent-v2": st.sets(st.integers(1, 10)).map(
        lambda consent: tc(*consent, cookie=b"eupubconsent-v2", day=DAY - 4)
    ),
    "CookieConsent": st.one_of(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from(["explicit", "implied"])).map(
            lambda args: cookiebot(*args)
        ),
        st.just(b"CookieConsent=%"),
    ),
    "__Host-consent": st.one_of(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("insight", "measure", "retarget"), st.booleans())).map(
            lambda choices: receipt(**choices)
        ),
        st.just(b"__Host-consent=x"),
    ),
    "__gpp": st.just(b"__gpp=DBAA"),
    "usprivacy": st.sampled_from((b"usprivacy=1YYN", b"usprivacy=1YNN", b"usprivacy=?")),
    "a": st.just(b"a=\x1c"),
}
PIECES = st.one_of(*BY_COOKIE.values())
TRUST = st.lists(st.sampled_from(ALL), unique=True).map(tuple)


@settings(max_examples=150, deadline=None)
@given(TRUST, st.lists(PIECES, max_size=4), PIECES, st.integers(0, 4))
def test_adding_a_source_never_removes_a_refusal(trust, pieces, other, at):
    source = reader(*trust)
    _, refused = said(source, *pieces)
    _, refused_then = said(source, *pieces[:at], other, *pieces[at:])
    if other.startswith(b"__Host-consent=") and any(piece.startswith(b"__Host-consent=") for piece in pieces):
        assert refused_then >= {"visits", "insight", "measure", "retarget"}
    assert refused <= refused_then


@settings(max_examples=150, deadline=None)
@given(TRUST, st.sampled_from(sorted(BY_COOKIE)).map(BY_COOKIE.get), st.lists(PIECES, max_size=2), st.data())
def test_a_duplicate_of_a_cookie_never_grants_more(trust, values, others, data):
    source = reader(*trust)
    first, second = data.draw(values), data.draw(values)
    assert permitted(source, *others, first, second) <= permitted(source, *others, first)
    assert permitted(source, second, *others, first) <= permitted(source, *others, first)


def permitted(source, *cookies):
    granted, refused = said(source, *cookies)
    return granted - refused


@settings(max_examples=150, deadline=None)
@given(TRUST, st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
def test_fewer_consents_in_a_tc_string_never_grant_more(trust, consent, withdrawn):
    source = reader(*trust)
    assert permitted(source, tc(*(consent - withdrawn))) <= permitted(source, tc(*consent))


@settings(max_examples=150, deadline=None)
@given(TRUST, st.data())
def test_no_truncation_of_a_cookie_grants_more(trust, data):
    source = reader(*trust)
    whole = data.draw(
        st.sampled_from([tc(*EVERYTHING), optanon(C0002=True, C0004=True), cookiebot(), receipt(insight=True)])
    )
    assert permitted(source, whole[: data.draw(st.integers(0, len(whole)))]) <= permitted(source, whole)


@settings(max_examples=150, deadline=None)
@given(TRUST, PIECES)
def test_no_untrusted_source_ever_grants(trust, piece):
    consent = reader(*trust).read(hit(piece))
    kinds = {source.kind for source in trust}
    assert {vote.source.split(":")[0] for vote in consent.signals.votes if vote.grant} <= kinds


@settings(max_examples=150, deadline=None)
@given(
    TRUST,
    st.lists(st.binary(max_size=80), max_size=3),
    st.sampled_from([b"", b"euconsent-v2=", b"OptanonConsent=groups=", b"CookieConsent={"]),
)
def test_reading_never_raises(trust, values, prefix):
    reader(*trust).read(hit(*(prefix + value for value in values)))
