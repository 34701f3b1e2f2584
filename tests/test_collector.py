"""Where a hit's visitor is, and where he is said to live, on the whole way from the request to the verdict."""

import json
import secrets
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.bootstrap.collecting import Heard, collector
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.salt import DailySalt
from gateway.collector import Candidate
from gateway.hit import Hit
from gateway.region.databases import Database, Databases
from gateway.region.locate import Locator
from tests.bootstrap.configuration import GATEWAY, write

AMERICAN, BRITISH, NOBODY = "93.184.216.34", "81.2.69.142", "10.0.0.1"
DATABASES = Databases((Database("table", lambda address: ("US-WY",) if str(address) == AMERICAN else ("GB",)),))
RECEIVED = 1_795_600_000.0


@pytest.fixture(scope="module")
def weigh(tmp_path_factory):
    """What becomes of events that are posted, or of a query, from an address."""
    config = write(tmp_path_factory.mktemp("way"), GATEWAY.replace("sources: [meta_pixel]", "sources: [events]"))
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    built = replace(built, locator=Locator(databases=DATABASES))

    def weighed(events=(), peer=AMERICAN, query=""):
        body = json.dumps(list(events)).encode() if events else b""
        hit = Hit("POST" if events else "GET", "/e", query, {}, body, peer, RECEIVED, "shop", "events")
        return [(each.facts.regions, {event.destination for event in each.events}) for each in built.weigh(hit)]

    return weighed


def purchase(**more):
    return {"name": "purchase", **more}


def test_an_address_is_evidence(weigh):
    assert weigh([purchase()]) == [(("US-WY",), {"meta"})]
    assert weigh([purchase()], peer=BRITISH) == [(("GB",), set())]
    assert weigh([purchase()], peer=NOBODY) == [((), set())]


def test_the_law_of_the_residence_is_added_to_each_event_that_tells_it(weigh):
    found = weigh([purchase(residence="FR"), purchase(), purchase(residence="US-TX"), purchase(residence="nowhere")])
    assert found == [
        (("US-WY", "FR"), set()),
        (("US-WY",), {"meta"}),
        (("US-WY", "US-TX"), {"meta"}),
        (("US-WY", "unknown"), set()),
    ]


def test_a_residence_makes_nobody_known(weigh):
    assert weigh([purchase(residence="US-WY")], peer=NOBODY) == [(("unknown", "US-WY"), set())]
    assert weigh([purchase(residence="US-WY")], peer=BRITISH) == [(("GB", "US-WY"), set())]


@pytest.mark.parametrize("name", ["residence", "region", "country", "geo.country", "geolocation", "geo.region"])
def test_no_parameter_of_a_query_picks_a_law(weigh, name):
    for value in ("US-WY", "US", "FR"):
        assert weigh(query=f"name=purchase&{name}={value}", peer=BRITISH) == [(("GB",), set())]
        assert weigh(query=f"name=purchase&{name}={value}", peer=NOBODY) == [((), set())]


