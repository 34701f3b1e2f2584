import json
import re
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise import ip
from gateway.anonymise.derive import Anonymiser, Occasion, Rules
from gateway.decision import Reason, Sends, Verdict
from gateway.event import Event
from gateway.facts import Facts, Signals, Vote
from gateway.hit import Alone, Hit, RawEvent, Vouched
from gateway.keys import Keys, Subjects

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
HEADERS = {
    "user-agent": AGENT,
    "accept-language": "de-AT,de;q=0.9,en;q=0.8",
    "referer": "https://shop.example/from-header?email=john@example.com",
}
ADDRESS = ip_address("203.0.113.77")
NOW = 1_764_079_697.75  # 2025-11-25T14:08:17Z
FALLBACK = "00000000-0000-4000-8000-000000000000"
RULES = Rules(clicks={name: frozenset(("click.gclid",)) for name in ("meta", "ga4", "one", "other")})
ANONYMISER = Anonymiser(Keys(b"r" * 32), lambda day: day.to_bytes(32, "big"), RULES)
FIELDS = {
    "page.url": "https://shop.example/thanks?utm_source=news&email=john@example.com",
    "page.title": "Thanks",
    "page.referrer": "https://www.search.example/results?q=shoes",
    "order.value": "715.60",
    "order.currency": "EUR",
    "order.id": "#305421",
    "id.visitor": "v-4711",
    "id.fbp": "fb.1.1771.8030653696",
    "click.gclid": "Cj0-abc_1",
    "contact.email_sha256": "A" * 64,
    "params.size": "xl",
}


def occasion(*, headers=None, address=ADDRESS, regions=("US-CA",), received=NOW, site="shop", facts=None):
    values = {
        name.encode(): [text.encode("latin-1")] for name, text in (HEADERS if headers is None else headers).items()
    }
    return Occasion(
        Hit("GET", "/tr", "", values, b"", "10.0.0.1", received, site),
        facts or Facts(regions),
        lambda hit: address,
        "subject",
        "print",
    )


def derive(levels, *, raw=None, fields=None, destination="meta", anonymiser=ANONYMISER, params=(), **details):
    raw = raw or RawEvent(
        "purchase", FIELDS if fields is None else fields, "purchase.1", "meta_pixel", "123", {"v": "2.9"}
    )
    sends = Sends(
        dict.fromkeys(levels, "") if not isinstance(levels, dict) else levels,
        frozenset(params),
        frozenset(("ad_storage",)),
    )
    return anonymiser.derive(
        raw, occasion(**details), Verdict(destination, True, Reason.CONSENT, sends), lambda: FALLBACK
    )


def one(field, level="", **details):
    return derive({field: level}, **details).fields.get(field)


# ---------------------------------------------------------------- what is sent, and what is not


def test_only_listed_fields_are_sent():
    event = derive({"event.name": "", "order.value": ""})
    assert event.fields == {"event.name": "purchase", "order.value": "715.60"}
    assert event.levels == {}


def test_what_a_signal_says_of_another_destination_is_not_kept():
    every, ours, theirs = (Vote("ads", "tcf:x", False, destination=name) for name in ("", "meta", "linkedin"))
    event = derive({"event.name": ""}, facts=Facts(("FR",), Signals((every, ours, theirs))))
    assert event.facts == Facts(("FR",), Signals((every, ours)))


def test_the_event_says_where_it_came_from_and_why_it_may_go():
    event = derive({"page.url": "path"})
    assert (event.destination, event.name, event.site, event.received) == ("meta", "purchase", "shop", int(NOW))
    assert (event.pixel, event.account, event.subject, event.policy) == ("meta_pixel", "123", "subject", "print")
    assert (event.kept, event.grants, event.facts) == ({"v": "2.9"}, {"ad_storage"}, Facts(("US-CA",)))
    assert event.levels == {"page.url": "path"}
    assert Event.from_json(event.to_json()) == event


