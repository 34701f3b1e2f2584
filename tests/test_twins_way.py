"""Beacons of one action, as vendors' tags send them, on the whole way into the store: each action is kept once."""

import asyncio
import secrets
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap.collecting import Heard, collector
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.salt import DailySalt
from gateway.errors import StoreUnavailable
from gateway.hit import Hit
from gateway.region.databases import Database, Databases
from gateway.region.locate import Locator
from gateway.store.sqlite.engine import SqliteStore
from gateway.twins import Twins
from tests.bootstrap.configuration import GATEWAY, write
from tests.store.making import WRAPPING

AMERICAN, NEIGHBOUR, FRENCH = "93.184.216.34", "93.184.216.35", "81.2.69.142"
DATABASES = Databases((Database("table", lambda address: ("FR",) if str(address) == FRENCH else ("US-WY",)),))
NOW = 1_795_600_000.0
ID = "5bf79ccb-a90a-42bd-ad4e-0cc34879bb56"

PIXELS = (
    "x_adsct", "linkedin_insight", "linkedin_wa", "gads_conversion", "gads_remarketing", "pinterest_tag", "awin_sread",
    "floodlight", "ga_doubleclick", "ga_audiences", "tiktok_pixel", "snap_pixel", "reddit_pixel", "microsoft_uet", "cj_u",
)  # fmt: skip

POLICY = """\
policy: 1
name: twins
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  ads: {label: Showing our ads elsewhere, family: advertising, sale_or_share: true, profile: plain}
profiles:
  plain: {ip: drop, user_agent: drop, referrer: drop, url: path, id: drop, time: day, geo: drop, click: drop}
destinations:
  own_stats: {party: first, events: {page_view: [ads], purchase: [ads], conversion: [ads]}, fields: [event.name, event.id]}
"""

# What a tag sends of one action: method, pixel, path, query (or body, behind an empty query).
ONE = {
    "t.co and analytics.twitter.com": [("GET", "x_adsct", "/1/i/adsct", f"txn_id=o8z6j&event_id={ID}")] * 2,
    "a conversion and its visit": [
        ("GET", "gads_conversion", "/pagead/conversion/750482763/", "label=abcdefgh-_1&value=9.9&currency_code=EUR&auid=1.2"),
        ("GET", "gads_conversion", "/ccm/conversion/750482763/", "label=abcdefgh-_1&value=9.9&currency_code=EUR&auid=1.2"),
        ("GET", "gads_conversion", "/pagead/1p-conversion/750482763/", "label=abcdefgh-_1&value=9.9&currency_code=EUR&auid=1.2"),
        ("GET", "gads_remarketing", "/pagead/viewthroughconversion/750482763/", "en=conversion&label=abcdefgh-_1&value=9.9&currency_code=EUR&auid=1.2"),
    ],
    "an order at Google": [
        ("GET", "gads_conversion", "/pagead/conversion/750482763/", "label=abcdefgh-_1&oid=A-1&value=9.9"),
        ("GET", "gads_remarketing", "/pagead/viewthroughconversion/750482763/", "en=conversion&label=abcdefgh-_1&oid=A-1&value=9.9"),
    ],
    "px and px4": [("GET", "linkedin_insight", "/collect", f"pid=1109341&conversionId=17070288&eventId={ID}")] * 2,
    "a page and what is told beside it": [
        ("GET", "linkedin_insight", "/collect", "pid=1109341&v=2&url=https%3A%2F%2Fshop.example%2F"),
        ("POST", "linkedin_wa", "/wa/", '{"pids": [1109341], "url": "https://shop.example/"}'),
    ],
    "a script and the image for those without": [
        ("GET", "pinterest_tag", "/v3/", "tid=2804663998484&event=pagevisit&ad=%7B%22loc%22%3A%22https%3A%2F%2Fshop.example%2F%22%7D"),
        ("GET", "pinterest_tag", "/v3/", "tid=2804663998484&event=pagevisit&noscript=1"),
    ],
    "image, script and server": [
        ("GET", "awin_sread", f"/sread.{kind}", "merchant=82524&amount=9.9&cr=EUR&ref=A-1") for kind in ("img", "js", "php")
    ],
    "activity and activityi": [
        ("GET", "floodlight", f"/{kind};src=9450984;type=leads;cat=visit0;ord=7361849562", "") for kind in ("activity", "activityi")
    ],
    "an exchange and its audience": [
        ("GET", "ga_doubleclick", "/g/collect", "tid=G-ABC1234567&cid=12.34&t=dc"),
        ("GET", "ga_audiences", "/ads/ga-audiences", "tid=G-ABC1234567&cid=12.34&t=sr"),
    ],
    "an order at CJ": [("GET", "cj_u", path, "CID=3370251&TYPE=640884&OID=A-1&AMOUNT=9.9") for path in ("/u", "/tags/c")],
    "a message sent again": [
        ("POST", "tiktok_pixel", f"/api/v2/pixel{end}", f'{{"event": "Pageview", "event_id": "{ID}", "context": {{"pixel": {{"code": "C4A1B2C3D4E5F6A7B8C9"}}}}}}')
        for end in ("", "/act")
    ],
    "an order at Snap": [(method, "snap_pixel", "/p", f"pid={ID}&ev=PURCHASE&e_tid=A-1&e_pr=9.9") for method in ("GET", "POST")],
    "a conversion at Reddit": [("GET", "reddit_pixel", path, "id=a2_ciiahib&event=Purchase&m.conversionId=c-408010729") for path in ("/rp", "/rp.gif")],
}  # fmt: skip

