"""The page's own address tells of its campaign what the pixel does not, and nothing where it cannot be read."""

import pytest

from gateway.vendors.decoders import label, word
from gateway.vendors.found import Found, Rule
from gateway.vendors.page_address import page_address

RULES = {"utm_source": Rule(("utm.source",), label), "gclid": Rule(("click.gclid",), word)}


def told(address, **given):
    found = Found({"page.url": address, **given})
    page_address(RULES).tell(found)
    found.take("page.url")
    return dict(found)


def test_it_tells_the_parameters_that_have_a_rule():
    assert told("https://a.example/?utm_source=news&gclid=Cj0&q=shoes") == {"utm.source": "news", "click.gclid": "Cj0"}


@pytest.mark.parametrize(
    "address",
    ["https://a.example/", "https://a.example/?", "https://a.example/?utm_source=%", "https://a.example/?q=1#&utm_source=no",
     "https://a.example/?utm_source=ann@mail.example"],
)  # fmt: skip
def test_it_tells_nothing_where_there_is_nothing_to_read(address):
    assert told(address) == {}


def test_a_page_without_an_address_tells_nothing():
    found = Found()
    page_address(RULES).tell(found)
    assert dict(found) == {}


def test_what_the_pixel_itself_says_comes_first():
    assert told("https://a.example/?utm_source=news", **{"utm.source": "mail"}) == {"utm.source": "mail"}


def test_its_fields_are_those_of_its_rules_and_without_rules_there_is_none():
    assert page_address(RULES).fields == {"utm.source", "click.gclid"}
    assert page_address({}) is None
