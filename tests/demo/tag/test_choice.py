"""Before a choice events stay in memory; after a yes they are sent with their own times, after a no they are forgotten."""

import pytest

from tests.demo.tag.test_queues import PAGES

pytestmark = pytest.mark.browser

TCF = """window.said={gdprApplies:true,eventStatus:'cmpuishown',tcString:'EARLY'};window.__tcfapi=function(c,v,f){
if(c==='addEventListener'){window.tell=f;f(said,true)}};
function choose(yes,status){tell({gdprApplies:true,eventStatus:status||'useractioncomplete',tcString:'CPXxRfAPXxRfAAfKABENB',
addtlConsent:'2~89~dv.',purpose:{consents:{1:yes,7:yes}}},true)}"""
GPP = """window.__gpp=function(c,f){if(c==='addEventListener'){window.tell=(ready,string)=>f({eventName:'x',pingData:{
signalStatus:ready?'ready':'not ready',gppString:string,applicableSections:[7]}},true)}else f(null,false)}"""
ALL_SIX = [script.replace("LOAD", "") for script, *_ in PAGES.values()]
BUY = "fbq('init','123456789012345');fbq('track','Purchase',{value:1,currency:'EUR'})"


def settled(visit):
    """Long enough for whatever would be sent."""
    visit.page.wait_for_timeout(600)
    return visit.sent()


def test_without_anybody_who_asks_nothing_is_ever_sent(visit):
    visit.open(BUY)
    assert settled(visit) == []
    visit.leave()
    assert visit.sent() == []


def test_the_calls_of_six_vendors_wait_for_the_yes_and_bring_their_own_times(visit):
    visit.open(*ALL_SIX, before=TCF)
    visit.page.wait_for_timeout(700)
    assert visit.sent() == []
    visit.run("choose(true)")
    found = visit.events(12)
    assert {event["pixel"] for event in found} == {pixel for _, pixel, *_ in PAGES.values()}
    assert all(0.6 < event["ago"] < 60 for event in found)
    words = {(event["gdpr"], event["gdpr_consent"], event["addtl_consent"]) for event in found}
    assert words == {("1", "CPXxRfAPXxRfAAfKABENB", "2~89~dv.")}
    assert {kind for _, kind, _ in visit.shop.posted} == {"text/plain;charset=UTF-8"}


def test_the_calls_of_six_vendors_are_forgotten_after_a_no(visit):
    visit.open(*ALL_SIX, before=TCF)
    visit.run("choose(false)")
    visit.run("fbq('track','Lead')")
    assert settled(visit) == []
    visit.run("choose(true)")
    visit.run("fbq('track','Contact')")
    assert [event["name"] for event in visit.events(1)] == ["contact"]


def test_after_a_withdrawal_nothing_is_sent_any_more(visit):
    visit.open(BUY, before=TCF)
    visit.run("choose(true)")
    visit.events(1)
    visit.run("choose(false);fbq('track','Lead')")
    visit.page.wait_for_timeout(300)
    visit.leave()
    visit.events(1)


def test_what_happens_while_a_page_is_left_is_still_sent(visit):
    visit.open(BUY, before=TCF)
    visit.run("choose(true,'tcloaded')")
    visit.events(1)
    visit.run("addEventListener('pagehide', () => fbq('track','Lead'), true)")
    visit.leave()
    assert [event["name"] for event in visit.events(2)] == ["purchase", "generate_lead"]


def test_where_the_framework_says_that_it_does_not_apply_the_gateway_decides(visit):
    visit.open(
        BUY, before=TCF.replace("gdprApplies:true,eventStatus:'cmpuishown'", "gdprApplies:false,eventStatus:'x'")
    )
    (event,) = visit.events(1)
    assert event["gdpr"] == "0" and "gdpr_consent" not in event


