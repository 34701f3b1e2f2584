"""Pages call vendors' queues as they always did; the tag takes the calls, and the right events arrive."""

import pytest

from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.pixel import NO_EVENT

pytestmark = pytest.mark.browser

NO_CHOICE_HERE = 'data-choice="none"'
# The vendors' own snippets, whose loaders step back where their queue is there already.
META = """!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments)
:n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];LOAD}(window,document);
fbq('init','123456789012345',{em:'ann@mail.example'});fbq('track','PageView');
fbq('track','Purchase',{value:59.90,currency:'EUR',content_ids:['SKU-1']},{eventID:'T-1001'});"""
GA4 = """window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());
gtag('config','G-ABC1234567');
gtag('event','purchase',{transaction_id:'T-1',value:59.9,currency:'EUR',items:[{item_id:'A',quantity:2,price:9.5}]});"""
LINKEDIN = """_linkedin_partner_id='1234567';window._linkedin_data_partner_ids=[_linkedin_partner_id];
(function(l){if(!l){window.lintrk=function(a,b){window.lintrk.q.push([a,b])};window.lintrk.q=[]}})(window.lintrk);
window.lintrk('track',{conversion_id:12345});"""
X = """!function(e,t,n,s,u,a){e.twq||(s=e.twq=function(){s.exe?s.exe.apply(s,arguments):s.queue.push(arguments)},
s.version='1.1',s.queue=[])}(window,document);twq('config','o1a2b');
twq('event','tw-o1a2b-xyz',{value:'12.00',currency:'USD',conversion_id:'order-12345',email_address:'ann@mail.example'});"""
TIKTOK = """!function(w,d,t){w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[];ttq.methods=['page','track','identify','load'];
ttq.setAndDefer=function(t,e){t[e]=function(){t.push([e].concat(Array.prototype.slice.call(arguments,0)))}};
for(var i=0;i<3;i++)ttq.setAndDefer(ttq,ttq.methods[i]);
ttq.load=function(e){ttq._i=ttq._i||{};ttq._i[e]=[]};ttq.load('C4ABCDEFGHIJKLMNOPQR');ttq.page()}(window,document,'ttq');
ttq.identify({email:'ann@mail.example'});
ttq.track('CompletePayment',{value:20,currency:'EUR',contents:[{content_id:'B',quantity:1,price:20}]},{event_id:'e-77'});"""
MICROSOFT = """window.uetq=window.uetq||[];uetq.push('event','purchase',{revenue_value:31.5,currency:'EUR',transaction_id:'T-9'});
(function(w,u){var o={ti:'12345678'};o.q=w[u];w[u]=new UET(o);w[u].push('pageLoad')})(window,'uetq');"""

PAGES = {
    "meta": (META.replace("LOAD", ""), "meta_pixel", "123456789012345", ["page_view", "purchase"]),
    "ga4": (GA4, "ga4_collect", "G-ABC1234567", ["page_view", "purchase"]),
    "linkedin": (LINKEDIN, "linkedin_insight", "1234567", ["page_view", "conversion"]),
    "x": (X, "x_adsct", "o1a2b", ["page_view", "conversion"]),
    "tiktok": (TIKTOK, "tiktok_pixel", "C4ABCDEFGHIJKLMNOPQR", ["page_view", "purchase"]),
    "microsoft": (MICROSOFT, "microsoft_uet", "12345678", ["purchase", "page_view"]),
}


def summary(event):
    """What an event says of its order, without what it leaves out."""
    return {name: value for name, value in event["order"].items() if value not in (None, [])}


ORDERS = {
    "meta": {"value": 59.9, "currency": "EUR", "items": [{"item_id": "SKU-1"}]},
    "ga4": {"id": "T-1", "value": 59.9, "currency": "EUR", "items": [{"item_id": "A", "price": 9.5, "quantity": 2}]},
    "linkedin": {},
    "x": {"value": "12.00", "currency": "USD"},
    "tiktok": {"value": 20, "currency": "EUR", "items": [{"item_id": "B", "price": 20, "quantity": 1}]},
    "microsoft": {"id": "T-9", "value": 31.5, "currency": "EUR"},
}


