"""The pixel section becomes one table, and what it would relay can hold nobody."""

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.manifest import load_manifest


def refused(texts, old, new, file="linkedin.yaml"):
    assert old in texts[file]
    with pytest.raises(ConfigurationError) as error:
        load_manifest(texts[file].replace(old, new, 1), file)
    return {finding.code for finding in error.value.findings}, str(error.value)


@pytest.mark.parametrize("pattern", [".*", "[a-z0-9]+", "[A-Za-z0-9@.]{1,40}", "[0-9.]+", "[0-9a-f:]{2,40}", "https.*"])
def test_a_kept_parameter_cannot_hold_a_person(texts, pattern):
    codes, said = refused(texts, '{keep: technical, match: "[0-9]{1,2}"}', f'{{keep: technical, match: "{pattern}"}}')
    assert codes == {"M009"}
    assert "would let" in said


def test_a_kept_parameter_needs_a_pattern(texts):
    assert refused(texts, '{keep: technical, match: "[0-9]{1,2}"}', "{keep: technical}")[0] == {"M009"}


def test_only_what_is_technical_an_account_or_an_event_is_kept(texts):
    assert refused(texts, "{keep: technical,", "{keep: visitor_id,")[0] == {"M001"}


def test_a_parameter_says_where_it_goes_and_what_it_is(texts):
    assert refused(texts, "{to: page.url, as: url}", "{to: page.url}")[0] == {"M008"}
    assert refused(texts, "{to: page.url, as: url}", "{as: url}")[0] == {"M008"}


def test_the_account_is_required(texts):
    required = 'require: {pid: "[0-9]{2,12}(?:,[0-9]{2,12})?(?:,[0-9]{2,12})?"}'
    assert refused(texts, required, "require: {}")[0] == {"M008"}
    assert refused(texts, "pid: {to: account,", "x: {to: id.user,")[0] == {"M008"}


def test_a_series_and_both_spellings_of_brackets_are_in_the_table(catalogue):
    rules = catalogue.pixels["ga4_collect"].rules
    assert rules["pr1"] is rules["pr200"]
    assert "pr201" not in rules
    meta = catalogue.pixels["meta_pixel"].rules
    assert meta["cd[value]"] is meta["cd%5Bvalue%5D"]