@pytest.mark.parametrize(
    "verdict", [Verdict("meta", False, Reason.REFUSED), Verdict("meta", False, Reason.REFUSED, Sends({}))]
)
def test_a_refused_hit_has_no_event(verdict):
    with pytest.raises(ValueError, match="no event"):
        ANONYMISER.derive(RawEvent("purchase", FIELDS), occasion(), verdict, lambda: FALLBACK)


@pytest.mark.parametrize(
    "levels",
    [
        {"page.url": "unheard"}, {"page.url": ""}, {"page.url": "drop"}, {"id.visitor": ""}, {"client.ip": "drop"},
        {"unheard.field": ""}, {"order.unheard": ""}, {"geo.unheard": "region"}, {"click.gclid": "keyed_hash"}, {"order": ""},
        {"device.screen": ""}, {"contact.phone_sha256": "hash"}, {"client.ip": "country"},
    ],
)  # fmt: skip
def test_unknown_fields_and_levels_and_missing_values_are_left_out(levels):
    event = derive(levels)
    assert event.fields == {}
    assert event.levels == {}


def test_a_group_is_what_the_page_sent_of_it():
    event = derive({"click.*": "raw", "id.*": "keyed_hash", "params.*": ""})
    assert set(event.fields) == {"click.gclid", "id.visitor", "id.fbp", "params.size"}
    assert event.fields["id.fbp"] == one("id.fbp", "keyed_hash")


def test_a_field_named_by_the_policy_keeps_its_own_level():
    assert derive({"id.*": "raw", "id.visitor": "drop"}).fields == {"id.fbp": FIELDS["id.fbp"]}


def test_the_names_that_a_page_invents_are_few_and_nobodys():
    fields = {f"params.p{letter}{other}": 1 for letter in "abcdefgh" for other in "abcdefgh"}
    assert len(derive({"params.*": ""}, fields=fields).fields) == 32
    assert derive({"params.*": ""}, fields={"params.john@example.com": 1, "params.": 1, "params.a b": 1}).fields == {}


# ---------------------------------------------------------------- ids


def test_an_event_without_an_id_gets_the_fallback():
    event = derive({"event.id": ""}, raw=RawEvent("purchase", {}))
    assert event.id == event.fields["event.id"] == FALLBACK


def test_an_event_is_filed_under_its_record_and_under_what_is_sent_of_its_visitor():
    subjects = Subjects(Keys(b"r" * 32).ring("subject"))
    mail, client = subjects.of("email", "a" * 64), subjects.of("client", "id.fbp\nfb.1.1771.8030653696")
    event = derive({"id.fbp": "keyed_hash", "contact.email_sha256": "hash", "click.gclid": "raw"})
    assert (event.subject, event.also, event.record) == ("subject", (mail, client), "subject")
    bare = ANONYMISER.derive(
        RawEvent("purchase", FIELDS, "purchase.1"), occasion()._replace(subject=""),
        Verdict("meta", True, Reason.CONSENT, Sends({"id.*": "raw"}, frozenset(), frozenset())), lambda: FALLBACK,
    )  # fmt: skip
    assert bare.record == "" and client in bare.subjects
    assert derive({"id.fbp": "daily_hash"}).also == derive(["order.value"]).also == ()


def test_a_retry_with_the_same_id_is_the_same_event():
    assert derive({}).id == derive({}, received=NOW + 9, address=None).id != FALLBACK


def test_an_id_that_a_page_gives_to_several_events_keeps_none_of_them_out_of_the_queue():
    page = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"
    first = RawEvent("purchase", {"order.id": "7"}, page, "meta_pixel", "1")
    others = (
        first, replace(first, name="page_view"), replace(first, account="2"), replace(first, fields={"order.id": "8"}),
    )  # fmt: skip
    made = [derive({"event.id": ""}, raw=raw) for raw in others]
    assert {(event.id, event.fields["event.id"]) for event in made} == {(page, page)}
    assert len({event.key for event in made}) == len(others)
    assert derive({}, raw=first).key == made[0].key
    assert page not in "".join(event.key for event in made)


def test_a_free_text_id_reaches_nobody():
    raw = RawEvent("purchase", {}, "john@example.com")
    assert "john" not in derive({"event.id": ""}, raw=raw).to_json()
    assert derive({}, raw=raw).id != derive({}, raw=raw, destination="ga4").id


