"""A page with the snippets of seven vendors, adopted and nothing else, sends their events to the gateway alone."""

import pytest

from gateway.adopt.page import adopt
from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue

pytestmark = pytest.mark.browser

HOST = "t.example.org"
# In the way of the vendors' own: a function that keeps calls until the script is there, and the script's address.
KEEPS = """<script>window.{0}=window.{0}||function(){{({0}.{1}={0}.{1}||[]).push(arguments)}};
(function(){{var s=document.createElement('script');s.async=true;s.src='{2}';document.head.append(s)}})();{3}</script>"""
ORDER = "{value:59.9,currency:'EUR',order_id:'T-1'}"
PAGE = """<!doctype html><html><head><link rel="icon" href="data:,"><title>Thanks</title>
{}
</head><body>Thanks</body></html>"""
SNIPPETS = (
    KEEPS.format("fbq", "queue", "https://connect.facebook.net/en_US/fbevents.js", f"fbq('init','123456789012345');fbq('track','Purchase',{ORDER},{{eventID:'e-1'}})"),
    "<script async src='https://www.googletagmanager.com/gtag/js?id=G-ABC1234567'></script><script>window.dataLayer=window.dataLayer||[];"
    "function gtag(){dataLayer.push(arguments)}gtag('js',new Date());gtag('config','G-ABC1234567',{send_page_view:false});"
    "gtag('event','purchase',{transaction_id:'T-1',value:59.9,currency:'EUR'})</script>",
    "<script>_linkedin_partner_id='4242'</script>"
    + KEEPS.format("lintrk", "q", "https://snap.licdn.com/li.lms-analytics/insight.min.js", "lintrk('track',{conversion_id:17})"),
    KEEPS.format("twq", "queue", "https://static.ads-twitter.com/uwt.js", "twq('init','o8z6j');twq('event','tw-o8z6j-o8z21',{value:59.9,currency:'EUR',conversion_id:'T-1'})"),
    "<script>(function(w,n){var q=w[n]=w[n]||[];['page','track'].forEach(function(m){q[m]=function(){q.push([m].concat([].slice.call(arguments)))}});"
    "q.load=function(id){(q._i=q._i||{})[id]=[];var s=document.createElement('script'),u='https://analytics.tiktok.com/i18n/pixel/events.js';"
    f"s.async=true;s.src=u+'?sdkid='+id;document.head.append(s)}};q.load('CABCDEFGHIJ123456789');q.track('CompletePayment',{ORDER})}})(window,'ttq')</script>",
    "<script>(function(w,d,u){w[u]=w[u]||[];var s=d.createElement('script');s.src='//bat.bing.com/bat.js';s.onload=function(){var o={ti:'5012345',q:w[u]};"
    "w[u]=new UET(o)};d.head.append(s)})(window,document,'uetq');window.uetq=window.uetq||[];"
    "window.uetq.push('event','purchase',{revenue_value:59.9,currency:'EUR'})</script>",
    KEEPS.format("rdt", "callQueue", "https://www.redditstatic.com/ads/pixel.js", f"rdt('init','t2_abc123');rdt('track','Purchase',{ORDER})"),
)  # fmt: skip
CATALOGUE = load_catalogue(manifests())


@pytest.fixture
def adopted(visit, shop):
    """The adopted page, open; that nothing is asked of another origin, the visit itself sees to."""
    once = adopt(PAGE.format("\n".join(SNIPPETS)), CATALOGUE, HOST).text
    shop.html = once.replace(f"https://{HOST}", shop.origin)
    visit.page.goto(f"{shop.origin}/thanks")
    visit.page.wait_for_load_state("networkidle")
    return visit


def test_after_a_yes_each_vendors_event_arrives_once_and_nobody_elses(adopted):
    assert adopted.sent() == []
    adopted.run("gw('choice', true)")
    events = adopted.events(8)
    pixels = {
        "meta_pixel": "purchase",
        "ga4_collect": "purchase",
        "linkedin_insight": "conversion",
        "x_adsct": "conversion",
        "tiktok_pixel": "purchase",
        "microsoft_uet": "purchase",
        "reddit_pixel": "purchase",
    }
    sent = {(event["pixel"], event["name"]) for event in events}
    assert sent == {*pixels.items(), ("linkedin_insight", "page_view")}
    paid = [event for event in events if event["name"] == "purchase"]
    assert {(float(event["order"]["value"]), event["order"]["currency"]) for event in paid} == {(59.9, "EUR")}


def test_after_a_no_nothing_was_and_nothing_is_sent(adopted):
    adopted.run("gw('choice', false)")
    adopted.page.wait_for_timeout(300)
    assert adopted.events(0) == []
