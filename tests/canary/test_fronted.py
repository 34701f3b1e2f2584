"""A hit of every pixel in the catalogue can be written from its manifest, is taken by it, and is full of marks."""

from urllib.parse import urlencode

import pytest

from gateway.bootstrap.shipped import manifests
from gateway.canary.fronted import fronted
from gateway.canary.marks import Marks
from gateway.vendors.catalogue import load_catalogue

CATALOGUE = load_catalogue(manifests())


@pytest.mark.parametrize("pixel", CATALOGUE.pixels.values(), ids=CATALOGUE.pixels)
def test_every_pixel_can_be_written(pixel):
    endpoint = fronted(CATALOGUE, pixel, ["page_view"], "")
    assert endpoint is not None
    values = Marks(20_783)
    query = urlencode(endpoint.parameters(values))
    raws = pixel.read("GET", endpoint.get.removeprefix(f"/g/{pixel.id}"), query, "", b"")
    assert raws[0].name == endpoint.event
    assert endpoint.source == pixel.id
    assert any(value in query for value in values.values())


def test_the_operators_own_account_and_the_wanted_event_are_taken():
    endpoint = fronted(CATALOGUE, CATALOGUE.pixels["meta_pixel"], ["purchase", "page_view"], "4711471147")
    assert endpoint.event == "purchase"
    values = Marks(20_783)
    parameters = endpoint.parameters(values)
    assert (parameters["id"], parameters["ev"]) == ("4711471147", "Purchase")
    assert parameters["eid"] == values["event.id"]
    assert values["mail"] in parameters["ud[em]"]
    assert values["page_path"] in parameters["dl"]