def test_two_destinations_never_get_the_same_pseudonym():
    for level in ("keyed_hash", "daily_hash"):
        assert one("id.visitor", level) != one("id.visitor", level, destination="ga4")
    for level in ("hash", "prefix"):
        assert one("client.ip", level) != one("client.ip", level, destination="ga4")


def test_a_keyed_hash_lasts_and_a_daily_hash_does_not():
    tomorrow = NOW + 86_400
    assert one("id.visitor", "keyed_hash") == one("id.visitor", "keyed_hash", received=tomorrow)
    assert one("id.visitor", "daily_hash") == one("id.visitor", "daily_hash", received=NOW + 60)
    assert one("id.visitor", "daily_hash") != one("id.visitor", "daily_hash", received=tomorrow)


def test_a_visitor_without_a_cookie_is_told_apart_for_a_day():
    visitor = one("id.visitor", "daily_hash", fields={})
    assert re.fullmatch(r"[0-9a-f]{32}", visitor)
    others = [
        one("id.visitor", "daily_hash", fields={}, address=ip_address("203.0.113.78")),
        one("id.visitor", "daily_hash", fields={}, headers={"user-agent": "Other/1"}),
        one("id.visitor", "daily_hash", fields={}, site="blog"),
        one("id.visitor", "daily_hash", fields={}, received=NOW + 86_400),
    ]
    assert len({visitor, *others}) == 5
    assert visitor == one("id.visitor", "daily_hash", fields={}, address=ip_address("::ffff:203.0.113.77"))


@pytest.mark.parametrize("level", ["raw", "keyed_hash"])
def test_no_visitor_is_made_up_at_other_levels(level):
    assert one("id.visitor", level, fields={}) is None


def test_no_visitor_is_made_up_without_an_address_and_no_other_id_ever():
    assert one("id.visitor", "daily_hash", fields={}, address=None) is None
    assert one("id.user", "daily_hash", fields={}) is None


def test_without_a_salt_nothing_daily_is_sent():
    forgetful = Anonymiser(Keys(b"r" * 32), lambda day: b"")
    levels = {"id.visitor": "daily_hash", "client.ip": "hash"}
    assert derive(levels, anonymiser=forgetful).fields == {}
    assert derive({"client.ip": "prefix"}, anonymiser=forgetful).fields == {}


# ---------------------------------------------------------------- what the request tells


@pytest.mark.parametrize(
    ("level", "expected"), [("full", "203.0.113.77"), ("truncate", "203.0.113.0"), ("country", None), ("drop", None)]
)
def test_an_address_is_weakened(level, expected):
    assert one("client.ip", level) == one("client.ip", level, address=ip_address("::ffff:203.0.113.77")) == expected


@pytest.mark.parametrize("level", ["full", "hash", "prefix", "truncate"])
def test_no_address_gives_none(level):
    assert one("client.ip", level, address=None) is None


def test_an_address_keeps_its_prefix_only_within_a_day():
    one_host = one("client.ip", "prefix")
    neighbour = one("client.ip", "prefix", address=ip_address("203.0.113.78"))
    assert one_host.rpartition(".")[0] == neighbour.rpartition(".")[0]
    assert one_host != one("client.ip", "prefix", received=NOW + 86_400)


def test_the_page_is_the_referer_only_where_the_event_names_none():
    assert one("page.url", "path") == "https://shop.example/thanks"
    assert one("page.url", "path", fields={}) == "https://shop.example/from-header"
    assert one("page.url", "path", fields={"page.url": ""}) is None
    assert one("page.url", "path", fields={"page.url": 7}) is None


def test_the_referrer_is_never_the_referer():
    assert one("page.referrer", "origin") == "https://www.search.example/"
    assert one("page.referrer", "path", fields={}) is None


def test_url_parameters_stay_only_where_the_policy_lists_them():
    assert one("page.url", "allowlist", params=["utm_source"]) == "https://shop.example/thanks?utm_source=news"
    assert one("page.url", "allowlist") == "https://shop.example/thanks"
    assert one("page.url", "full") == "https://shop.example/thanks?utm_source=news&email=[email]"


