"""Recorded pixels of real vendors, played through the whole way under the shipped shop policy."""

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
OURS = ("meta_pixel", "ga4_collect", "ga4_first_party", "linkedin_insight")

# What the shop policy lets a vendor have of what the labels call personal: the click id that the vendor itself issued.
NAMED_BY_POLICY = {"meta_pixel": {"fbc"}, "linkedin_insight": {"li_fat_id"}}


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


def test_event_account_value_currency_and_order_are_those_of_the_label():
    for row, fate in zip(labelled(), simulated("--consent", "all"), strict=True):
        label = row["label"]
        if label.get("pixel_id") not in OURS:
            continue
        read = fate["read"]
        assert read["event"] == label["canonical_event"], row["id"]
        assert read["account"] == label["account_id"], row["id"]
        for name in ("value", "currency", "order_id"):
            assert read.get(name) == label[name], (row["id"], name)


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
    assert sent == set(OURS)


@pytest.mark.parametrize("region", ["FR", "US-TX", "CH", "unknown"])
def test_nothing_personal_goes_out_that_the_policy_does_not_name(region):
    for row, fate in zip(labelled(), simulated("--consent", "all", "--region", region), strict=True):
        text = unquote(json.dumps(outbound(fate)))
        named = NAMED_BY_POLICY.get(row["label"].get("pixel_id"), set())
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
