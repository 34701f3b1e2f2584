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