@pytest.mark.parametrize(
    ("level", "expected"), [("full", AGENT), ("family", "Chrome/142 (Windows; desktop)"), ("class", "desktop")]
)
def test_a_browser_is_weakened(level, expected):
    assert one("device.user_agent", level) == expected
    assert one("device.user_agent", level, headers={}) is None
    assert one("device.user_agent", level, fields={"device.user_agent": 7}) is None


def test_a_language_is_its_first_word():
    assert one("device.language") == "de"
    assert one("device.language", fields={"device.language": "fr-CA"}) == "fr"
    assert one("device.language", headers={}) is None


def test_the_language_of_a_server_and_of_a_mailbox_is_nobodys():
    for who in ({"alone": Alone(b"{}")}, {"vouched": Vouched("s", "", 1, 1)}):
        assert one("device.language", raw=RawEvent("purchase", {}, **who)) is None
        assert one("device.language", raw=RawEvent("purchase", {"device.language": "fr"}, **who)) == "fr"


def test_a_place_is_told_only_where_one_is_known():
    assert derive({"geo.country": "region", "geo.region": "region"}).fields == {
        "geo.country": "US",
        "geo.region": "US-CA",
    }
    assert derive({"geo.country": "country", "geo.region": "country"}).fields == {"geo.country": "US"}
    assert derive({"geo.country": "region"}, regions=("FR", "DE")).fields == {}
    assert derive({"geo.country": "region"}, regions=()).fields == {}


def test_a_page_cannot_tell_the_place():
    assert one("geo.country", "country", fields={"geo.country": "FR"}, regions=()) is None


@pytest.mark.parametrize(
    ("level", "expected"),
    [("exact", "2025-11-25T14:08:17Z"), ("minute", "2025-11-25T14:08:00Z"), ("day", "2025-11-25T00:00:00Z")],
)
def test_a_time_is_weakened(level, expected):
    assert one("event.time", level) == expected
    assert one("event.time", level, fields={"event.time": int(NOW)}) == expected
    assert one("event.time", level, fields={"event.time": "2024-01-01T00:00:00Z"}) == expected


def test_a_contact_is_a_hash_or_nothing():
    assert one("contact.email_sha256", "hash") == "a" * 64
    assert one("contact.email_sha256", "hash", fields={"contact.email_sha256": "john@example.com"}) is None


def known(level, reason=Reason.CONSENT, destination="meta", fields=None):
    """`id.visitor` of a visitor whose own cookie says `cookie-id`."""
    raw = RawEvent("purchase", fields or {})
    visit = occasion()._replace(recognise=lambda hit, subject: f"cookie-id/{hit.site}/{subject}")
    verdict = Verdict(destination, True, reason, Sends({"id.visitor": level}))
    return ANONYMISER.derive(raw, visit, verdict, lambda: FALLBACK).fields.get("id.visitor")


def test_a_visitor_who_agreed_is_known_by_his_cookie_to_each_destination_under_another_name():
    meta, ga4 = known("keyed_hash"), known("keyed_hash", destination="ga4")
    assert meta and ga4 and meta != ga4
    assert known("keyed_hash", Reason.NO_OBJECTION) == meta
    assert known("keyed_hash", fields={"id.visitor": "of the page"[:5]}) != meta


def test_the_id_of_the_cookie_leaves_raw_at_no_level():
    assert known("raw") == known("keyed_hash")
    assert known("raw", fields={"id.visitor": "v-1"}) == "v-1"


def test_the_cookie_is_not_read_where_nobody_was_asked():
    for reason in (Reason.EXEMPT, Reason.NECESSARY, Reason.NOTICE):
        assert known("keyed_hash", reason) is None


