"""The tests that manifests bring along hold, and one that does not is found."""

from datetime import date

import pytest

from gateway.vendors.catalogue import FIXTURES, SHIPPED, load_catalogue
from gateway.vendors.checks import failing, run_tests, stale


@pytest.mark.parametrize("file", SHIPPED)
def test_every_test_of_a_shipped_manifest_holds(file, catalogue, fixtures):
    cases = run_tests(catalogue.manifests[file.removesuffix(".yaml")], catalogue, fixtures)
    assert len(cases) >= 3
    assert [(case.name, case.failures) for case in cases if case.failures] == []


def cases_of(texts, fixtures, file, test):
    text = texts[file][: texts[file].index("\ntests:")] + "\ntests:\n  - " + test + "\n"
    catalogue = load_catalogue({file: text})
    return run_tests(catalogue.manifests[file.removesuffix(".yaml")], catalogue, fixtures)[0].failures


@pytest.mark.parametrize(
    ("test", "failure"),
    [
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, expect: {method: GET}}", "method is 'POST'"),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, expect: {body.nope: 1}}", "body.nope is missing"),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, absent: [body.data]}", "body.data is there"),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, contains: [nope]}", '"nope" is not in the request'),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, never: [Purchase]}", '"Purchase" leaks'),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, skip: consent}", "skipped for nothing"),
        ("{name: x, event: purchase, skip: consent}", "skipped for no_route"),
        ("{name: x, event: purchase, settings: {pixel_id: '12345'}, never: [1e9]}", '"never" is a list of texts'),
        ("{name: x, event: purchase, settings: {pixel_id: abc}, never: [x]}", "settings.pixel_id must match"),
        ("{name: x, event: purchase}", "it expects nothing"),
        ("{name: x, event: nothing, never: [x]}", 'no fixture "nothing"'),
        ("{name: x, event: purchase, nver: [x]}", 'did you mean "never"?'),
        ("{name: x}", "it needs one of event, hit, outcome"),
        ("{name: x, outcome: {status: 500}, then: ok}", "the outcome is retry"),
        ("{name: x, hit: {url: 'https://a.example/'}, decode: {name: x}}", "the hit is not recognised"),
        ("{name: x, hit: {url: 'https://www.facebook.com/tr?id=12345&ev=Lead'}, decode: {name: x}}", "name is 'generate_lead'"),
        ("{name: x, hit: {url: 'https://www.facebook.com/tr?id=12345&ev=Lead'}, decode: [{}, {}]}", "1 events, not 2"),
        ("{name: x, hit: {url: 'https://www.facebook.com/tr?id=12345&ev=Lead'}, never: [generate_lead]}", "leaks"),
        ("{name: x, hit: {url: 'https://www.facebook.com/tr?id=12345'}, decode: {}}", "no account or no event"),
    ],
)  # fmt: skip
def test_a_test_that_does_not_hold_says_what_it_found(texts, fixtures, test, failure):
    assert failure in "\n".join(cases_of(texts, fixtures, "meta.yaml", test))


def test_a_failing_test_is_told_at_its_place_in_the_file(texts):
    assert failing(load_catalogue(texts), texts, SHIPPED) == []
    broken = {"jsonl.yaml": texts["jsonl.yaml"].replace("{status: 507}, then: retry", "{status: 507}, then: ok")}
    broken[FIXTURES] = texts[FIXTURES]
    (finding,) = failing(load_catalogue(broken), broken, broken)
    assert (finding.code, finding.file) == ("M020", "jsonl.yaml")
    assert "disk full" in broken["jsonl.yaml"].splitlines()[finding.line - 1]


def test_a_manifest_that_grows_old_is_a_warning(texts, catalogue):
    meta = catalogue.manifests["meta"]
    assert stale(meta, date(2026, 11, 25)) == []
    (warning,) = stale(meta, date(2027, 6, 1))
    assert (warning.code, warning.severity, warning.line) == ("M022", "warning", 8)
    text = texts["meta.yaml"].replace("api_version: v25.0", "api_version: v25.0\n  api_version_sunset: 2026-12-24")
    sunset = load_catalogue({"meta.yaml": text}).manifests["meta"]
    assert [warning.code for warning in stale(sunset, date(2026, 11, 25))] == ["M021"]


def test_every_trial_is_tested(catalogue):
    for manifest in catalogue.manifests.values():
        tried = any(test.get("test") for test in manifest.document.value["tests"])
        assert tried == (manifest.api.test is not None), manifest.id
