"""What the docs say about manifests is true."""

import re
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.outbound import Erased, Outcome
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.checks import run_tests
from gateway.vendors.decoders import DECODERS
from gateway.vendors.flows import CLASSES
from gateway.vendors.functions import FUNCTIONS
from gateway.vendors.manifest import load_manifest
from gateway.vendors.schema import AUTH_KINDS, SKIPS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/manifests.md").read_text()
HOW_TO = (ROOT / "docs/how-to/add-a-vendor.md").read_text()
EXAMPLE, RELAY = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)


def test_the_example_loads_and_its_tests_hold(fixtures):
    catalogue = load_catalogue({"pebble.yaml": EXAMPLE})
    cases = run_tests(catalogue.manifests["pebble"], catalogue, fixtures)
    assert [case.failures for case in cases] == [()] * 4


def test_the_relay_of_the_guide_loads_and_its_tests_hold(fixtures):
    catalogue = load_catalogue({"marble.yaml": RELAY})
    cases = run_tests(catalogue.manifests["marble"], catalogue, fixtures)
    assert [case.failures for case in cases] == [()] * 3


def test_the_mistake_the_guide_shows_is_found_where_it_says():
    broken = EXAMPLE.replace("{$grant: ad_user_data, $value: = contact.email_sha256}", "= contact.email_sha256")
    with pytest.raises(ConfigurationError) as error:
        load_manifest(broken, "pebble.yaml")
    assert "\n".join(f"    {line}" for line in str(error.value).splitlines()) in HOW_TO


@pytest.mark.parametrize("word", [*FUNCTIONS, *DECODERS, *SKIPS, *AUTH_KINDS, *CLASSES, *Outcome, *Erased])
def test_every_word_of_the_language_is_in_the_reference(word):
    assert re.search(rf"`{re.escape(word)}\b", REFERENCE)


def test_the_page_of_vendors_says_who_can_delete_a_person(catalogue):
    page = (ROOT / "docs/reference/vendors.md").read_text()
    told = re.findall(r"^\| (\w+) \| (yes|partial) \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert told == [
        (manifest.id, manifest.erasure.supported, _listed(manifest.erasure.needs), _listed(_asked(manifest)))
        for manifest in catalogue.manifests.values()
        if manifest.erasure.steps
    ]


def _asked(manifest):
    """What has no default."""
    defaults = {f"settings.{name}" for name, setting in manifest.settings.items() if setting.default is not None}
    return manifest.erasure.asks - defaults


def _listed(names):
    return ", ".join(f"`{name}`" for name in sorted(names))