@pytest.mark.parametrize("order", ["after the tag", "before the tag"])
@pytest.mark.parametrize("vendor", PAGES)
def test_the_unchanged_calls_of_a_vendor_arrive_as_its_events(visit, vendor, order):
    script, pixel, account, names = PAGES[vendor]
    if order == "after the tag":
        visit.open(script, attributes=NO_CHOICE_HERE)
    elif vendor == "microsoft":  # its snippet makes the object when the loader has loaded
        calls, _, rest = script.partition("(function")
        visit.open("(function" + rest, attributes=NO_CHOICE_HERE, before=calls)
    else:
        visit.open(attributes=NO_CHOICE_HERE, before=script)
    found = visit.events(2)
    assert sorted(event["name"] for event in found) == sorted(names)
    assert {event["pixel"] for event in found} == {pixel}
    (told,) = [event for event in found if event["name"] != "page_view"]
    assert summary(told) == ORDERS[vendor]
    assert all(event["page"]["url"].endswith("/thanks") for event in found)
    if (vendor, order) != ("microsoft", "before the tag"):
        assert told.get("account", account) == account
    assert [event["account"] for event in found if event["name"] == "page_view"] == [account]


def test_ids_that_keep_a_conversion_from_counting_twice_are_kept(visit):
    visit.open(META.replace("LOAD", ""), X, TIKTOK, attributes=NO_CHOICE_HERE)
    ids = {event["pixel"]: event["id"] for event in visit.events(6) if event["name"] != "page_view"}
    assert ids == {"meta_pixel": "T-1001", "x_adsct": "order-12345", "tiktok_pixel": "e-77"}


def test_contact_data_goes_with_the_events_of_the_vendor_it_was_given_for(visit):
    visit.open(META.replace("LOAD", ""), LINKEDIN, attributes=NO_CHOICE_HERE)
    found = {(event["pixel"], (event.get("contact") or {}).get("email")) for event in visit.events(4)}
    assert found == {("meta_pixel", "ann@mail.example"), ("linkedin_insight", None)}


OTHERS = """pintrk('load','2612345678901');pintrk('page');pintrk('track','checkout',{value:5,currency:'EUR',order_id:'P'});
snaptr('init','6b6a5f24-d0b1-4ea9-8f3b-111111111111');snaptr('track','PURCHASE',{price:1,transaction_id:'S',currency:'EUR'});
rdt('init','t2_abcdef');rdt('track','SignUp');
_paq.push(['setSiteId','3'],['trackPageView']);_paq.push(['addEcommerceItem','sku','Lamp','Light',9,1]);
_paq.push(['trackEcommerceOrder','M-1',9,9,1.5,2]);
_hsq.push(['trackPageView']);_hsq.push(['trackEvent',{id:'demo',value:3}]);
plausible('Signup');plausible('Purchase',{revenue:{amount:7,currency:'EUR'}});
gtag('event','conversion',{send_to:'AW-123456789/AbC',value:2,currency:'EUR',transaction_id:'G'});
dataLayer.push({event:'add_to_cart',ecommerce:{value:4,currency:'EUR'}});dataLayer.push({event:'gtm.click'});
fbq('trackCustom','WatchedDemo');"""


def test_every_other_queue_is_taken_as_well(visit):
    visit.open(OTHERS, attributes=NO_CHOICE_HERE)
    found = {(event["pixel"], event["name"], event["order"].get("id")) for event in visit.events(13)}
    assert found == {
        ("pinterest_tag", "page_view", None), ("pinterest_tag", "purchase", "P"), ("snap_pixel", "purchase", "S"),
        ("reddit_pixel", "sign_up", None), ("matomo", "page_view", None), ("matomo", "purchase", "M-1"),
        ("hubspot_ptq", "page_view", None), ("hubspot_ptq", "demo", None), ("plausible", "sign_up", None),
        ("plausible", "purchase", None), ("gads_conversion", "conversion", "G"), ("ga4_collect", "add_to_cart", None),
        ("meta_pixel", "watched_demo", None),
    }  # fmt: skip