def test_a_click_id_goes_to_nobody_but_its_issuer_whatever_policy_lists():
    fields = {"click.gclid": "Cj0", "click.fbc": "fb.1.1.7", "click.unheard": "7"}
    rules = Rules(clicks={"ads": frozenset(("click.gclid",))})
    anonymiser = Anonymiser(Keys(b"r" * 32), lambda day: b"s" * 32, rules)
    everything = {"click.*": "raw", **dict.fromkeys(fields, "raw")}
    for sends in (everything, {"click.*": "raw"}):
        assert derive(sends, fields=fields, destination="ads", anonymiser=anonymiser).fields == {"click.gclid": "Cj0"}
        assert derive(sends, fields=fields, destination="hook", anonymiser=anonymiser).fields == {}


def test_the_operator_may_leave_less_of_an_address():
    rules = Rules(kept=ip.Kept(16, 24))
    strict = Anonymiser(Keys(b"r" * 32), lambda day: b"s" * 32, rules)
    assert one("client.ip", "truncate") == "203.0.113.0"
    assert one("client.ip", "truncate", anonymiser=strict) == "203.0.0.0"


def test_a_click_id_is_one_word():
    assert one("click.gclid", "raw") == "Cj0-abc_1"
    assert one("click.gclid", "raw", fields={"click.gclid": "john@example.com"}) is None


def test_technical_parameters_pass_unless_they_hold_an_address():
    kept = {"v": "2.9", "ts": "1767455881876", "x": "john%2540example.com"}
    event = derive({}, raw=RawEvent("purchase", {}, kept=kept, account="a b"))
    assert event.kept == {"v": "2.9", "ts": "1767455881876"}
    assert event.account == ""
    assert derive({}, raw=RawEvent("purchase", {})).kept is None


def test_an_occasion_is_not_printed():
    assert repr(occasion()) == str(occasion()) == "<Occasion>"


def test_plans_and_keys_are_bounded():
    anonymiser = Anonymiser(Keys(b"r" * 32), lambda day: b"s" * 32)
    expected = derive({"id.visitor": "keyed_hash"}, anonymiser=anonymiser).fields
    for number in range(1100):
        derive({"order.value": ""}, anonymiser=anonymiser, destination=f"d{number % 3}")
    for number in range(4200):
        assert derive({"id.*": "keyed_hash"}, anonymiser=anonymiser, fields={f"id.x{number}": "v"}).fields
    assert derive({"id.visitor": "keyed_hash"}, anonymiser=anonymiser).fields == expected
    assert len(anonymiser._plans) <= 1024
    assert len(anonymiser._macs) <= 4096


# ---------------------------------------------------------------- promises

EVERYTHING = {
    "event.name": "", "event.id": "", "event.time": "minute", "page.url": "allowlist", "page.title": "", "page.referrer": "origin",
    "device.user_agent": "family", "device.language": "", "device.screen": "", "client.ip": "truncate", "geo.country": "country",
    "id.*": "keyed_hash", "click.*": "raw", "utm.source": "", "order.id": "", "order.value": "", "order.currency": "",
    "order.coupon": "", "order.items": "", "contact.email_sha256": "hash", "engagement.form": "", "params.*": "",
}  # fmt: skip
NAMES = sorted(
    {*FIELDS, "order.coupon", "order.items", "engagement.form", "params.note", "utm.source", "id.user", "event.id"}
)
encoded = st.sampled_from([
    lambda text: text, lambda text: quote(text, safe=""), lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: f"hello {text}!", lambda text: f"https://shop.example/{text}?q={text}&utm_source={text}",
    lambda text: [{"item_id": text, "item_name": f"for {text}"}],
])  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), encoded, min_size=1), st.sampled_from(["", "john@private.example"]))
@settings(max_examples=200, deadline=None)
def test_no_email_address_and_no_whole_address_leaves_in_any_field(writings, identity):
    fields = {field: write("john@private.example") for field, write in writings.items()}
    headers = {**HEADERS, "referer": "https://shop.example/john@private.example"}
    raw = RawEvent("purchase", fields, identity, "meta_pixel", "123", {"k": "john@private.example"})
    for level in ("allowlist", "full"):
        event = derive({**EVERYTHING, "page.url": level}, raw=raw, headers=headers, params=["q", "utm_source"])
        text = event.to_json()
        assert "private" not in text
        assert str(ADDRESS) not in text