@given(
    st.sampled_from([AMERICAN, BRITISH, NOBODY]),
    st.one_of(
        st.sampled_from(["US-WY", "FR", "GB", "US", "XX", "JP"]),
        st.text("USCA-frx ", max_size=6),
        st.integers(0, 99),
        st.none(),
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_to_tell_a_residence_never_lets_more_leave(weigh, peer, residence):
    ((_, plain),) = weigh([purchase()], peer)
    ((_, told),) = weigh([purchase(residence=residence)], peer)
    assert told <= plain


def test_a_known_minor_reaches_nobody_that_takes_no_minors(weigh):
    told = [purchase(), purchase(known_minor=True), purchase(age_band="9-12"), purchase(age_band="18+")]
    assert [sent for _, sent in weigh(told)] == [{"meta"}, set(), set(), {"meta"}]
    assert weigh(query="name=purchase&known_minor=1") == [(("US-WY",), set())]


def test_a_site_for_children_has_no_grown_ups(tmp_path):
    config = write(tmp_path, GATEWAY.replace("sources: [meta_pixel]", "sources: [events]") + "child_directed: [shop]\n")
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    built = replace(built, locator=Locator(databases=DATABASES))
    for more in ({}, {"age_band": "40+"}, {"known_minor": False}):
        hit = Hit("POST", "/e", "", {}, json.dumps(purchase(**more)).encode(), AMERICAN, RECEIVED, "shop", "events")
        (each,) = built.weigh(hit)
        reasons = {str(one.reason) for one in each.decision.verdicts}
        assert (each.facts.age, reasons & {"minor"}, each.events) == (0, {"minor"}, ())


def test_a_call_that_a_page_hands_over_takes_the_way_of_its_pixel_and_is_compared_there(tmp_path):
    built = collector(
        read_plan(write(tmp_path)), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None)
    )
    compared = []
    ask = Candidate(None, built.policy, built.routes, lambda ours, theirs: compared.append((ours, theirs)))
    built = replace(built, locator=Locator(databases=DATABASES), candidate=ask)
    events = [purchase(pixel="meta_pixel", ago=60), purchase()]
    hit = Hit("POST", "/e", "", {}, json.dumps(events).encode(), AMERICAN, RECEIVED, "shop", "events")
    weighed = built.weigh(hit)
    assert [{event.destination for event in each.events} for each in weighed] == [{"meta"}, set()]
    built._shadow(hit, built.pixels["events"].decode(hit), weighed)
    assert len(compared) == 2 and all(ours == theirs for ours, theirs in compared)


@pytest.mark.parametrize("name", ["ORD-7.ann", "01K9Z3N0H8Q6W4T2R5Y7V1X3B9", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"])
def test_a_purchase_of_a_page_and_of_a_server_has_one_id_and_only_one_that_carries_nothing_is_the_pages(tmp_path, name):
    config = write(tmp_path, GATEWAY.replace("sources: [meta_pixel]", "sources: [events, meta_pixel]"))
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    built = replace(built, locator=Locator(databases=DATABASES))
    body = json.dumps(purchase(id=name)).encode()
    query = f"id=123456789012345&ev=Purchase&eid={name}"
    hits = [
        Hit("POST", "/e", "", {}, body, AMERICAN, RECEIVED, "shop", "events"),
        Hit("GET", "/tr/", query, {}, b"", AMERICAN, RECEIVED, "shop", "meta_pixel"),
    ]
    told = {
        event.id for hit in hits for each in built.weigh(hit) for event in each.events if event.destination == "meta"
    }
    assert len(told) == 1
    assert (told == {name}) is ("ann" not in name)


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """What becomes of the messages of Segment's libraries, with the headers of a hit."""
    config = write(tmp_path_factory.mktemp("segment"), GATEWAY.replace("[meta_pixel]", "[segment_pixel]"))
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    built = replace(built, locator=Locator(databases=DATABASES))

    def weighed(messages, agent="Mozilla/5.0 (X11) Firefox/143.0", **beside):
        body = json.dumps({"writeKey": "abcdefgh12345678", "batch": messages, **beside}).encode()
        headers = {b"user-agent": [agent.encode()]}
        hit = Hit("POST", "/v1/batch", "", headers, body, AMERICAN, RECEIVED, "shop", "segment_pixel")
        return built.weigh(hit)

    return weighed


def ordered(**context):
    return {"type": "track", "event": "Order Completed", "context": context}


PYTHON = {"library": {"name": "analytics-python"}}


def test_the_address_of_a_server_is_no_evidence_of_where_a_visitor_is(heard):
    of_a_page, of_a_server = heard([ordered()]) + heard([ordered(**PYTHON)], "analytics-python/2.4.0")
    assert (of_a_page.facts.regions, {event.destination for event in of_a_page.events}) == (("US-WY",), {"meta"})
    assert (of_a_server.facts.regions, of_a_server.events) == ((), ())


def test_a_server_is_no_machine_that_visits_and_a_machine_that_it_tells_of_is(heard):
    agents = [{}, {"userAgent": "Mozilla/5.0 (X11) Firefox/143.0"}, {"userAgent": "Googlebot/2.1"}]
    told = heard([ordered(**PYTHON, **agent) for agent in agents], "python-requests/2.32")
    assert [each.facts.bot for each in told] == [False, False, True]


def test_what_one_message_of_a_server_says_of_consent_is_said_of_no_other(heard):
    refusing = {"consent": {"categoryPreferences": {"Advertising": False}}}
    told = heard([ordered(**PYTHON), ordered(**PYTHON, **refusing)])
    assert [bool(each.facts.signals.votes) for each in told] == [False, True]
    told = heard([ordered(), ordered(**refusing)])
    assert [bool(each.facts.signals.votes) for each in told] == [True, True]


def test_a_preference_of_a_message_takes_none_back_that_stands_beside_it(heard):
    said = [{"consent": {"categoryPreferences": {name: yes}}} for name, yes in (("Ads", False), ("Analytics", True))]
    (told,) = heard([ordered(**PYTHON, **said[1])], context=said[0])
    assert {vote.grant for vote in told.facts.signals.votes} == {False}
