"""Recorded pixels of real vendors, played through the whole way under the rules of the shipped shop policy."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from click.testing import CliRunner

from gateway.bootstrap.shipped import manifests
from gateway.cli import main
from gateway.vendors.catalogue import load_catalogue

HITS = Path(__file__).parents[1] / "vendors" / "data" / "pixel_requests.jsonl"

# Read as what they mean, where the label repeats what the page wrote.
MEANT = {
    "1990|3980": "59.70", ";SKU1;1;406.97": "406.97", "580,20": "580.20",
    "e=vc&id=5672347&c=EUR&p=%5Bi%253D28249%2526pr%253D159.9%2526q%253D1%5D": "5672347",
}  # fmt: skip
# A word of the advertiser's own keeps its name; `ord=1` of a counter is the same for everybody.
BY_RULE = {("px-0045", "event"): "bookdemo", ("px-0022", "dedup_id"): None}


@cache
def labelled() -> list[dict]:
    return [json.loads(line) for line in HITS.read_text("utf-8").splitlines()]


@cache
def simulated(*options: str) -> list[dict]:
    run = CliRunner().invoke(main, ["simulate", str(HITS), *options])
    assert run.exit_code == 0, run.output
    return [json.loads(line) for line in run.stdout.splitlines()]


def outbound(fate: dict) -> list[dict]:
    fates = [fate, *fate.get("batch", [])]
    return [out for each in fates for destination in each["destinations"].values() for out in destination["outbound"]]


def values(row: dict, names: set[str]) -> set[str]:
    """The values of the named parameters, long enough to be told apart from chance."""
    query = urlsplit(row["url"].replace("&amp;", "&")).query
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl((row["body"] or "").replace("\n", "&"))
    return {value for name, value in pairs if name in names and len(value) >= 4}


def test_every_recorded_request_becomes_a_line_in_its_order():
    assert [row["id"] for row in labelled()] == [fate["id"] for fate in simulated("--consent", "all")]


def test_every_shipped_pixel_is_recognised_and_nothing_else_is():
    shipped = load_catalogue(manifests()).pixels
    for row, fate in zip(labelled(), simulated("--consent", "all"), strict=True):
        expected = row["label"].get("pixel_id")
        assert fate["recognised"] == (expected if expected in shipped else None), row["id"]


def test_event_value_currency_order_and_own_id_are_those_of_the_label():
    for row, fate in zip(labelled(), simulated("--consent", "all"), strict=True):
        label = row["label"]
        if not label["is_tracking"] or label["canonical_event"] is None:  # an exchange of ids is no event
            assert "read" not in fate, row["id"]
            continue
        names = {"event": "canonical_event", "value": "value", "currency": "currency", "order_id": "order_id"}
        for ours, theirs in (names | {"dedup_id": "dedup_id"}).items():
            if label[theirs]:
                wanted = BY_RULE.get((row["id"], ours), MEANT.get(label[theirs], label[theirs]))
                assert fate["read"].get(ours) == wanted, (row["id"], ours)


@pytest.mark.parametrize(
    "options",
    [
        ("--consent", "none"),
        ("--consent", "none", "--region", "FR"),
        ("--consent", "none", "--region", "US-WY"),
        ("--consent", "all", "--region", "DE", "--dnt"),
        ("--region", "DE"),
        (),
    ],
)
def test_nothing_goes_out_where_everything_is_refused_or_nothing_was_said(options):
    for fate in simulated(*options):
        assert outbound(fate) == [], fate["id"]


def test_something_goes_out_where_everything_is_granted():
    sent = {fate["recognised"] for fate in simulated("--consent", "all", "--region", "FR") if outbound(fate)}
    assert len(sent) > 50
    assert {"meta_pixel", "ga4_collect", "linkedin_insight", "tiktok_pixel", "matomo", "awin_sread"} <= sent


@pytest.mark.parametrize("region", ["FR", "US-TX", "CH", "unknown"])
def test_nothing_personal_goes_out_that_the_policy_does_not_name(region):
    for row, fate in zip(labelled(), simulated("--consent", "all", "--region", region), strict=True):
        text = unquote(json.dumps(outbound(fate)))
        named = set(row["label"].get("click_ids", ()))  # each to the company that issued it
        for value in values(row, set(row["label"].get("personal", ())) - named):
            assert value not in text, (row["id"], value)
        if any(leak["kind"] == "email" for leak in row["label"].get("leaks", ())):
            assert "@" not in text, row["id"]


def test_a_line_that_is_no_hit_is_named_and_the_others_are_shown(tmp_path):
    hits = tmp_path / "hits.jsonl"
    hits.write_text('{"url": "https://www.facebook.com/tr?id=12345&ev=PageView"}\nnonsense\n["url"]\n{"url": 1}\n')
    run = CliRunner().invoke(main, ["simulate", str(hits)])
    assert run.exit_code == 1
    assert [json.loads(line)["recognised"] for line in run.stdout.splitlines()] == ["meta_pixel"]
    assert [f"{hits}:{number}" in run.stderr for number in (2, 3, 4)] == [True] * 3


def test_a_malformed_pixel_gets_the_status_of_the_edge_and_no_echo(tmp_path):
    hits = tmp_path / "hits.jsonl"
    hits.write_text('{"url": "/g/meta_pixel/tr?id=12345&ev=%zzSECRET"}\n')
    run = CliRunner().invoke(main, ["simulate", str(hits)])
    fate = json.loads(run.stdout)
    assert (fate["status"], fate["destinations"], "SECRET" in run.output) == (400, {}, False)


def test_an_own_event_and_a_fronted_path_are_taken_as_they_are(tmp_path):
    hits = tmp_path / "hits.jsonl"
    own = {
        "method": "POST",
        "url": "/e",
        "body": json.dumps({"name": "page_view", "page": {"url": "https://s.example/"}}),
    }
    fronted = {"url": "https://t.example/g/meta_pixel/tr?id=12345&ev=PageView"}
    hits.write_text(f"{json.dumps(own)}\n{json.dumps(fronted)}\n")
    run = CliRunner().invoke(main, ["simulate", str(hits), "--consent", "all", "--region", "FR"])
    first, second = map(json.loads, run.stdout.splitlines())
    assert (first["recognised"], first["destinations"]["own_stats"]["allow"]) == ("events", True)
    assert (second["recognised"], second["destinations"]["meta"]["reason"]) == ("meta_pixel", "consent")


def test_a_fronted_path_that_looks_like_a_vendors_own_is_taken_as_it_is(tmp_path):
    hits = tmp_path / "hits.jsonl"
    hits.write_text(
        '{"url": "http://127.0.0.1:8080/g/ga4_collect/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"}\n'
    )
    run = CliRunner().invoke(main, ["simulate", str(hits), "--consent", "all", "--region", "FR"])
    fate = json.loads(run.stdout)
    assert (fate["recognised"], fate["destinations"]["ga4"]["allow"]) == ("ga4_collect", True)


@pytest.mark.parametrize("path", ["/p.gif?name=page_view", "/e?name=page_view", "/v1/t", "/v1/ingest"])
def test_an_unknown_vendor_with_a_path_like_ours_is_not_taken_for_us(tmp_path, path):
    hits = tmp_path / "hits.jsonl"
    hosts = ("px.vendor.example", "127.0.0.1:80")
    hits.write_text("".join(json.dumps({"url": f"https://{host}{path}"}) + "\n" for host in hosts))
    run = CliRunner().invoke(main, ["simulate", str(hits), "--consent", "none"])
    strange, own = map(json.loads, run.stdout.splitlines())
    assert (strange["recognised"], strange["destinations"]) == (None, {})
    assert own["recognised"] in ("events", "segment_pixel")


@pytest.mark.parametrize(
    ("carried", "source", "unreadable"),
    [
        ("gdpr=1", "tcf:gdpr", ["tcf:gdpr"]),
        ("gdpr_consent=%24%7BGDPR_CONSENT_755%7D", "tcf:gdpr_consent", ["tcf:gdpr_consent"]),
        ("us_privacy=1YYN", "usp:us_privacy", []),
        ("dpo=LDU", "limited:dpo", []),
        ("gcs=G100", "google:gcs", []),
        ("gpp=DBABLA~", "gpp:gpp", ["gpp:gpp"]),
    ],
)
def test_what_the_hit_carries_is_shown_and_honoured_where_nobody_has_to_ask(tmp_path, carried, source, unreadable):
    hits = tmp_path / "hits.jsonl"
    url = "https://www.facebook.com/tr?id=12345&ev=Purchase&cd[value]=1&cd[currency]=USD"
    hits.write_text("".join(json.dumps({"url": each}) + "\n" for each in (url, f"{url}&{carried}")))
    run = CliRunner().invoke(main, ["simulate", str(hits), "--region", "US-OH"])
    plain, carrying = map(json.loads, run.stdout.splitlines())
    assert (plain["destinations"]["meta"]["allow"], plain["facts"]["votes"]) == (True, [])
    assert carrying["destinations"]["meta"]["reason"] == "refused"
    assert {(vote["source"], vote["grant"]) for vote in carrying["facts"]["votes"]} == {(source, False)}
    assert carrying["facts"]["unreadable"] == unreadable


def test_a_purpose_that_the_policy_does_not_know_is_a_misuse(tmp_path):
    run = CliRunner().invoke(main, ["simulate", str(HITS), "--consent", "world_peace=yes"])
    assert run.exit_code == 2
    assert "retarget" in run.stderr