def test_a_framework_that_comes_late_is_waited_for_and_heard(visit):
    visit.open(BUY)
    visit.run(TCF + ";window.choose=choose;0")
    visit.page.wait_for_timeout(600)
    visit.run("choose(true)")
    visit.events(1)


def test_a_gpp_string_is_forwarded_when_it_is_ready(visit):
    visit.open(BUY, before=GPP)
    visit.run("tell(false,'DBAA')")
    assert settled(visit) == []
    visit.run("tell(true,'DBABLA~BVAUAAAAAWA.QA')")
    (event,) = visit.events(1)
    assert (event["gpp"], event["gpp_sid"]) == ("DBABLA~BVAUAAAAAWA.QA", "7")


def test_a_us_privacy_string_is_forwarded(visit):
    visit.open(BUY, before="window.__uspapi=(c,v,f)=>f({version:1,uspString:'1YYN'},true)")
    assert [event["us_privacy"] for event in visit.events(1)] == ["1YYN"]


def test_a_us_privacy_string_that_comes_late_is_waited_for(visit):
    late = "window.__uspapi=(c,v,f)=>window.answer&&f({version:1,uspString:window.answer},true)"
    visit.open(BUY, before=late, attributes='data-choice="none"')
    assert settled(visit) == []
    visit.run("window.answer='1YYN'")
    assert [event["us_privacy"] for event in visit.events(1)] == ["1YYN"]


DENIED = "{ad_storage:'denied',analytics_storage:'denied',ad_user_data:'denied',ad_personalization:'denied'}"


def test_googles_default_is_no_choice_and_its_update_is_one(visit):
    visit.open(f"gtag('consent','default',{DENIED})", BUY)
    assert settled(visit) == []
    visit.run("gtag('consent','update',{analytics_storage:'granted'})")
    (event,) = visit.events(1)
    assert event["consent"] == {
        "ad_storage": "denied", "analytics_storage": "granted", "ad_user_data": "denied", "ad_personalization": "denied",
    }  # fmt: skip


def test_a_default_that_grants_is_no_yes(visit):
    visit.open("gtag('consent','default',{ad_storage:'granted',analytics_storage:'granted'})", BUY)
    assert settled(visit) == []


def test_googles_update_to_denied_is_a_no(visit):
    visit.open(BUY, f"gtag('consent','update',{DENIED})")
    assert settled(visit) == []


def test_a_no_of_one_source_outweighs_the_yes_of_another(visit):
    visit.open(BUY, f"gtag('consent','update',{DENIED})", before=TCF)
    visit.run("choose(true)")
    assert settled(visit) == []


OSANO = """window.Osano={cm:{addEventListener(name,f){(window.heard=window.heard||{})[name]=f;
if(name==='osano-cm-initialized')f(undefined)}}}"""
TERMLY = "window.given=undefined;window.Termly={getConsentState:()=>given}"
USERCENTRICS = """window.open_=true;window.yes=false;window.UC_UI={isInitialized:()=>true,isConsentRequired:()=>open_,
getServicesBaseInfo:()=>[{categorySlug:'essential',consent:{status:true}},{categorySlug:'marketing',consent:{status:yes}}]}"""
PLATFORMS = {
    "osano": (OSANO, "heard['osano-cm-consent-saved']({{ESSENTIAL:'ACCEPT',MARKETING:'{0}',ANALYTICS:'DENY'}})", "ACCEPT", "DENY"),
    "termly": (TERMLY, "window.given={{essential:true,advertising:{0},analytics:false}}", "true", "false"),
    "usercentrics": (USERCENTRICS, "window.open_=false;window.yes={0}", "true", "false"),
}  # fmt: skip


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platforms_whose_cookies_cannot_be_read_are_asked_on_the_page(visit, platform):
    before, choose, yes, _ = PLATFORMS[platform]
    visit.open(BUY, before=before)
    assert settled(visit) == []
    visit.run(choose.format(yes))
    (event,) = visit.events(1)
    assert event["consent"]["ad_storage"] == "granted"
    assert event["consent"].get("analytics_storage") != "granted"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_their_no_is_a_no(visit, platform):
    before, choose, _, no = PLATFORMS[platform]
    visit.open(BUY, before=before)
    visit.run(choose.format(no))
    assert settled(visit) == []


