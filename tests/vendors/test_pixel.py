"""Real pixels are read into our words, and nothing but what the manifest names comes through."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.hit import Hit
from gateway.taxonomy import is_field
from gateway.vendors.pixel import MAX_EVENTS, custom_name

REQUESTS = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "pixel_requests.jsonl").read_text().splitlines()
]
OURS = ("meta_pixel", "ga4_collect", "ga4_first_party", "linkedin_insight")
SHIPPED = [row for row in REQUESTS if row["label"]["pixel_id"] in OURS]

# What each personal or indirect parameter may become; every other one must be gone.
BECOMES = {
    "dl": {"page.url"},
    "rl": {"page.referrer"},
    "dr": {"page.referrer"},
    "url": {"page.url"},
    "dt": {"page.title"},
    "eid": {"id"},
    "eventId": {"id"},
    "fbp": {"id.fbp", "id.visitor"},
    "fbc": {"click.fbc"},
    "li_fat_id": {"click.li_fat_id"},
    "cid": {"id.ga_client_id", "id.visitor"},
    "uid": {"id.user"},
    "sid": {"id.session"},
    "gclid": {"click.gclid"},
    "ud[em]": {"contact.email_sha256"},
    "ud[ph]": {"contact.phone_sha256"},
    "cd[order_id]": {"order.id"},
    "ep.transaction_id": {"order.id"},
    "cd[search_string]": {"params.search_term"},
    "ep.search_term": {"params.search_term"},
}


def hit_of(row, catalogue):
    fronted = catalogue.recognise(row["method"], row["url"], row["body"] or "")
    headers = {name.encode(): [value.encode()] for name, value in row["headers"].items()}
    body = (row["body"] or "").encode()
    return Hit(row["method"], fronted.path, fronted.query, headers, body, "203.0.113.9", 0.0, "shop", fronted.pixel)


def decoded(row, catalogue):
    hit = hit_of(row, catalogue)
    return catalogue.pixels[hit.pixel].decode(hit)


def read(catalogue, pixel, query, body="", method="GET", kind=""):
    path = {"meta_pixel": "/tr", "ga4_collect": "/g/collect", "linkedin_insight": "/collect"}[pixel]
    return catalogue.pixels[pixel].read(method, path, query, kind, body.encode("latin-1"))


@pytest.mark.parametrize("row", SHIPPED, ids=lambda row: row["id"])
def test_a_labelled_request_is_read_exactly(row, catalogue):
    label, raws = row["label"], decoded(row, catalogue)
    first = raws[0]
    assert first.pixel == label["pixel_id"]
    assert [raw.name for raw in raws] == label.get("event_names", [label["canonical_event"]])
    assert first.account == label["account_id"]
    assert first.fields.get("order.value") == label["value"]
    assert first.fields.get("order.currency") == label["currency"]
    assert first.fields.get("order.id") == label["order_id"]
    assert (first.id or None) == label["dedup_id"]
    for name, value in label["click_ids"].items():
        assert first.fields[f"click.{name}"] == value


@pytest.mark.parametrize("row", SHIPPED, ids=lambda row: row["id"])
def test_what_the_label_calls_personal_is_a_field_the_policy_judges_or_gone(row, catalogue):
    label = row["label"]
    given_ = dict(parse_qsl(f"{urlsplit(row['url']).query}&{row['body'] or ''}"))
    for raw in decoded(row, catalogue):
        assert all(is_field(name) for name in raw.fields)
        texts = {**{name: str(value) for name, value in raw.fields.items()}, "id": raw.id, **(raw.kept or {})}
        for name in {*label["personal"], *label["indirect"], *label["fingerprint"]} & given_.keys():
            allowed = BECOMES.get(name, {"device.screen", "device.language"} if name in label["fingerprint"] else set())
            found = {field for field, text in texts.items() if len(given_[name]) > 3 and given_[name] in text}
            assert found <= allowed, f"{name} reached {found}"


@pytest.mark.parametrize("row", SHIPPED, ids=lambda row: row["id"])
def test_the_pages_own_word_about_consent_is_never_kept(row, catalogue):
    for raw in decoded(row, catalogue):
        for value in row["label"]["consent"].values():
            if len(value) > 2 and value not in ("false", "1000"):
                assert value not in json.dumps([dict(raw.fields), dict(raw.kept or {})])


def test_two_events_in_one_body_are_two(catalogue):
    raws = read(catalogue, "ga4_collect", "tid=G-ABCD1&cid=1.2", "en=scroll&_et=5\r\nen=click\n\n", "POST")
    assert [(raw.name, raw.fields.get("engagement.time_on_page")) for raw in raws] == [("scroll", 5), ("click", None)]
    assert all(raw.fields["id.visitor"] == "1.2" for raw in raws)


def test_raw_utf8_does_not_end_a_line(catalogue):
    body = "en=purchase&ep.coupon=Århus".encode().decode("latin-1")
    (raw,) = read(catalogue, "ga4_collect", "tid=G-ABCD1", body, "POST")
    assert raw.fields == {"order.coupon": "Århus"}


def test_a_line_has_the_last_word_over_the_query(catalogue):
    raws = read(catalogue, "ga4_collect", "tid=G-ABCD1&cu=EUR&en=click", "en=purchase&cu=USD", "POST")
    assert (raws[0].name, raws[0].fields["order.currency"]) == ("purchase", "USD")


def test_the_first_of_two_wins(catalogue):
    raws = read(catalogue, "meta_pixel", "id=12345&id=67890&ev=Purchase&ev=Lead&cd[value]=1&cd[value]=2")
    assert (raws[0].account, raws[0].name, raws[0].fields) == ("12345", "purchase", {"order.value": "1"})


def test_names_may_be_encoded_and_ampersands_escaped(catalogue):
    raws = read(catalogue, "meta_pixel", "id=12345&amp;%65v=Purchase&amp;cd%5bvalue%5d=5&cd%5Bcurrency%5D=eur")
    assert (raws[0].name, raws[0].fields) == ("purchase", {"order.value": "5", "order.currency": "EUR"})


def test_clear_contact_data_is_hashed_on_arrival_and_what_is_neither_is_counted(catalogue):
    lost = []
    pixel = replace(catalogue.pixels["meta_pixel"], dropped=lost.append)
    query = "id=12345&ev=Lead&ud[em]=Ann%40mail.example&ud[ph]=%2B49%2030%20123456"
    (raw,) = pixel.read("GET", "/tr", query, "", b"")
    assert raw.fields["contact.email_sha256"] == hashlib.sha256(b"ann@mail.example").hexdigest()
    assert raw.fields["contact.phone_sha256_e164"] == hashlib.sha256(b"+4930123456").hexdigest()
    assert lost == [] and "nn@mail" not in json.dumps(dict(raw.fields))
    (raw,) = pixel.read("GET", "/tr", "id=12345&ev=Lead&ud[em]=Ann%20Smith&ud[ph]=home", "", b"")
    assert (raw.fields, lost) == ({}, [2])


def test_a_hash_stands_for_the_one_normalisation_it_was_sent_in(catalogue):
    (raw,) = read(catalogue, "meta_pixel", f"id=12345&ev=Lead&ud[em]={'A' * 64}")
    assert raw.fields == {"contact.email_sha256": "a" * 64}


def test_campaign_parameters_come_from_the_page_and_a_broken_page_tells_nothing(catalogue):
    page = "https%3A%2F%2Fa.example%2F%3Futm_source%3Dnews%26utm_campaign%3Dw%252047%23utm_term%3Dno"
    fields = read(catalogue, "meta_pixel", f"id=12345&ev=Lead&dl={page}")[0].fields
    assert (fields["utm.source"], fields["utm.campaign"]) == ("news", "w 47")
    assert "utm.term" not in fields
    page = "https%3A%2F%2Fa.example%2F%3Fq%3D%C5%81%C3%B3d%C5%BA%26utm_source%3DWroc%C5%82aw"
    assert read(catalogue, "meta_pixel", f"id=12345&ev=Lead&dl={page}")[0].fields["utm.source"] == "Wrocław"
    broken = read(catalogue, "meta_pixel", "id=12345&ev=Lead&dl=https%3A%2F%2Fa.example%2F%3Futm_source%3D%25zz")
    assert broken[0].fields == {"page.url": "https://a.example/?utm_source=%zz"}


@pytest.mark.parametrize(
    ("word", "name"),
    [("AddToCart", "addtocart"), ("My Event.v2-x", "my_event_v2_x"), ("<script>", "custom"), ("x" * 51, "custom")],
)
def test_a_name_the_table_does_not_know_is_plain_or_custom(word, name):
    assert custom_name(word) == name


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("ev=PageView", 400),
        ("id=evil&ev=PageView", 400),
        ("id=12345", 400),
        ("id=12345&ev=%zz", 400),
        ("id=12345&ev=PageView&x=%ff", 400),
        ("id=12345&ev=PageView&x=%00", 400),
    ],
)
def test_what_cannot_be_read_is_refused_without_an_echo(catalogue, query, status):
    with pytest.raises(BadRequest) as refusal:
        read(catalogue, "meta_pixel", query)
    assert refusal.value.status == status
    assert "evil" not in str(refusal.value)


def test_another_path_method_or_kind_of_body_is_refused(catalogue):
    pixel = catalogue.pixels["meta_pixel"]
    good = "id=12345&ev=PageView"
    for status, call in (
        (404, ("GET", "/trap", good, "", b"")),
        (405, ("DELETE", "/tr", good, "", b"")),
        (415, ("POST", "/tr", good, "multipart/mixed; boundary=x", b"--x")),
    ):
        with pytest.raises(BadRequest) as refusal:
            pixel.read(*call)
        assert refusal.value.status == status
    with pytest.raises(BadRequest):
        catalogue.pixels["linkedin_insight"].read("GET", "/collect", "pid=12345", "", b"x")


def test_a_batch_has_an_end(catalogue):
    with pytest.raises(BadRequest):
        read(catalogue, "ga4_collect", "tid=G-ABCD1", "\n".join(["en=x"] * (MAX_EVENTS + 1)), "POST")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=255), max_size=200), st.binary(max_size=100), st.sampled_from(OURS))
def test_any_request_is_read_or_refused(catalogue, query, body, pixel):
    path = {"meta_pixel": "/tr", "linkedin_insight": "/collect"}.get(pixel, "/g/collect")
    method = "GET" if pixel == "linkedin_insight" else "POST"
    for start in ("", "id=12345&ev=Lead&", "tid=G-ABCD1&v=2&en=x&", "pid=123&"):
        try:
            raws = catalogue.pixels[pixel].read(method, path, start + query, "", body)
        except BadRequest:
            continue
        assert all(is_field(name) for raw in raws for name in raw.fields)


def in_parts(**fields):
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "".join([*parts, "--B--\r\n"])


def test_a_form_in_parts_is_read_as_any_other_and_its_refusals_are_handed_on(catalogue):
    fields = {"id": "1234567890123456", "ev": "Purchase", "cd[value]": "59.9", "cd[currency]": "EUR", "dpo": "LDU"}
    fields |= {"ud[em]": "ann@mail.example", "fn": "Ann"}
    body = in_parts(**fields)
    assert catalogue.recognise("POST", "https://www.facebook.com/tr/", body).pixel == "meta_pixel"
    pixel = catalogue.pixels["meta_pixel"]
    (raw,) = pixel.read("POST", "/tr/", "", "multipart/form-data; boundary=B", body.encode())
    assert (raw.name, raw.account, raw.fields["order.value"]) == ("purchase", "1234567890123456", "59.9")
    assert "ann" not in repr(dict(raw.fields)).lower()
    assert ("dpo", "LDU") in raw.packed
    assert pixel.read("POST", "/tr/", "", "Multipart/Form-Data; boundary=B", body.encode())[0].name == "purchase"


def test_a_broken_form_in_parts_is_refused(catalogue):
    with pytest.raises(BadRequest):
        catalogue.pixels["meta_pixel"].read("POST", "/tr/", "", "multipart/form-data; boundary=B", b"--B\r\nid=1")
