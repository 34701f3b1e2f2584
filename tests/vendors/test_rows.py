"""Recorded requests of affiliate, analytics, marketing and e-mail pixels are read as their labels say."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from gateway.taxonomy import is_field
from gateway.vendors.flows import class_of
from gateway.vendors.query import json_pairs

REQUESTS = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "pixel_requests.jsonl").read_text().splitlines()
]
VENDORS = (
    "awin", "cj", "rakuten", "partnerize", "impact", "shareasale", "tradedoubler", "tradetracker", "admitad", "webgains",
    "tune", "everflow", "adcell", "matomo", "piwik_pro", "plausible", "posthog", "segment", "mixpanel", "amplitude",
    "snowplow", "adobe_analytics", "adobe_websdk", "hubspot", "marketo", "klaviyo", "pardot", "brevo", "sfmc", "mailchimp", "email_opens",
)  # fmt: skip

# Read as what they mean, where the label repeats what the page wrote: two lines in minor units, a line of products.
MEANT = {"1990|3980": "59.70", ";SKU1;1;406.97": "406.97"}
# What a personal parameter may be read as: a field the policy decides on, by its class.
PERSONAL = {"click_id", "visitor_id", "contact_hash", "ip", "geo", "device"}


def rows_of(catalogue):
    ours = {pixel.id for name in VENDORS for pixel in catalogue.manifests[name].pixels}
    return [row for row in REQUESTS if row["label"]["pixel_id"] in ours]


def read(catalogue, row):
    fronted = catalogue.recognise(row["method"], row["url"], row["body"] or "")
    kind = row["headers"].get("content-type", "")
    pixel = catalogue.pixels[fronted.pixel]
    return pixel.read(row["method"], unquote(fronted.path), fronted.query, kind, (row["body"] or "").encode())


def said(row):
    """Every value of a request by its name, those of a JSON body by their path."""
    body = row["body"] or ""
    values = dict(parse_qsl(f"{urlsplit(row['url']).query}&{body}"))
    for text in (body, *values.values()):
        if text[:1] in ("{", "["):
            values |= dict(json_pairs(text.encode()))
    return values


def plain(name):
    """`events[0].id` as the path `events.0.id`."""
    return name.replace("[", ".").replace("]", "").lstrip(".")


def test_each_of_these_vendors_has_recorded_requests_or_examples_of_its_own(catalogue):
    seen = {row["label"]["pixel_id"] for row in rows_of(catalogue)}
    for name in VENDORS:
        manifest = catalogue.manifests[name]
        tests = manifest.document.value["tests"]
        assert seen & {pixel.id for pixel in manifest.pixels} or any("decode" in test for test in tests), name
        assert len(tests) >= 3, name


def test_event_value_currency_order_and_dedup_id_are_those_of_the_label(catalogue):
    for row in rows_of(catalogue):
        label, (first, *_) = row["label"], read(catalogue, row)
        assert first.pixel == label["pixel_id"], row["id"]
        assert first.name == label["canonical_event"], row["id"]
        for field, told in (("order.value", "value"), ("order.currency", "currency"), ("order.id", "order_id")):
            if label[told] is not None:
                assert first.fields.get(field) == MEANT.get(label[told], label[told]), (row["id"], told)
        if label["dedup_id"] is not None:
            assert first.id == label["dedup_id"], row["id"]


def test_what_is_personal_is_a_field_of_a_personal_class_or_gone(catalogue):
    for row in rows_of(catalogue):
        given = said(row)
        secret = {given[name] for name in map(plain, row["label"]["personal"]) if len(given.get(name, "")) > 4}
        for raw in read(catalogue, row):
            assert all(is_field(name) for name in raw.fields), row["id"]
            free = {name: str(value) for name, value in raw.fields.items() if class_of(name) not in PERSONAL}
            for value in secret:
                assert not any(value in text for text in (*free.values(), *(raw.kept or {}).values())), row["id"]


def test_no_address_in_clear_is_read_at_all(catalogue):
    for row in rows_of(catalogue):
        for raw in read(catalogue, row):
            assert "@" not in json.dumps([dict(raw.fields), raw.kept, raw.id], default=str), row["id"]