# Words that the vendors' scripts write by themselves, for calls that are no events of a page.
OF_THE_SCRIPT = {"pinterest_tag": {"init"}, "microsoft_uet": {"consent"}}
CALLS = {
    "meta_pixel": "fbq('track',name,of)", "tiktok_pixel": "ttq.track(name,of)", "pinterest_tag": "pintrk('track',name,of)",
    "snap_pixel": "snaptr('track',name,of)", "reddit_pixel": "rdt('track',name,of)", "x_adsct": "twq('track',name,of)",
    "microsoft_uet": "uetq.push('event',name,of)",
}  # fmt: skip


@pytest.mark.parametrize("pixel", CALLS)
def test_names_mean_what_the_vendors_manifest_says(visit, pixel):
    table = load_catalogue(manifests()).pixels[pixel].names.table
    script = {name for name, ours in table.items() if ours == NO_EVENT} | set(OF_THE_SCRIPT.get(pixel, ()))
    names = {name: ours for name, ours in table.items() if name not in script}
    visit.open(attributes=NO_CHOICE_HERE)
    visit.run(f"for (const name of {list(names)}) {{ const of = {{event_id: name}}; {CALLS[pixel]} }}")
    assert {event["id"]: event["name"] for event in visit.events(len(names))} == names


def test_a_page_that_waits_for_its_vendor_goes_on(visit):
    visit.open(attributes=NO_CHOICE_HERE)
    script = "new Promise(done => gtag('event','login',{event_callback: () => done('gone on')}))"
    assert visit.run(script) == "gone on"
    assert visit.run("new Promise(done => plausible('Login',{callback: () => done('gone on')}))") == "gone on"
    visit.events(2)


def test_calls_that_make_no_sense_stop_no_page(visit):
    visit.open(attributes=NO_CHOICE_HERE)
    visit.run(
        "fbq();fbq('track');ttq.track();_paq.push(null);_hsq.push(7);dataLayer.push(null,3,{});uetq.push();gtag()"
    )
    visit.run("lintrk();twq('event');pintrk('track',null,null);plausible();rdt('init',null);gw();gw('event')")
    assert visit.run("1 + 1") == 2


def test_where_the_visitor_came_from_is_read_of_the_address_and_kept_nowhere(visit):
    visit.open("fbq('track','PageView')", attributes=NO_CHOICE_HERE, path="/?gclid=Cj0abc&fbclid=IwAR2&utm_source=news")
    (event,) = visit.events(1)
    assert (event["utm"], event["click"]["gclid"]) == ({"source": "news"}, "Cj0abc")
    assert event["click"]["fbc"].startswith("fb.1.") and event["click"]["fbc"].endswith(".IwAR2")
    assert visit.run("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_screen_and_language_are_told_only_where_the_site_asks_for_them(visit):
    visit.open(attributes=f"{NO_CHOICE_HERE} data-page-view")
    visit.open(attributes=f'{NO_CHOICE_HERE} data-page-view data-collect="screen language"')
    assert [event["device"] for event in visit.events(2)] == [{}, {"language": "en-GB", "screen": "1280x900"}]


def test_an_event_of_the_sites_own_names_no_vendor(visit):
    visit.open("gw('event','sign_up',{params:{plan:'gold'}})", attributes=NO_CHOICE_HERE)
    (event,) = visit.events(1)
    assert (event["name"], event["params"], "pixel" in event) == ("sign_up", {"plan": "gold"}, False)


def test_a_page_that_loads_the_tag_twice_sends_once(visit):
    visit.open(attributes=NO_CHOICE_HERE)
    visit.run(
        "new Promise(done=>{const s=document.createElement('script');s.src='/gw.js';s.onload=done;document.head.append(s)})"
    )
    visit.run("fbq('track','PageView')")
    visit.events(1)
