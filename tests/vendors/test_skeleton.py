"""What a new vendor begins with loads, and its tests hold."""

from datetime import date
from importlib.resources import files

import pytest

from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.checks import run_tests, stale
from gateway.vendors.skeleton import SKELETON, skeleton

TODAY = date(2026, 11, 26)


@pytest.fixture
def text():
    return (files("gateway.vendors") / SKELETON).read_text("utf-8")


@pytest.mark.parametrize("identity", ["pebble", "ab", "a_b_c", "x9_", "a" * 35])
def test_it_loads_under_any_id_and_its_tests_hold(text, fixtures, identity):
    catalogue = load_catalogue({f"{identity}.yaml": skeleton(text, identity, TODAY)})
    manifest = catalogue.manifests[identity]
    cases = run_tests(manifest, catalogue, fixtures)
    assert len(cases) >= 3
    assert [case.failures for case in cases if case.failures] == []
    assert stale(manifest, TODAY) == []


def test_nothing_of_the_pattern_is_left(text):
    made = skeleton(text, "pebble_ads", TODAY)
    assert not any(word in made for word in ("new_vendor", "new-vendor", "New Vendor", "1970"))
    assert "vendor: Pebble Ads" in made
    assert "api.pebble-ads.example" in made


@pytest.mark.parametrize("identity", ["", "A", "9a", "a-b", "a" * 36, "../x", "a\n"])
def test_what_is_no_id_is_refused(text, identity):
    with pytest.raises(ValueError, match="snake case"):
        skeleton(text, identity, TODAY)
