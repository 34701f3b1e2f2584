"""From the calls of a page, through a real gateway, to the vendors: after a yes, once, at the time of the call."""

import json
import time

import pytest

from tests.blackbox.destination import Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, HOST, POLICY, Gateway
from tests.chromium import USER_AGENT

pytestmark = pytest.mark.browser

PAGE = f"""<!doctype html><link rel="icon" href="data:,"><title>Thanks</title>
<script src="/gw.js" data-choice="gateway"></script><script>
fbq('init','{ACCOUNT}',{{em:'ann@mail.example'}});
fbq('track','Purchase',{{value:59.9,currency:'EUR',order_id:'T-1'}},{{eventID:'e-1'}});
gw('event','page_view',{{order:{{id:'own'}}}});twq('track','Purchase',{{value:1,order_id:'for-nobody-here'}});
function choose(yes){{return fetch('/consent',{{method:'POST',headers:{{'content-type':'application/json'}},
body:JSON.stringify({{purposes:{{ads:yes,insight:yes}}}})}}).then(answer=>gw('choice',answer.ok&&yes))}}</script>"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Destination() as meta, Destination() as hook:
        settings = {"sites": {"shop": [HOST]}}
        policy = POLICY.replace("time: day", "time: exact")
        with Gateway(tmp_path_factory.mktemp("tag"), {"meta": meta, "hook": hook}, settings, policy) as gateway:
            yield gateway, meta, hook


@pytest.fixture
def page(chromium, running):
    """A page of the gateway's own site, in Germany as the edge says. It asks nobody else for anything."""
    gateway, meta, hook = running
    meta.requests.clear()
    hook.requests.clear()
    context = chromium.new_context(user_agent=USER_AGENT)
    asked = []

    def passing(route):
        asked.append(route.request.url)
        if route.request.url.endswith("/thanks"):
            return route.fulfill(content_type="text/html", body=PAGE)
        return route.continue_(headers={**route.request.headers, COUNTRY_HEADER.lower(): "DE"})

    context.route("**/*", passing)
    opened = context.new_page()
    opened.goto(f"http://{HOST}:{gateway.port}/thanks")
    yield opened
    assert [url for url in asked if not url.startswith((f"http://{HOST}:{gateway.port}/", "data:"))] == []
    context.close()


def arrived(page, gateway, destination, count):
    # The browser's requests pass through this thread: it must not sleep by itself.
    deadline = time.monotonic() + 60
    while len(destination.deliveries()) < count and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    gateway.drain(repeating=True)
    return destination.deliveries()


def test_buffered_events_arrive_after_accept_each_at_its_own_vendor(page, running):
    gateway, meta, hook = running
    page.wait_for_timeout(2100)
    assert meta.requests == hook.requests == []
    chosen = time.time()
    page.evaluate("choose(true)")
    assert [each.order for each in arrived(page, gateway, meta, 1)] == ["T-1"]
    assert [each.order for each in arrived(page, gateway, hook, 1)] == ["own"]
    (event,) = json.loads(meta.requests[0].body)["data"]
    assert event["event_name"] == "Purchase"
    assert chosen - 60 < event["event_time"] < chosen - 1
    sent = b"".join(each.head + each.body for each in (*meta.requests, *hook.requests))
    assert b"ann@mail.example" not in sent and b"for-nobody-here" not in sent


def test_nothing_is_sent_after_refuse(page, running):
    gateway, meta, hook = running
    before = gateway.metrics()
    page.evaluate("choose(false)")
    page.evaluate("fbq('track','Lead')")
    page.wait_for_timeout(500)
    page.goto("about:blank")
    gateway.drain(repeating=True)
    assert meta.requests == hook.requests == []
    counted = [name for name in before if name.startswith("gateway_decisions_total")]
    assert {name: gateway.metrics()[name] for name in counted} == {name: before[name] for name in counted}


def test_a_choice_of_an_earlier_visit_holds(page, running):
    gateway, _, hook = running
    page.evaluate("choose(true)")
    assert len(arrived(page, gateway, hook, 1)) == 1
    page.goto(page.url)
    assert len(arrived(page, gateway, hook, 2)) == 2
