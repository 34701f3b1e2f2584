"""A hit of every pixel in the catalogue can be written from its manifest, is taken by it, and is full of marks."""

from urllib.parse import urlencode

import pytest

from gateway.bootstrap.shipped import manifests
from gateway.canary.fronted import fronted
from gateway.canary.marks import Marks
from gateway.consent.carriers import NAMES
from gateway.vendors.catalogue import load_catalogue

CATALOGUE = load_catalogue(manifests())
EVENTS = {name: pixel for name, pixel in CATALOGUE.pixels.items() if not pixel.names.never}


@pytest.mark.parametrize("pixel", EVENTS.values(), ids=EVENTS)
def test_every_pixel_can_be_written(pixel):
    endpoint = fronted(CATALOGUE, pixel, ["page_view"], "")
    assert endpoint is not None
    values = Marks(20_783)
    query = urlencode(endpoint.parameters(values))
    path = endpoint.get.removeprefix(f"/g/{pixel.id}")
    raws = pixel.read("POST" if endpoint.body else "GET", path, query, endpoint.kind, endpoint.body)
    assert raws[0].name == endpoint.event
    assert endpoint.source == pixel.id
    assert all(value in query for value in values.values())
    assert not NAMES.keys() & endpoint.parameters(values).keys()


def test_of_a_recording_nothing_is_even_read():
    for pixel, path in (("microsoft_clarity", "/collect"), ("hotjar_events", "/api/v2/client")):
        assert CATALOGUE.pixels[pixel].read("POST", path, "x=%zz", "text/html", b"\xff\x00ann") == []


def test_nothing_else_but_an_exchange_of_ids_is_no_event():
    assert CATALOGUE.pixels.keys() - EVENTS == {"microsoft_clarity", "hotjar_events", "pinterest_user"}
    assert CATALOGUE.pixels["pinterest_user"].read("GET", "/user/", "tid=2612345678901", "", b"") == []


def test_the_operators_own_account_and_the_wanted_event_are_taken():
    endpoint = fronted(CATALOGUE, CATALOGUE.pixels["meta_pixel"], ["purchase", "page_view"], "4711471147")
    assert endpoint.event == "purchase"
    values = Marks(20_783)
    parameters = endpoint.parameters(values)
    assert (parameters["id"], parameters["ev"]) == ("4711471147", "Purchase")
    assert parameters["eid"] == values["event.id"]
    assert values["mail"] in parameters["ud[em]"]
    assert values["page_path"] in parameters["dl"]


def test_most_pixels_with_parameters_carry_marks_of_their_own():
    read = [pixel for pixel in EVENTS.values() if pixel.rules]
    endpoints = [fronted(CATALOGUE, pixel, ["page_view"], "") for pixel in read]
    marked = []
    for endpoint in endpoints:
        values = Marks(20_783)
        endpoint.parameters(values)
        marked.append(bool(values))
    assert sum(marked) > 0.9 * len(marked)