# Two actions each, that beacons of one could be taken for.
TWO = {
    "a page that was loaded again": [("GET", "reddit_pixel", "/rp", "id=a2_ciiahib&event=PageVisit")] * 2,
    "the same again at X, without an id": [("GET", "x_adsct", "/i/adsct", "txn_id=s0ap5&tw_sale_amount=0")] * 2,
    "two labels": [
        ("GET", "gads_conversion", f"/{path}/conversion/750482763/", f"label=abcdefgh-_{label}&oid=A-1")
        for path, label in (("pagead", 1), ("ccm", 2))
    ],
    "two orders": [("GET", "awin_sread", f"/sread.{kind}", f"merchant=82524&amount=9.9&ref={ref}") for kind, ref in (("img", "A-1"), ("js", "A-2"))],
    "two amounts": [("GET", "snap_pixel", "/p", f"pid={ID}&ev=PURCHASE&e_tid=A-1&e_pr={value}") for value in (9, 10)],
    "two accounts": [("GET", "reddit_pixel", path, f"id=a2_ciiah{path[1:3]}{len(path)}&event=PageVisit") for path in ("/rp", "/rp.gif")],
    "one page's id on two events": [("GET", "microsoft_uet", "/action/0", f"ti=12345&mid={mid}&evt=pageLoad") for mid in (ID, ID.upper())],
    "two words": [("GET", "floodlight", f"/activity;src=9450984;type=leads;cat=visit0;ord={ord}", "") for ord in (7361849562, 7361849563)],
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    config = write(tmp_path_factory.mktemp("twins"), GATEWAY.partition("  meta:")[0], POLICY)
    config.write_text(config.read_text().replace("[events, meta_pixel]", f"[events, {', '.join(PIXELS)}]"))
    made = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    return replace(made, locator=Locator(databases=DATABASES))


class Queue:
    """A queue that keeps everything, or says that it cannot."""

    def __init__(self):
        self.events, self.broken = {}, False

    async def put(self, events):
        await asyncio.sleep(0)
        if self.broken:
            raise StoreUnavailable("full")
        for event in events:
            self.events.setdefault((event.destination, event.id), event)


def hit(method, pixel, path, text, peer=AMERICAN, agent="Firefox", at=NOW):
    headers = {b"user-agent": [agent.encode()], b"referer": [b"https://shop.example/"]}
    query, body = (text, b"") if method == "GET" else ("", text.encode())
    return Hit(method, path, query, headers, body, peer, at, "shop", pixel)


def way(built, queue=None):
    queue = queue or Queue()
    return replace(built, queue=queue, twins=Twins(lambda name: None)), queue


def kept(built, *hits):
    """How many events are in the store after the hits, which come one after the other and are delivered at once."""
    made, queue = way(built)
    total = 0
    for each in hits:
        asyncio.run(made.collect(each))
        total += len(queue.events)
        queue.events.clear()
    return total


@pytest.mark.parametrize("beacons", ONE.values(), ids=ONE)
def test_one_action_is_kept_once_though_the_first_was_delivered_already(built, beacons):
    assert kept(built, *(hit(*each) for each in beacons)) == 1
    assert kept(built, *(hit(*each) for each in reversed(beacons))) == 1


@pytest.mark.parametrize("beacons", TWO.values(), ids=TWO)
def test_two_actions_are_kept_twice(built, beacons):
    assert kept(built, *(hit(*each) for each in beacons)) == 2


@pytest.mark.parametrize("beacons", ONE.values(), ids=ONE)
def test_what_another_visitor_does_or_the_same_one_later_is_another_action(built, beacons):
    first, second = beacons[:2]
    assert kept(built, hit(*first), hit(*second, peer=NEIGHBOUR)) == 2
    assert kept(built, hit(*first), hit(*second, agent="Chrome")) == 2
    assert kept(built, hit(*first), hit(*second, at=NOW + 31)) == 2


@pytest.mark.parametrize("beacons", ONE.values(), ids=ONE)
def test_of_a_refused_beacon_nothing_is_known_and_its_twin_is_judged_alone(built, beacons):
    made, queue = way(built)
    for each in beacons:
        assert asyncio.run(made.collect(hit(*each, peer=FRENCH))) == 0
    assert len(made.twins) == 0 and queue.events == {}
    asyncio.run(made.collect(hit(*beacons[0])))
    assert len(queue.events) == 1


@pytest.mark.parametrize("beacons", ONE.values(), ids=ONE)
def test_what_is_remembered_of_a_permitted_beacon_is_ids_and_hashes(built, beacons):
    made, _ = way(built)
    for each in beacons:
        asyncio.run(made.collect(hit(*each, agent="Mozilla/5.0 (cnry)")))
    ((key, (action,)),) = made.twins._actions.items()
    remembered = repr((key, action.id, action.sides))
    assert not [text for text in ("cnry", AMERICAN, "shop", "A-1", "9.9", beacons[0][2]) if text in remembered]


def test_beacons_under_way_together_are_kept_once_and_none_is_lost_with_another(built):
    for breaks in (False, True):
        made, queue = way(built)
        beacons = [hit(*each) for each in ONE["image, script and server"]]

        async def together(made=made, queue=queue, beacons=beacons, breaks=breaks):
            first = asyncio.ensure_future(made.collect(beacons[0]))
            queue.broken = breaks
            await asyncio.sleep(0)
            second = asyncio.ensure_future(made.collect(beacons[1]))
            told = await asyncio.gather(first, second, return_exceptions=True)
            queue.broken = False
            return [*told, await made.collect(beacons[2])]

        told = asyncio.run(together())
        assert len(queue.events) == 1
        assert [isinstance(each, StoreUnavailable) for each in told] == [breaks, breaks, False]


def test_beacons_of_one_action_are_one_row_of_a_real_store(built, tmp_path):
    store = SqliteStore(tmp_path, WRAPPING)
    made, _ = way(built, store)

    async def sent():
        await store.open()
        for each in ONE["a conversion and its visit"]:
            await made.collect(hit(*each))
        depths = await store.depths()
        await store.close()
        return [depth.events for depth in depths]

    assert asyncio.run(sent()) == [1]


_values = st.tuples(st.sampled_from(["A-1", "A-2", ""]), st.sampled_from(["9", "10"]), st.sampled_from(["a", "b"]))
_beacons = st.tuples(_values, st.sampled_from(["img", "php", "js"]), st.sampled_from([AMERICAN, NEIGHBOUR, FRENCH]))


@given(st.lists(_beacons, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_order_amount_page_or_visitor_is_ever_lost_and_a_refusal_never_sends_more(built, beacons):
    made, queue = way(built)
    seen = []
    for (order, value, page), kind, peer in beacons:
        query = f"merchant=82524&amount={value}&l=https%3A%2F%2Fshop.example%2F{page}" + (
            f"&ref={order}" if order else ""
        )
        before = len(queue.events)
        asyncio.run(made.collect(hit("GET", "awin_sread", f"/sread.{kind}", query, peer)))
        more = len(queue.events) - before
        first = ((order, value, page), peer) not in seen
        assert more == 0 if peer == FRENCH else more in ((1,) if first else (0, 1))
        seen.append(((order, value, page), peer))
