"""Events become one request: what the policy left, in the vendor's words, under the operator's account."""

import dataclasses
import json
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.facts import Facts, Signals
from gateway.outbound import Outcome, Reply
from gateway.vendors.binding import Binding
from gateway.vendors.checks import whole
from gateway.vendors.expressions import GRANTS
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination
from gateway.vendors.schema import SKIPS

SETTINGS = {
    "meta": ({"pixel_id": "12345"}, {"access_token": "T"}),
    "ga4": ({"measurement_id": "G-ABC1234567"}, {"api_secret": "S"}),
    "linkedin": ({"partner_id": "77"}, {}),
    "webhook": ({"url": "https://hooks.example.net/in"}, {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
    "jsonl": ({"directory": "/var/lib/gateway/events"}, {}),
}


def destination(catalogue, vendor, endpoint="", **given_):
    chosen, secrets = SETTINGS[vendor]
    return Destination(catalogue.manifests[vendor], Binding(vendor, given_ or chosen, secrets, endpoint, b"key"))


def altered(event, **changes):
    return dataclasses.replace(event, **changes)


def without(event, *names):
    return altered(event, fields={name: value for name, value in event.fields.items() if name not in names})


def now(event):
    return event.received + 5.0


def batched(made, events):
    return made.batches([made.prepare(event, now(events[0])) for event in events])


def indices(batches):
    return [batch.events for batch in batches]


def test_a_batch_is_one_request(catalogue, events):
    one, two = events["purchase"], altered(events["page_view"], id="another")
    built = destination(catalogue, "meta").build([one, two], now(one))
    body = json.loads(built.outbound.body)
    assert built.events == (0, 1)
    assert built.skipped == {}
    assert [event["event_id"] for event in body["data"]] == [one.id, "another"]
    assert built.outbound.headers == {"content-type": "application/json"}


def test_what_is_not_sent_says_why_and_does_not_hold_up_the_rest(catalogue, events):
    purchase, opened = events["purchase"], events["email_open"]
    refused = altered(purchase, grants=frozenset())
    old = altered(purchase, received=purchase.received - 8 * 86_400)
    timeless = without(purchase, "event.time")
    opened = altered(opened, grants=purchase.grants, received=purchase.received)
    built = destination(catalogue, "meta").build([refused, purchase, old, opened, timeless], now(purchase))
    assert built.events == (1,)
    assert built.skipped == {0: "consent", 2: "too_old", 3: "event_not_mapped", 4: "no_time"}
    assert set(built.skipped.values()) <= set(SKIPS)


def test_nothing_left_is_no_request(catalogue, events):
    built = destination(catalogue, "meta").build([altered(events["purchase"], grants=frozenset())], 0.0)
    assert (built.outbound, built.events, built.skipped) == (None, (), {0: "consent"})


def test_the_operators_account_wins_over_the_pages(catalogue, events):
    event = altered(events["purchase"], account="99999")
    assert "/12345/" in destination(catalogue, "meta").build([event], now(event)).outbound.url
    unset = destination(catalogue, "meta", test_event_code="T1")
    assert "/99999/" in unset.build([event], now(event)).outbound.url


def test_the_words_of_another_vendors_pixel_mean_nothing(catalogue, events):
    event = altered(events["page_view"], pixel="meta_pixel", account="12345", kept={"v": "9"})
    unset = Destination(catalogue.manifests["linkedin"], Binding("linkedin"))
    assert unset.build([event], now(event)).skipped == {0: "no_route"}
    url = destination(catalogue, "linkedin").build([event], now(event)).outbound.url
    assert "pid=77" in url
    assert "v=9" not in url


def test_an_account_never_leaves_its_place_in_the_address(catalogue, events):
    event = altered(events["purchase"], account="1/../../me?x=#")
    outbound = destination(catalogue, "meta", test_event_code="T1").build([event], now(event)).outbound
    assert urlsplit(outbound.url).path == "/v25.0/1%2F..%2F..%2Fme%3Fx%3D%23/events"


def test_another_endpoint_takes_the_place_of_the_host_alone(catalogue, events):
    made = destination(catalogue, "meta", endpoint="http://127.0.0.1:9000/meta/")
    url = made.build([events["purchase"]], now(events["purchase"])).outbound.url
    assert url == "http://127.0.0.1:9000/meta/v25.0/12345/events?access_token=T"
    assert made.hosts == {"127.0.0.1:9000"}


@pytest.mark.parametrize(
    ("vendor", "hosts"),
    [
        ("meta", {"graph.facebook.com"}),
        ("ga4", {"region1.google-analytics.com"}),
        ("linkedin", {"px.ads.linkedin.com"}),
        ("webhook", {"hooks.example.net"}),
        ("jsonl", set()),
    ],
)
def test_the_hosts_of_a_destination_are_known_before_any_event(catalogue, vendor, hosts):
    assert destination(catalogue, vendor).hosts == hosts


def test_events_of_different_clients_times_or_answers_never_share_a_ga4_request(catalogue, events):
    one = events["page_view"]
    same = altered(one, id="same")
    other = altered(one, fields={**one.fields, "id.ga_client_id": "9.9"})
    later = altered(one, fields={**one.fields, "event.time": "2026-11-23T10:14:01.000Z"})
    denied = altered(one, grants=one.grants - {"ad_user_data"})
    batches = batched(destination(catalogue, "ga4"), [one, same, other, later, denied])
    assert indices(batches) == [[0, 1], [2], [3], [4]]


def test_limited_events_are_clients_of_their_own(catalogue, events):
    limited = [altered(events["page_view"], id=f"e{n}", grants=frozenset()) for n in range(3)]
    made = destination(catalogue, "ga4")
    batches = batched(made, limited)
    assert indices(batches) == [[0], [1], [2]]
    clients = {json.loads(made.build([each], now(each)).outbound.body)["client_id"] for each in limited}
    assert len(clients) == 3


def test_batches_keep_to_the_vendors_limits_and_leave_nobody_out(catalogue, events):
    many = [altered(events["page_view"], id=f"e{n}") for n in range(60)]
    batches = batched(destination(catalogue, "ga4"), many)
    assert [len(batch.events) for batch in batches] == [25, 25, 10]
    refused = [*many[:2], altered(many[2], received=0)]
    assert indices(batched(destination(catalogue, "ga4"), refused)) == [[0, 1], [2]]


def test_an_assembled_batch_is_the_request_that_would_have_been_built(catalogue, events):
    many = [altered(events["page_view"], id=f"e{n}") for n in range(30)] + [altered(events["page_view"], received=0)]
    made, at = destination(catalogue, "ga4"), now(many[0])
    for batch in batched(made, many):
        chosen = [many[index] for index in batch.events]
        assert made.assemble(batch, chosen, at) == made.build(chosen, at)


def test_a_batch_is_cut_by_size_too(texts, events):
    text = texts["ga4.yaml"].replace("max_bytes: 130000", "max_bytes: 600")
    made = Destination(load_manifest(text, "ga4.yaml"), Binding("ga4", *SETTINGS["ga4"]))
    many = [altered(events["purchase"], id=f"e{n}") for n in range(4)]
    assert indices(batched(made, many)) == [[0], [1], [2], [3]]


def test_a_relayed_pixel_is_rebuilt_from_what_the_policy_left(catalogue, events):
    event = altered(
        events["page_view"], pixel="linkedin_insight", kept={"v": "2", "conversionId": "7"}, name="conversion"
    )
    query = parse_qs(urlsplit(destination(catalogue, "linkedin").build([event], now(event)).outbound.url).query)
    assert query == {
        "v": ["2"],
        "conversionId": ["7"],
        "pid": ["77"],
        "fmt": ["gif"],
        "time": ["1795428840000"],
        "url": ["https://shop.example/mugs?utm_source=news"],
        "ref": ["https://news.example/"],
        "eventId": [event.id],
    }


def test_a_line_of_a_file_ends_with_a_line_feed_and_reads_back(catalogue, events):
    pair = [events["purchase"], events["page_view"]]
    outbound = destination(catalogue, "jsonl").build(pair, now(pair[0])).outbound
    assert (outbound.method, outbound.url) == ("APPEND", "file:///var/lib/gateway/events/2026-11-23.jsonl")
    lines = outbound.body.decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["event"]["name"] for line in lines] == ["purchase", "page_view"]


def test_a_webhook_is_signed_with_the_time_of_the_attempt(catalogue, events):
    event = events["purchase"]
    first, second = (destination(catalogue, "webhook").build([event], at).outbound for at in (1e9, 1e9 + 60))
    assert first.headers["webhook-timestamp"] == "1000000000"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == event.id
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert first.body == second.body


def test_a_header_cannot_be_broken_out_of(catalogue, events):
    event = altered(events["purchase"], id="a\r\nX-Evil: 1")
    outbound = destination(catalogue, "webhook").build([event], 1e9).outbound
    assert outbound.headers["webhook-id"] == "a%0D%0AX-Evil%3A%201"


def test_an_opt_out_of_sale_reaches_the_vendors_own_flag(catalogue, events):
    event = altered(events["purchase"], facts=Facts(("US-CA",), Signals(gpc=True)))
    body = json.loads(destination(catalogue, "meta").build([event], now(event)).outbound.body)
    assert body["data"][0]["data_processing_options"] == ["LDU"]


def test_replies_are_read_by_the_manifest(catalogue):
    assert destination(catalogue, "meta").outcome(Reply(200, body=b'{"events_received": 1}')) is Outcome.OK
    assert destination(catalogue, "ga4").outcome(Reply(0)) is Outcome.RETRY_IF_UNSENT
    assert destination(catalogue, "webhook").outcome(Reply(0)) is Outcome.RETRY
    assert destination(catalogue, "meta").rejected(Reply(200)) == ()


def personal_in(event, outbound):
    """The identifiers of an event that a request shows."""
    text = whole(outbound) if outbound else ""
    values = [str(value) for name, value in event.fields.items() if name.startswith(("id.", "click.", "contact."))]
    return {value for value in values if value in text}


@pytest.mark.parametrize("vendor", SETTINGS)
def test_fewer_grants_never_send_more(vendor, catalogue, events):
    """For every set of grants and every grant taken from it."""
    made, event = destination(catalogue, vendor), altered(events["purchase"], name="page_view")
    every = [frozenset(some) for size in range(len(GRANTS) + 1) for some in combinations(GRANTS, size)]
    shown = {
        grants: personal_in(event, made.build([altered(event, grants=grants)], now(event)).outbound) for grants in every
    }
    assert any(shown.values())
    for grants, more in shown.items():
        for grant in grants:
            assert shown[grants - {grant}] <= more, (vendor, sorted(grants), grant)


@pytest.mark.parametrize("vendor", SETTINGS)
def test_a_field_the_policy_withheld_is_nowhere_in_the_request(vendor, catalogue, events):
    made, event = destination(catalogue, vendor), altered(events["purchase"], name="page_view")
    for value in {str(value) for value in event.fields.values()}:
        holders = [name for name, other in event.fields.items() if value in str(other)]
        if len(value) <= 3 or "event.time" in holders:
            continue
        assert value not in whole(made.build([without(event, *holders)], now(event)).outbound)
