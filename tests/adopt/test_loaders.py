import re
from pathlib import Path

import pytest

import gateway.web.tag
from gateway.adopt.loaders import LOADERS, TAKEN
from gateway.adopt.page import adopt
from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue

CATALOGUE = load_catalogue(manifests())


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.id)
def test_a_loader_hangs_on_a_vendor_that_is_shipped(loader):
    assert not loader.vendor or loader.vendor in CATALOGUE.manifests
    assert (loader.tier == "B") == bool(loader.option)


def test_the_queues_said_to_be_taken_are_those_that_the_tag_takes():
    queues = (Path(gateway.web.tag.__file__).parent / "queues.js").read_text("utf-8")
    found = re.findall(r"\btake(?:List|Calls)\('(\w+)'|\(window\.(\w+) = \[\]\)", queues)
    assert {listed or made for listed, made in found} == TAKEN


@pytest.mark.parametrize("loader", [each for each in LOADERS if each.option], ids=lambda loader: loader.id)
def test_an_option_names_a_pixel_of_its_vendor(loader):
    pixels = [pixel.id for pixel in CATALOGUE.manifests[loader.vendor].pixels]
    assert any(f"{{host}}/g/{pixel}" in loader.option for pixel in pixels)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("qp('track','x')", "quora"),
        ("window.uetq.push('event')", "uet"),
        ("ttq.track('x')", "tiktok"),
        ("posthog.init('x',{api_host:'y'})", "posthog"),
        ("dataLayer.push({event:'x'})", "gtm"),
        ("gtag('event','x')", "google_tag"),
    ],
)
def test_a_call_is_known_by_its_queue(text, id_):
    assert [each.id for each in adopt(text, CATALOGUE, kind="script").found] == [id_]


@pytest.mark.parametrize(
    "text", ["my_fbq('x')", "a.fbq('x')", "'fbq('", "function gtag(){dataLayer.push(arguments)}", "fbqx()"]
)
def test_what_only_looks_like_a_call_is_none(text):
    assert adopt(text, CATALOGUE, kind="script").found == ()
