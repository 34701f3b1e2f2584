"""A manifest that is wrong does not load, and says where."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.checks import run_tests
from gateway.vendors.manifest import load_manifest

OTHERS = sorted((Path(__file__).parent / "data" / "manifests").glob("*.yaml"))


def broken(texts, file, old, new):
    assert old in texts[file]
    with pytest.raises(ConfigurationError) as error:
        load_manifest(texts[file].replace(old, new, 1), file)
    return error.value.findings


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_the_language_carries_every_kind_of_vendor(path, fixtures):
    """Ten manifests that are not shipped: conversion APIs, CRM, analytics, affiliate, a database over HTTP."""
    manifest = load_manifest(path.read_text(), path.name)
    cases = run_tests(manifest, Catalogue({}, {}), fixtures)
    assert cases
    assert [(case.name, case.failures) for case in cases if case.failures] == []


def test_a_manifest_says_what_it_needs(texts):
    manifest = load_manifest(texts["ga4.yaml"], "ga4.yaml")
    assert (manifest.id, manifest.account, manifest.api.age_limit) == ("ga4", "measurement_id", 259_200)
    assert [pixel.id for pixel in manifest.pixels] == ["ga4_collect", "ga4_first_party"]
    assert not manifest.api.repeatable
    assert manifest.sends["click_id"] == {"ad_user_data"}


def test_what_a_vendor_lets_one_ask_is_carried(catalogue):
    limits = {name: catalogue.manifests[name].api.rate_limit for name in ("linkedin_conversions", "x_ads", "webhook")}
    assert limits == {"linkedin_conversions": (600, 60, 300_000), "x_ads": (60_000, 900, 0), "webhook": (0, 0, 0)}


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "said"),
    [
        ("meta.yaml", "  vendor: Meta\n", "", "M001", '"vendor" is missing'),
        ("meta.yaml", "purposes: [advertising]", "purposes: [ads]", "M001", '"ads" is not known here'),
        ("tiktok.yaml", "rate_limit:", "ratelimit:", "M002", 'did you mean "rate_limit"?'),
        ("meta.yaml", "age_limit: 7d", "age_limit: 7 days", "M001", "a duration"),
        ("meta.yaml", "then: throttle", "then: trottle", "M001", 'did you mean "throttle"?'),
        ("meta.yaml", "kind: query", "kind: oauth1", "M001", "oauth1"),
        ("meta.yaml", "secret: access_token}", "secret: token}", "M004", "not declared under secret"),
        ("meta.yaml", "name: access_token, secret", "secret", "M003", 'query needs "name"'),
        ("meta.yaml", "https://graph.facebook.com", "https://10.0.0.1", "M006", "no public host name"),
        ("meta.yaml", "https://graph.facebook.com", "http://graph.facebook.com", "M006", "is https"),
        ("meta.yaml", 'match: "[0-9]{5,20}"', 'match: "([0-9]+)+"', "M007", "may vary"),
        ("meta.yaml", "order.currency, as: currency", "order.curency, as: currency", "M004", "no field"),
        ("meta.yaml", "as: currency", "as: curency", "M001", 'did you mean "currency"?'),
        ("meta.yaml", "= event.time | epoch_s", "= event.tiem | epoch_s", "M004", "no field of the group event"),
        ("meta.yaml", "reason: no_time", "reason: whatever", "M001", "whatever"),
        ("ga4.yaml", "on_denied: limited", "on_denied: limited\n  requires: [ad_storage]", "M003", "limited belongs"),
        ("ga4.yaml", "subject.id.ga_client_id", "subjekt.id.ga_client_id", "M004", "unknown path"),
        ("linkedin.yaml", "  id: linkedin", "  id: linkedin\n  id: again", "Y002", "given twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(texts, file, old, new, code, said):
    findings = broken(texts, file, old, new)
    assert code in [finding.code for finding in findings]
    assert said in "\n".join(str(finding) for finding in findings)
    line = texts[file][: texts[file].index(old)].count("\n") + 1
    assert any(abs(finding.line - line) <= 2 for finding in findings) or "missing" in said


def test_a_manifest_without_tests_does_not_load(texts):
    text = texts["jsonl.yaml"]
    with pytest.raises(ConfigurationError, match='"tests" is missing'):
        load_manifest(text[: text.index("tests:")], "jsonl.yaml")


def test_a_document_that_is_no_mapping_is_refused():
    with pytest.raises(ConfigurationError, match="must be a mapping"):
        load_manifest("- 1", "x.yaml")
