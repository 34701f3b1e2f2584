import pytest

from gateway.policy.lint_data import is_telling
from tests.policy.made import SMALL, codes, findings


def test_an_allowlist_that_allows_nothing_is_found_where_it_is_asked_for():
    (one,) = findings("anonymise: {url: origin}", "anonymise: {url: allowlist}")
    assert (one.code, one.line, one.column) == ("P093", 21, 22)
    assert codes("anonymise: {url: origin}", "anonymise: {url: allowlist}\n    url_params: [utm_source]") == []
    assert codes("anonymise: {url: origin}", "anonymise: {url: allowlist}\n    url_params: []") == ["P093"]


@pytest.mark.parametrize(
    "name", ["email", "user_email", "E-Mail", "phone", "tel", "access_token", "reset-password", "name", "sid"]
)
def test_a_parameter_that_tells_of_a_person_is_found_by_its_name(name):
    assert is_telling(name)
    (one,) = findings("anonymise: {url: origin}", f"anonymise: {{url: origin}}\n    url_params: [utm_source, {name}]")
    assert (one.code, one.line, one.column) == ("P094", 22, 30)


@pytest.mark.parametrize(
    "name", ["utm_source", "utm_medium", "utm_campaign", "gclid", "ref", "page", "q", "hotel", "lang"]
)
def test_a_parameter_that_tells_nothing_is_fine(name):
    assert not is_telling(name)


def test_what_a_person_typed_needs_a_purpose_that_asks_first():
    typed = SMALL.replace("    fields: [page.url]\n    anonymise", "    fields: [page.url, contact]\n    anonymise")
    assert codes(text=typed) == []
    (one,) = findings("advertising: opt_in", "advertising: opt_out", typed)
    assert (one.code, one.line, one.column) == ("P095", 19, 14)
    assert codes("advertising: opt_in", "advertising: opt_out") == []
    sensitive = typed.replace("family: advertising", "family: sensitive")
    assert "P095" not in codes("advertising: opt_in", "sensitive: opt_out", sensitive)
    form = typed.replace("contact]", "engagement.form]")
    assert "P095" in codes("advertising: opt_in", "advertising: notice", form)
