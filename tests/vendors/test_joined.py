"""An address that comes in pieces is put together, or it is none."""

import pytest

from gateway.vendors.decoders import url
from gateway.vendors.found import Found
from gateway.vendors.joined import Joined

ADDRESS = Joined("page.url", "{scheme}//{host}{path}", url)


def settled(given=None, **pieces):
    rules, found = dict(ADDRESS.rules()), Found(given)
    for name, value in pieces.items():
        found.put(rules[name], value)
    ADDRESS.settle(found)
    return dict(found)


def test_the_pieces_make_one_value_and_are_gone():
    assert settled(scheme="https:", host="shop.example", path="/a") == {"page.url": "https://shop.example/a"}


@pytest.mark.parametrize("missing", ["scheme", "host", "path"])
def test_a_missing_piece_leaves_nothing(missing):
    pieces = {"scheme": "https:", "host": "shop.example", "path": "/a"}
    assert settled(**{name: value for name, value in pieces.items() if name != missing}) == {}


def test_what_is_no_address_as_a_whole_is_none():
    assert settled(scheme="javascript:", host="x", path="") == {}
    assert settled(scheme="https:", host="{path}", path="/\n") == {}


def test_a_value_that_is_there_stands():
    assert settled({"page.url": "https://a.example/"}, scheme="https:", host="b.example", path="/") == {
        "page.url": "https://a.example/"
    }
