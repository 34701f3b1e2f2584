"""The pixels of ad platforms: what they say is read as labelled, and of the person nothing leaves that is not declared."""

import base64
import binascii
import json
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from gateway.event import Event
from gateway.facts import Facts
from gateway.vendors.binding import Binding, problems
from gateway.vendors.checks import whole
from gateway.vendors.expressions import GRANTS
from gateway.vendors.request import Destination

REQUESTS = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "pixel_requests.jsonl").read_text().splitlines()
]
# Pixel -> the vendor that fronts it.
VENDORS = {
    "gads_conversion": "google_ads",
    "gads_remarketing": "google_remarketing",
    "floodlight": "floodlight",
    "x_adsct": "x_ads",
    "tiktok_pixel": "tiktok",
    "pinterest_tag": "pinterest",
    "snap_pixel": "snap",
    "reddit_pixel": "reddit",
    "microsoft_uet": "microsoft_uet",
    "quora_pixel": "quora",
    "taboola_unip": "taboola",
    "taboola_s2s": "taboola",
    "outbrain_pixel": "outbrain",
    "ttd_pixel": "trade_desk",
    "adform_trackpoint": "adform",
    "adroll_pixel": "adroll",
    "amazon_ads_iu3": "amazon_ads",
    "indeed_conv": "indeed",
    "stackadapt_pixel": "stackadapt",
    "criteo_onetag": "criteo",
    "quantcast_pixel": "quantcast",
    "zoominfo_pixel": "zoominfo",
}
ROWS = [row for row in REQUESTS if row["label"]["pixel_id"] in VENDORS]

# What the labels leave out or take for what it is not; each with what is read instead.
OTHERWISE = {
    ("px-0022", "id"): "",  # `ord=1` asks Floodlight to count visitors once: as an id every visitor would be the same
    ("px-0031", "currency"): "USD",  # stands in the packed list of events
    ("px-0053", "currency"): "EUR",  # stands in the packed record of the sale, as its id does
    ("px-0053", "order"): "5672347",
}
# A map of the operator has an entry for each of these.
NAMES = (
    "page_view", "view_item", "view_item_list", "search", "add_to_cart", "begin_checkout", "purchase", "generate_lead",
    "sign_up", "conversion", "click", "custom",
)  # fmt: skip


def decoded(row, catalogue):
    fronted = catalogue.recognise(row["method"], row["url"], row["body"] or "")
    assert fronted.pixel == row["label"]["pixel_id"]
    pixel = catalogue.pixels[fronted.pixel]
    kind = row["headers"].get("content-type", "")
    return pixel.read(row["method"], unquote(fronted.path), fronted.query, kind, (row["body"] or "").encode())


def outbound(row, catalogue, grants):
    manifest = catalogue.manifests[VENDORS[row["label"]["pixel_id"]]]
    settings = {
        name: dict.fromkeys(NAMES, "chosen-by-us") if setting.is_map else "1234567890"
        for name, setting in manifest.settings.items()
        if setting.is_map or not setting.optional
    }
    binding = Binding(manifest.id, settings, dict.fromkeys(manifest.secrets, "s"), key=b"key")
    assert problems(manifest, binding) == []
    events = [
        Event(
            raw.id or "made-here", manifest.id, raw.name, 1795428840, "shop", Facts(),
            {**raw.fields, "event.time": "2026-11-23T10:14:00Z"}, {}, raw.pixel, raw.account, kept=raw.kept,
            grants=grants,
        )
        for raw in decoded(row, catalogue)
    ]  # fmt: skip
    return Destination(manifest, binding).build(events[:1], 1795428840.0)


def leaves(name, value):
    """A parameter and, where it packs others, those."""
    yield name, value
    text = value
    if name == "analytics_message":
        text = base64.b64decode(value).decode()
    try:
        inner = json.loads(text)
    except (ValueError, binascii.Error):
        inner = None
    if isinstance(inner, dict | list):
        yield from flat("" if name in ("analytics_message", "body") else name, inner)
    for pair in value.split("&" if "&" in value else ";") if "=" in value and not value.startswith("http") else ():
        yield f"{name}.{pair.partition('=')[0]}", unquote(pair.partition("=")[2])


