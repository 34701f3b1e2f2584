import json

import pytest

from gateway.consent.invalid import Invalid
from gateway.consent.string_json import KINDS
from tests.consent.strings import strings

NOW = 1_795_000_000.0
FILES = ("tcf", "gpp", "usp", "ac", "google")


@pytest.mark.parametrize("name", FILES)
def test_every_string_shows_what_it_says(name):
    for row in strings(name):
        shown = KINDS[row["kind"]](row["text"], NOW)
        if row["says"] is None:
            assert isinstance(shown, Invalid), row
        else:
            assert json.loads(json.dumps(shown)) == row["says"], row


def test_what_is_damaged_is_refused():
    for row in strings("damaged"):
        shown = KINDS[row["kind"]](row["text"], NOW)
        assert isinstance(shown, Invalid) is ("says_too" not in row), row["about"]


def test_every_kind_refuses_nothing_at_all():
    assert all(isinstance(show("", NOW), Invalid) for show in KINDS.values())


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("usp", "1---", {"version": 1, "notice": "-", "optOutSale": "-", "lspa": "-", "applies": False,
                         "sale": "not_applicable"}),
        ("dma", "1", {"digital_markets_act": "applies"}),
        ("dma", "0", {"digital_markets_act": "does_not_apply"}),
        ("dma", "sa", {"core_platform_services": ["s", "a"]}),
    ],
)  # fmt: skip
def test_it_shows_what_no_file_has(kind, text, says):
    assert KINDS[kind](text, NOW) == says
