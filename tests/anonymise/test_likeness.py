"""Whatever tells two actions apart makes another digest, and the digest says nothing."""

import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.anonymise.likeness import likeness
from gateway.hit import Beacon, Hit, RawEvent

BEACON = Beacon("meta_pixel", 30, ("id.visitor",), ("label",), "meta_pixel GET /tr")
FIELDS = {
    "page.url": "https://shop.example/thanks", "order.id": "A-1", "order.value": "9.90", "order.currency": "EUR",
    "order.items": [{"item_id": "7", "quantity": 1}], "id.visitor": "fb.1.2.3",
}  # fmt: skip
HEADERS = {b"user-agent": [b"Firefox"], b"referer": [b"https://shop.example/elsewhere"]}


def hit(site="shop", **headers):
    given = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    return Hit("GET", "/tr", "", HEADERS | given, b"", "203.0.113.7", 0.0, site, "meta_pixel")


def raw(fields=FIELDS, name="purchase", account="1", kept=None, carried=""):
    return RawEvent(name, fields, carried, "meta_pixel", account, kept or {"label": "L", "cv": "11"})


def of(event=None, at=None, address="203.0.113.7", beacon=BEACON):
    made = likeness(event or raw(), beacon, at or hit(), ip_address(address))
    return made.of


_TOLD = "from tests.anonymise.test_likeness import of; print(of())"

OTHERS = [
    of(at=hit("blog")), of(at=hit(user_agent=b"Chrome")), of(address="203.0.113.8"), of(raw(name="lead")),
    of(raw(account="2")), of(raw(carried="ev-1")), of(raw(carried="ev-2")), of(raw(kept={"label": "M", "cv": "11"})), of(beacon=BEACON._replace(group="other")),
    *(of(raw({**FIELDS, field: "other"})) for field in FIELDS),
    *(of(raw({name: value for name, value in FIELDS.items() if name != field})) for field in FIELDS),
]  # fmt: skip


def test_each_thing_that_tells_actions_apart_makes_another_digest():
    assert len({of(), *OTHERS}) == len(OTHERS) + 1


def test_what_beacons_of_one_action_differ_in_does_not():
    same = {**FIELDS, "page.url": FIELDS["page.url"] + "#top", "page.referrer": "https://a.example/", "params.x": "y"}
    assert of(raw(same)) == of(raw(kept={"label": "L", "cv": "12"})) == of()
    assert of(beacon=BEACON._replace(side="meta_pixel POST /tr")) == of()


def test_a_manifest_may_name_what_was_ordered_once_more():
    beacon = BEACON._replace(by=("order.items",))
    more = [*FIELDS["order.items"], {"item_id": "8"}]
    assert of(beacon=beacon) == of(beacon=beacon) != of(raw({**FIELDS, "order.items": more}), beacon=beacon)


def test_a_pixel_that_names_no_page_is_on_that_of_its_referer():
    bare = {name: value for name, value in FIELDS.items() if name != "page.url"}
    assert of(raw(bare), hit(referer=b"https://shop.example/thanks")) == of()


def test_sides_are_told_apart():
    told = [likeness(raw(carried="e"), BEACON._replace(side=side), hit(), None) for side in "ab"]
    assert told[0].side != told[1].side and told[0].of == told[1].of


def test_without_an_address_only_an_id_of_the_page_is_enough():
    assert likeness(raw(), BEACON, hit(), None) is None
    assert likeness(raw(carried="ev-1"), BEACON, hit(), None).certain


def test_an_order_with_an_id_is_certain():
    address = ip_address("203.0.113.7")
    assert likeness(raw(), BEACON, hit(), address).certain
    bare = {name: value for name, value in FIELDS.items() if name != "order.id"}
    assert not likeness(raw(bare), BEACON, hit(), address).certain


def test_nothing_of_the_event_is_in_it():
    made = likeness(raw(), BEACON, hit(), ip_address("203.0.113.7"))
    assert not [value for value in ("A-1", "203.0.113", "Firefox", "shop", "/tr") if value in repr(made)]


def test_another_process_has_another_digest():
    told = [subprocess.run([sys.executable, "-c", _TOLD], capture_output=True, check=True).stdout for _ in range(2)]
    assert told[0] != told[1]


_texts = st.text('abAB1./#",[]{}', max_size=6)
_events = st.fixed_dictionaries({field: _texts for field in FIELDS})


@given(_events, _events, _texts, _texts)
def test_only_what_is_equal_has_one_digest(first, second, name, other):
    alike = name == other and all(
        first[field].partition("#")[0] == second[field].partition("#")[0]
        if field == "page.url"
        else first[field] == second[field]
        for field in FIELDS
    )
    referer = {b"referer": [b""], b"user-agent": [b""]}
    at = replace(hit(), headers=referer)
    assert (of(raw(first, name), at) == of(raw(second, other), at)) is alike


@pytest.mark.parametrize("address", ["203.0.113.7", "::ffff:203.0.113.7"])
def test_one_address_is_one_however_it_is_written(address):
    assert of(address=address) == of()