@pytest.mark.parametrize(("choice", "sent"), [("granted", 1), ("denied", 0)])
def test_the_gateways_own_record_is_asked_where_the_site_says_so(visit, choice, sent):
    visit.shop.record = {"given": "2026-11-23T10:00:00+00:00", "purposes": [{"name": "ads", "choice": choice}]}
    visit.open(BUY, attributes='data-choice="gateway"')
    visit.page.wait_for_timeout(400)
    visit.events(sent)


def test_without_a_record_the_pages_own_banner_says_it(visit):
    visit.shop.record = {"given": None, "purposes": [{"name": "ads", "choice": "unset"}]}
    visit.open(BUY, attributes='data-choice="gateway"')
    assert settled(visit) == []
    visit.run("gw('choice',true)")
    visit.events(1)


@pytest.mark.parametrize("calls", [
    ("fbq('consent','revoke');" + BUY, "fbq('consent','grant')"),
    ("ttq.holdConsent();ttq.track('Lead')", "ttq.grantConsent()"),
    ("pintrk('setconsent',false);pintrk('page')", "pintrk('setconsent',true)"),
    ("_paq.push(['requireConsent'],['trackPageView'])", "_paq.push(['setConsentGiven'])"),
    ("uetq.push('consent','default',{ad_storage:'denied'});uetq.push('event','buy',{})",
     "uetq.push('consent','update',{ad_storage:'granted'})"),
], ids=["meta", "tiktok", "pinterest", "matomo", "microsoft"])  # fmt: skip
def test_a_vendors_own_consent_call_holds_that_vendors_events_alone(visit, calls):
    held, release = calls
    visit.open(held, "gw('event','sign_up')", attributes='data-choice="none"')
    assert [event["name"] for event in visit.events(1)] == ["sign_up"]
    visit.run(release)
    visit.events(2)


@pytest.mark.parametrize("other", ["setCookieConsentGiven", "rememberConsentGiven", "hasRememberedConsent"])
def test_an_opt_out_of_matomo_ends_with_itself_alone(visit, other):
    visit.open("_paq.push(['optUserOut'],['trackPageView'])", "gw('event','sign_up')", attributes='data-choice="none"')
    visit.run(f"_paq.push(['{other}'])")
    assert [event["name"] for event in visit.events(1)] == ["sign_up"]
    visit.run("_paq.push(['forgetUserOptOut'])")
    visit.events(2)


def test_one_call_does_not_take_back_what_the_page_refused(visit):
    visit.open("fbq('dataProcessingOptions',['LDU'],0,0)", attributes='data-choice="none"')
    visit.run("fbq('track','Lead',{data_processing_options:['none']})")
    (event,) = visit.events(1)
    assert event["data_processing_options"] == "LDU"


def test_limits_that_a_page_sets_for_a_vendor_are_forwarded(visit):
    visit.open("fbq('dataProcessingOptions',['LDU'],0,0)", BUY, attributes='data-choice="none"')
    visit.run("gtag('set','allow_ad_personalization_signals',false);ttq.track('Lead',{limited_data_use:true})")
    found = visit.events(2)
    assert found[0]["data_processing_options"] == "LDU"
    assert (found[1]["npa"], found[1]["limited_data_use"]) == ("1", "true")


def test_no_more_is_kept_in_memory_than_fits(visit):
    visit.open(before=TCF)
    visit.run("for (let i = 0; i < 500; i++) fbq('track','Lead')")
    visit.run("choose(true)")
    assert max(len(batch) for _, _, batch in visit.shop.posted or [(0, 0, [])]) <= 10
    visit.events(200)
