"""No edit of a shipped manifest that would send more about a person than its contract says gets past the loader."""

import copy
import json

import pytest

from gateway.errors import ConfigurationError
from gateway.taxonomy import ISSUER_OF
from gateway.vendors.catalogue import SHIPPED
from gateway.vendors.issuers import company_of
from gateway.vendors.manifest import load_manifest
from gateway.vendors.relay import expanded

LEAKS = {
    "contact.email_sha256": "contact_hash",
    "id.user": "visitor_id",
    "client.ip": "ip",
    "device.user_agent": "device",
    "geo.region": "geo",
    "page.url": "page_url",
    "page.title": "page_title",
    "order.id": "order_id",
    "params.note": "free_text",
}


def edited(value, source):
    """The manifest with one more parameter in its request, made of a field."""
    made = copy.deepcopy(value)
    api = made["api"]
    if "relay" in api:
        api["relay"].setdefault("set", {})["leak"] = f"= {source}"
    else:
        api["event"] = {"$merge": [api["event"], {"leak": f"= {source}"}]}
    return made


def refused(value, name):
    with pytest.raises(ConfigurationError) as error:
        load_manifest(json.dumps(value), name)
    return {finding.code for finding in error.value.findings}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_field_of_a_class_that_is_not_declared_or_not_guarded_does_not_leave(name, catalogue):
    manifest = catalogue.manifests[name.removesuffix(".yaml")]
    value = manifest.document.value
    for source, data in LEAKS.items():
        needed = manifest.sends.get(data)
        if needed is None or not needed <= manifest.requires:
            assert refused(edited(value, source), name) == {"M010"}, source


@pytest.mark.parametrize("name", SHIPPED)
def test_a_click_of_another_company_does_not_leave(name, catalogue):
    manifest = catalogue.manifests[name.removesuffix(".yaml")]
    value = manifest.document.value
    company = company_of(value["metadata"], expanded(value)["request"]["url"])
    for click in ("gclid", "fbc", "awc", "cjevent"):
        if ISSUER_OF[click] != company:
            assert "M011" in refused(edited(value, f"click.{click}"), name), click


@pytest.mark.parametrize("name", SHIPPED)
def test_a_contract_without_one_of_its_classes_does_not_hold(name, catalogue):
    manifest = catalogue.manifests[name.removesuffix(".yaml")]
    relayed = "relay" in manifest.document.value["api"]
    sent = {flow.data for flow in manifest.flows}
    for data in manifest.sends.keys() & sent:
        value = copy.deepcopy(manifest.document.value)
        del value["privacy"]["sends"][data]
        if relayed:
            # A relay drops what its contract does not name, unless the manifest sends it in so many words.
            try:
                flows = load_manifest(json.dumps(value), name).flows
            except ConfigurationError as error:
                # What is not sent any more cannot be what a person is deleted by, either.
                assert {finding.code for finding in error.findings} <= {"M010", "M013"}, data
            else:
                assert data not in {flow.data for flow in flows}, data
        else:
            assert refused(value, name) == {"M010"}, data
