from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.again import weaken
from gateway.anonymise.derive import Anonymiser, Occasion, Rules
from gateway.anonymise.ip import Kept
from gateway.anonymise.scrub.detect import scrubber
from gateway.anonymise.scrub.rules import ScrubRules
from gateway.decision import Reason, Sends, Verdict
from gateway.event import Event
from gateway.facts import Facts
from gateway.hit import Hit, RawEvent
from gateway.keys import Keys
from gateway.taxonomy import LEVELS, transform_of

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
FIELDS = [
    "client.ip", "device.user_agent", "page.url", "page.referrer", "event.time", "id.visitor", "click.gclid", "geo.country",
    "geo.region", "contact.email_sha256", "order.value", "event.name",
]  # fmt: skip
RAW = RawEvent(
    "purchase",
    {
        "page.url": "https://shop.example/a/123456789?utm_source=news&q=john@example.com&x=1",
        "page.referrer": "https://www.shop.example/results?q=x",
        "id.visitor": "v-4711",
        "click.gclid": "Cj0",
        "contact.email_sha256": "a" * 64,
        "order.value": "9.50",
    },
)
OCCASION = Occasion(
    Hit("GET", "/tr", "", {b"user-agent": [AGENT.encode()]}, b"", "10.0.0.1", 1_764_079_697.0, "shop"),
    Facts(("US-CA",)),
    lambda hit: ip_address("203.0.113.77"),
    "",
    "print",
)
RULES = Rules(clicks={"meta": frozenset(("click.gclid",))})
ANONYMISER = Anonymiser(Keys(b"r" * 32), lambda day: b"s" * 32, RULES)


def derive(sends):
    return ANONYMISER.derive(RAW, OCCASION, Verdict("meta", True, Reason.CONSENT, sends), lambda: "fallback")


def level_of(field):
    transform = transform_of(field)
    return st.just("") if transform is None else st.sampled_from(LEVELS[transform])


def sends(names=FIELDS):
    levels = st.fixed_dictionaries({}, optional={name: level_of(name) for name in names})
    words = st.frozensets(st.sampled_from(["utm_source", "q", "x"]))
    grants = st.frozensets(st.sampled_from(["ad_storage", "analytics_storage"]))
    return st.builds(Sends, levels, words, grants)


def again(field, had, wanted, **details):
    first = derive(Sends({field: had}, frozenset(("utm_source", "x"))))
    return weaken(first, Sends({field: wanted}, **details)).fields.get(field)


@pytest.mark.parametrize(
    ("field", "had", "wanted", "expected"),
    [
        ("client.ip", "full", "truncate", "203.0.113.0"),
        ("client.ip", "truncate", "full", "203.0.113.0"),
        ("client.ip", "full", "hash", None),
        ("client.ip", "full", "prefix", None),
        ("client.ip", "hash", "truncate", None),
        ("client.ip", "truncate", "country", None),
        ("device.user_agent", "full", "family", "Chrome/142 (Linux; desktop)"),
        ("device.user_agent", "full", "class", "desktop"),
        ("device.user_agent", "family", "class", "desktop"),
        ("device.user_agent", "class", "full", "desktop"),
        ("page.url", "full", "path", "https://shop.example/a/[id]"),
        ("page.url", "full", "origin", "https://shop.example/"),
        ("page.url", "path", "full", "https://shop.example/a/[id]"),
        ("page.url", "allowlist", "allowlist", "https://shop.example/a/[id]"),
        ("page.url", "full", "drop", None),
        ("page.referrer", "full", "origin", "https://www.shop.example/"),
        ("page.referrer", "path", "path", "https://www.shop.example/results"),
        ("id.visitor", "raw", "raw", "v-4711"),
        ("id.visitor", "raw", "keyed_hash", None),
        ("id.visitor", "keyed_hash", "daily_hash", None),
        ("event.time", "exact", "minute", "2025-11-25T14:08:00Z"),
        ("event.time", "exact", "hour", "2025-11-25T14:00:00Z"),
        ("event.time", "exact", "day", "2025-11-25T00:00:00Z"),
        ("event.time", "minute", "hour", "2025-11-25T14:00:00Z"),
        ("event.time", "minute", "day", "2025-11-25T00:00:00Z"),
        ("event.time", "hour", "day", "2025-11-25T00:00:00Z"),
        ("event.time", "day", "exact", "2025-11-25T00:00:00Z"),
        ("geo.country", "region", "country", "US"),
        ("geo.region", "region", "country", None),
        ("click.gclid", "raw", "raw", "Cj0"),
        ("click.gclid", "raw", "drop", None),
        ("contact.email_sha256", "hash", "hash", "a" * 64),
        ("contact.email_sha256", "hash", "drop", None),
        ("order.value", "", "", "9.50"),
        ("page.url", "path", "unheard", None),
        ("page.url", "path", "", None),
    ],
)
def test_the_stricter_level_holds_and_what_cannot_be_made_is_dropped(field, had, wanted, expected):
    assert again(field, had, wanted) == expected


