"""What leaves without a guard cannot hold a person by the way it is read."""

import copy
import json
import re

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.decoders import DECODERS
from gateway.vendors.manifest import load_manifest
from gateway.vendors.unguarded import KEPT, let_through, problems

PEBBLE = {
    "apiVersion": "gateway/v1",
    "kind": "Destination",
    "metadata": {"id": "pebble", "vendor": "Pebble", "verified_on": "2026-11-23"},
    "privacy": {"purposes": ["advertising"], "requires": ["ad_storage"]},
    "pixel": {
        "response": "gif",
        "body": "none",
        "routes": [
            {"pixel": "pebble", "host": "px.pebble.example", "path": "/hit", "methods": ["GET"], "require": {"id": "[0-9]+"}}
        ],
        "event": {"absent": "page_view"},
        "params": {"id": {"to": "account", "match": "[0-9]+"}},
    },
    "api": {"relay": {"url": "https://px.pebble.example/hit"}},
    "erasure": {"supported": False, "note": "no"},
    "tests": [{"name": "x"}],
}  # fmt: skip


def codes(**changes):
    """What is wrong with the manifest when keys of its pixel section are changed."""
    value = copy.deepcopy(PEBBLE)
    for name, given in changes.items():
        value["pixel"][name] = {**value["pixel"].get(name, {}), **given}
    try:
        load_manifest(json.dumps(value), "pebble.yaml")
    except ConfigurationError as error:
        return {finding.code for finding in error.findings}
    return set()


def test_the_manifest_as_it_is_loads():
    assert codes() == set()


@pytest.mark.parametrize(
    "target", ["utm.source", "order.coupon", "order.value", "order.currency", "engagement.form", "email.campaign"]
)
@pytest.mark.parametrize("reading", ["text", "word", "sha256", "url"])
def test_a_free_field_takes_nothing_that_could_be_a_person(target, reading):
    assert codes(params={"em": {"to": target, "as": reading}}) == {"M008"}
    assert codes(params={"em": {"to": target, "match": ".*"}}) == {"M008"}


@pytest.mark.parametrize(
    "match", [".*", "[^ ]+", "[a-z@.]{3,60}", "fb\\.1\\.[0-9.]+", "[0-9a-f]{64}", "[0-9.]{7,15}", "[A-Za-z ]+"]
)
def test_no_person_is_an_account(match):
    assert codes(params={"em": {"to": "account", "match": match}}) == {"M008"}


@pytest.mark.parametrize("reading", ["text", "word"])
def test_a_contact_is_hashed_when_it_is_read(reading):
    assert codes(params={"em": {"to": "contact.email_sha256", "as": reading}}) == {"M008"}
    assert codes(page={"em": "contact.email_sha256"}) == {"M008"}
    assert codes(join={"contact.email_sha256": "{em}"}) == {"M008"}
    assert codes(params={"em": {"to": "contact.email_sha256", "as": "sha256"}}) == set()


def test_an_account_does_not_come_from_the_page_or_in_pieces():
    assert codes(page={"who": "account"}) == {"M008"}
    assert codes(join={"account": "{who}"}) == {"M008"}


@pytest.mark.parametrize(
    "match", ["fb\\.1\\.[0-9]{1,20}\\.[0-9]{1,20}", "[a-z]{1,20}\\.[a-z]{1,20}", "[0-9a-f]{32}", "[0-9a-f-]{36}", "GA1[.0-9]{1,40}", "[0-9.]{21}", "[0-9]{3}[.]0[.][0-9]{3}[.]0"]
)  # fmt: skip
def test_an_id_of_a_browser_is_not_kept(match):
    assert codes(params={"x": {"keep": "event", "match": match}}) == {"M009"}


def test_a_campaign_or_a_coupon_is_read_as_what_a_shop_chose():
    label = DECODERS["label"]
    for said in ("summer-sale", "SAVE10", "Black Friday 2026", "120211234567890123", "brand:de:2026", "Ä 5 %"):
        assert label(said) == said
    assert [said for said in KEPT if label(said) is not None] == [
        "Ann Smith",
        "ann.smith",
    ]  # a campaign may be called so


def test_a_sample_names_what_a_reading_lets_through():
    assert let_through(re.compile("[A-Z][a-z]+ [A-Z][a-z]+").fullmatch) == "Ann Smith"
    assert list(problems(["page.title", "order.id"], str)) == []
    assert [problem.split()[0] for problem in problems(["account", "utm.term"], str)] == ["account", "utm.term"]