@given(
    st.sets(st.sampled_from(sorted(EVERYTHING)), max_size=8),
    st.sampled_from(NAMES),
    st.text(max_size=40) | st.integers() | st.booleans(),
    st.ip_addresses(),
)
@settings(max_examples=200, deadline=None)
def test_a_field_that_is_not_sent_changes_nothing(listed, field, value, address):
    levels = {name: EVERYTHING[name] for name in listed}
    if field in levels or f"{field.partition('.')[0]}.*" in levels:
        return
    changed = derive(levels, fields={**FIELDS, field: value}).to_json()
    assert changed == derive(levels).to_json()
    if "client.ip" not in levels:
        assert derive(levels, address=address).to_json() == changed


@given(
    st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=20), st.from_type(object) | st.text(), max_size=6),
    st.text(max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_no_event_breaks_it_and_every_event_is_json(fields, identity):
    event = derive(EVERYTHING, raw=RawEvent("purchase", fields, identity))
    assert json.loads(event.to_json().partition("\n")[2])[0] == event.id


def test_what_is_masked_is_told_by_place_and_kind_alone():
    told = []
    anonymiser = Anonymiser(Keys(b"r" * 32), lambda day: bytes(32), Rules(told=told.append))
    fields = {
        "page.title": "Card 4111 1111 1111 1111",
        "order.items": [{"item_name": "for eva@mail.example"}],
        "utm.source": "news",
    }
    derive({"page.title": "", "order.items": "", "utm.source": ""}, fields=fields, anonymiser=anonymiser)
    assert [(masked.site, masked.field, masked.kind) for masked in told] == [
        ("shop", "page.title", "card"),
        ("shop", "order.items", "email"),
    ]
    assert not any("4111" in str(masked) for masked in told)


def test_what_is_left_out_whole_is_told_like_a_mask():
    told = []
    anonymiser = Anonymiser(Keys(b"r" * 32), lambda day: bytes(32), Rules(told=told.append))
    fields = {
        "order.id": "4111-1111-1111-1111",
        "id.user": "DE89370400440532013000",
        "params.contact": 491712345678901,
        "order.value": "not a number",
        "order.tax": ["4111 1111 1111 1111"],
    }
    sends = {"order.id": "", "id.user": "raw", "params.contact": "", "order.value": "", "order.tax": ""}
    assert derive(sends, fields=fields, anonymiser=anonymiser).fields == {}
    assert [(masked.field, masked.kind) for masked in told] == [
        ("order.id", "card"),
        ("id.user", "iban"),
        ("params.contact", "number"),
    ]
    assert derive(sends, fields=fields).fields == {}


def test_of_a_group_too_it_is_told_what_was_masked_and_what_was_left_out():
    told = []
    anonymiser = Anonymiser(Keys(b"r" * 32), lambda day: bytes(32), Rules(told=told.append))
    fields = {"params.note": "for eva@mail.example", "params.contact": 491712345678901, "id.user": "v-1"}
    event = derive({"params.*": "", "id.*": "raw"}, fields=fields, anonymiser=anonymiser)
    assert event.fields == {"params.note": "for [email]", "id.user": "v-1"}
    assert [(masked.field, masked.kind) for masked in told] == [("params.note", "email"), ("params.contact", "number")]


def test_a_parameter_is_what_its_name_says():
    fields = {"params.first_name": "Quillon", "params.size": "xl", "params.phone": 491712345678}
    event = derive({field: "" for field in fields}, fields=fields)
    assert event.fields == {"params.first_name": "[name]", "params.size": "xl"}


@pytest.mark.parametrize(
    "value", ["eva@mail.example", "ZXZhQG1haWwuZXhhbXBsZQ==", "+49 171 2345678", "4111 1111 1111 1111"]
)
def test_a_technical_parameter_with_something_personal_in_it_is_not_relayed(value):
    event = derive({}, raw=RawEvent("page_view", {}, kept={"gcs": "G111", "_p": "1785185417884", "x": value}))
    assert event.kept == {"gcs": "G111", "_p": "1785185417884"}
