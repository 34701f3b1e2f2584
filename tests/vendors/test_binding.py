"""What an operator sets is held against what the manifest asks for, and no secret is repeated."""

import pytest

from gateway.vendors.binding import Binding, Problem, filled, problems

TOKEN = {"access_token": "s3cr3t"}


def found(catalogue, vendor, settings, secrets, endpoint=""):
    return problems(catalogue.manifests[vendor], Binding("x", settings, secrets, endpoint))


def test_a_binding_that_fits_has_no_problems(catalogue):
    assert found(catalogue, "meta", {"pixel_id": "12345"}, TOKEN, "http://127.0.0.1:9000/meta") == []
    assert found(catalogue, "meta", {}, TOKEN) == []
    assert found(catalogue, "jsonl", {"directory": "/var/lib/x"}, {}) == []


@pytest.mark.parametrize(
    ("vendor", "settings", "secrets", "endpoint", "problem"),
    [
        ("meta", {"pixel_id": "abc"}, TOKEN, "", Problem(("settings", "pixel_id"), "must match [0-9]{5,20}")),
        ("meta", {"pixel": "1"}, TOKEN, "", Problem(("settings", "pixel"), "meta has no such setting")),
        ("meta", {}, {}, "", Problem(("secrets", "access_token"), "is missing")),
        ("meta", {}, {**TOKEN, "x": "y"}, "", Problem(("secrets", "x"), "meta has no such secret")),
        ("meta", {}, {"access_token": "a\nb"}, "", Problem(("secrets", "access_token"), "must be printable ASCII")),
        ("meta", {"pixel_id": ["12345"]}, TOKEN, "", Problem(("settings", "pixel_id"), "must be text")),
        ("meta", {}, TOKEN, "ftp://x", Problem(("endpoint",), "must be http:// or https:// and a host")),
        ("jsonl", {}, {}, "", Problem(("settings", "directory"), "is missing")),
        ("jsonl", {"directory": "relative"}, {}, "", Problem(("settings", "directory"), "must match /[^?#%]{1,1000}")),
    ],
)
def test_a_problem_says_where_and_what(catalogue, vendor, settings, secrets, endpoint, problem):
    assert found(catalogue, vendor, settings, secrets, endpoint) == [problem]


def test_a_bad_signing_key_is_found_and_not_shown(catalogue):
    (problem,) = found(catalogue, "webhook", {"url": "https://a.example/"}, {"signing_secret": "whsec_hunter2"})
    assert problem.path == ("secrets", "signing_secret")
    assert "hunter2" not in problem.message


def test_defaults_are_filled_in(catalogue):
    settings = filled(catalogue.manifests["ga4"], {"measurement_id": "G-ABCD1"})
    assert settings == {"host": "region1.google-analytics.com", "measurement_id": "G-ABCD1"}


def test_a_trial_needs_a_vendor_that_can_try_and_what_it_tries_with(catalogue):
    meta = catalogue.manifests["meta"]
    binding = Binding("m", {"pixel_id": "12345"}, {"access_token": "T"}, test=True)
    assert problems(meta, binding) == [(("settings", "test_event_code"), "is missing: the test mode needs it")]
    assert problems(meta, binding._replace(settings={"pixel_id": "12345", "test_event_code": "T1"})) == []
    linkedin = catalogue.manifests["linkedin"]
    assert problems(linkedin, Binding("l", {}, {}, test=True))[-1] == (("test",), "linkedin has no test mode")


def test_a_secret_begins_as_its_vendor_says(catalogue):
    klaviyo = catalogue.manifests["klaviyo"]
    (problem,) = problems(klaviyo, Binding("k", {}, {"private_key": "public"}))
    assert problem == (("secrets", "private_key"), "must begin with pk_")
    assert problems(klaviyo, Binding("k", {}, {"private_key": "pk_1"})) == []