def test_what_the_operator_calls_harmless_is_not_masked_after_all():
    rules = Rules(scrubber=scrubber(ScrubRules(harmless=("branch_tel",))))
    page = "https://shop.example/a?branch_tel=%2B4917612345678"
    raw = RawEvent("purchase", {"page.url": page})
    had = Sends({"page.url": "full"})
    first = Anonymiser(Keys(b"r" * 32), lambda day: b"s" * 32, rules).derive(
        raw, OCCASION, Verdict("meta", True, Reason.CONSENT, had), lambda: "fallback"
    )
    listed = Sends({"page.url": "allowlist"}, frozenset(("branch_tel",)))
    assert weaken(first, listed, rules).fields == {"page.url": page}
    assert "[phone]" in weaken(first, listed).fields["page.url"]


def test_a_shorter_list_of_parameters_holds_too():
    assert (
        again("page.url", "allowlist", "allowlist", url_params=frozenset(("x",))) == "https://shop.example/a/[id]?x=1"
    )


def test_a_field_no_longer_listed_is_gone_and_a_group_lists_its_fields():
    event = derive(Sends({"id.visitor": "raw", "order.value": ""}))
    assert weaken(event, Sends({"order.value": ""})).fields == {"order.value": "9.50"}
    assert weaken(event, Sends({"id.*": "raw"})).fields == {"id.visitor": "v-4711"}


def test_an_unknown_level_of_what_was_kept_is_not_trusted():
    event = Event(
        "i", "meta", "purchase", 1, "shop", Facts(), {"page.url": "https://a.example/b"}, {"page.url": "unheard"}
    )
    assert weaken(event, Sends({"page.url": "origin"})).fields == {}
    event = Event("i", "meta", "purchase", 1, "shop", Facts(), {"event.time": 7}, {"event.time": "exact"})
    assert weaken(event, Sends({"event.time": "day"})).fields == {}
    event = Event("i", "meta", "purchase", 1, "shop", Facts(), {"client.ip": "x"}, {"client.ip": "full"})
    assert weaken(event, Sends({"client.ip": "truncate"})).fields == {}


def test_a_value_that_does_not_say_how_it_was_weakened_is_dropped():
    event = Event(
        "i", "meta", "purchase", 1, "shop", Facts(), {"page.url": "https://a.example/b", "id.visitor": "v"}, {}
    )
    assert weaken(event, Sends({"page.url": "path", "id.visitor": "raw"})).fields == {}
    assert weaken(event, Sends({"page.url": "", "id.visitor": ""})).fields == {}


def test_everything_else_stays():
    event = derive(Sends({"order.value": ""}, frozenset(), frozenset(("ad_storage",))))
    assert (
        weaken(event, Sends({"order.value": ""}, frozenset(), frozenset(("ad_storage", "analytics_storage")))) == event
    )


@given(sends(), sends())
@settings(max_examples=200, deadline=None)
def test_weakening_twice_is_weakening_once(first, second):
    once = weaken(derive(first), second)
    assert weaken(once, second) == once


@given(sends(), sends())
@settings(max_examples=200, deadline=None)
def test_nothing_is_added_and_no_level_becomes_weaker(first, second):
    before = derive(first)
    after = weaken(before, second)
    assert set(after.fields) <= set(before.fields) & set(second.levels)
    assert after.grants == before.grants & second.grants
    for field, level in after.levels.items():
        order = LEVELS[transform_of(field)]
        assert order.index(level) >= max(order.index(before.levels[field]), order.index(second.levels[field]))


@given(sends(["page.url", "page.referrer", "device.user_agent", "event.time", "geo.country", "order.value"]), sends())
@settings(max_examples=200, deadline=None)
def test_what_needs_no_key_comes_out_as_if_derived_strictly_at_once(first, second):
    both = {
        field: max(level, second.levels[field], key=LEVELS[transform_of(field)].index) if transform_of(field) else ""
        for field, level in first.levels.items()
        if field in second.levels
    }
    lists = [sends.url_params for sends in (first, second) if sends.levels.get("page.url") == "allowlist"]
    at_once = derive(Sends(both, lists[0].intersection(*lists) if lists else frozenset()))
    later = weaken(derive(first), second)
    assert {field: later.fields.get(field) for field in both} == {field: at_once.fields.get(field) for field in both}


def test_the_operator_may_leave_less_of_an_address_here_too():
    event = derive(Sends({"client.ip": "full"}))
    assert weaken(event, Sends({"client.ip": "truncate"})).fields["client.ip"] == "203.0.113.0"
    assert weaken(event, Sends({"client.ip": "truncate"}), Rules(kept=Kept(16, 24))).fields["client.ip"] == "203.0.0.0"