def flat(prefix, value):
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flat(f"{prefix}.{key}" if prefix else str(key), inner)
    elif value is not None:
        yield prefix, str(value)


def given(row):
    parts = urlsplit(row["url"])
    pairs = [*parse_qsl(parts.query), *parse_qsl(row["body"] or "")] if not (row["body"] or "").startswith("{") else []
    pairs += [(name, unquote(value)) for name, _, value in (p.partition("=") for p in parts.path.split(";")) if value]
    pairs += [("body", row["body"])] if (row["body"] or "").startswith("{") else parse_qsl(parts.query)
    return [leaf for name, value in pairs for leaf in leaves(name, value)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_labelled_request_is_read_exactly(row, catalogue):
    label, (raw, *_) = row["label"], decoded(row, catalogue)
    expected = {
        "account": label["account_id"] or "",
        "value": (label["value"] or "").replace(",", ".") or None,
        "currency": label["currency"],
        "order": label["order_id"],
        "id": label["dedup_id"] or "",
    }
    expected |= {name: value for (row_id, name), value in OTHERWISE.items() if row_id == row["id"]}
    assert {
        "account": raw.account,
        "value": raw.fields.get("order.value"),
        "currency": raw.fields.get("order.currency"),
        "order": raw.fields.get("order.id"),
        "id": raw.id,
    } == expected
    assert label["canonical_event"] in (raw.name, "custom")
    clicks = {value for name, value in raw.fields.items() if name.startswith("click.")}
    assert set(label["click_ids"].values()) <= clicks


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_nothing_leaves_where_all_is_refused(row, catalogue):
    assert outbound(row, catalogue, frozenset()).outbound is None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_of_the_person_only_what_is_declared_leaves(row, catalogue):
    """Every value labelled as personal, as a trait of the device or as told of the page is looked for in the request."""
    label, manifest = row["label"], catalogue.manifests[VENDORS[row["label"]["pixel_id"]]]
    built = outbound(row, catalogue, frozenset(GRANTS))
    sent = whole(built.outbound) if built.outbound else ""
    raw = decoded(row, catalogue)[0]
    groups = {"click_id": "click.", "visitor_id": "id.", "contact_hash": "contact.", "order_id": "order.id"}
    declared = {raw.id, raw.account} | {
        str(value)
        for name, value in raw.fields.items()
        if any(name.startswith(group) and data in manifest.sends for data, group in groups.items())
    }
    hidden = {*label["personal"], *label["indirect"], *label["fingerprint"]}
    # What is written anew from our own decision may well say the same where all is granted.
    hidden |= {param["name"] for param in label["params"] if param["class"] == "consent"} - {
        "gcs",
        "gcd",
        "npa",
        "optOut",
    }
    declared |= {raw.fields.get("order.value"), raw.fields.get("order.currency")}
    found = given(row)
    packed = {name for name, _ in found for inner, _ in found if inner.startswith(f"{name}.")}
    for name, value in found:
        whose = name in hidden or any(name.startswith(f"{each}.") for each in hidden)
        # Of what is packed each part is looked for; a clean address may go as it came, and short values are everywhere.
        if not whose or name in packed or value in declared or len(value) < 5 or value.startswith("http"):
            continue
        assert value not in sent and quote(value, safe="") not in sent, name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_each_personal_parameter_was_looked_for(row):
    """The test above sees what it looks for: every personal name of the label is among what `given` takes apart."""
    names = {name for name, _ in given(row)}
    packed = {leaf for leaf in row["label"]["personal"] if leaf not in names}
    empty = {param["name"] for param in row["label"]["params"] if f"{param['name']}=&" in f"{row['url']}&"}
    empty |= {param["name"] for param in row["label"]["params"] if f"{param['name']}=;" in row["url"]}
    assert packed <= empty


def test_what_xs_pixel_says_of_restricted_use_in_an_event_is_handed_on(catalogue):
    query = f"txn_id=o8z6j&event={quote(json.dumps({'restricted_data_use': 'restrict_optimization'}))}"
    (raw,) = catalogue.pixels["x_adsct"].read("GET", "/1/i/adsct", query, "", b"")
    assert [value for path, value in raw.packed if path.endswith("restricted_data_use")] == ["restrict_optimization"]
    assert dict(raw.fields) == {}
