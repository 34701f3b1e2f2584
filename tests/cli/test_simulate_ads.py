"""The recorded pixels of ad platforms, played the whole way to requests under a policy that connects them all."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from click.testing import CliRunner

from gateway.bootstrap.shipped import manifests
from gateway.cli import main
from gateway.taxonomy import is_field
from gateway.vendors.catalogue import load_catalogue
from tests.vendors.test_ad_pixels import NAMES, ROWS, VENDORS

HITS = Path(__file__).parents[1] / "vendors" / "data" / "pixel_requests.jsonl"

# What tells who somebody is needs an opt-in in every region, which this policy does not ask for.
PERSON = ("contact.", "id.", "client.", "geo.")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A gateway that connects every vendor of the labelled ad pixels, each with all the fields it can use."""
    place = tmp_path_factory.mktemp("ads")
    (place / "secret").write_text("s")
    (place / "secret").chmod(0o600)
    catalogue, connected, policy = load_catalogue(manifests()), {}, {}
    for vendor in sorted(set(VENDORS.values())):
        manifest = catalogue.manifests[vendor]
        settings = {
            name: dict.fromkeys(NAMES, "chosen-by-us") if setting.is_map else "1234567890"
            for name, setting in manifest.settings.items()
            if setting.is_map or not setting.optional
        }
        secrets = {name: {"file": "secret"} for name in manifest.secrets}
        sources = [pixel.id for pixel in manifest.pixels]
        connected[vendor] = {"vendor": vendor, "settings": settings, "secrets": secrets, "sources": sources}
        fields = {
            flow.source for flow in manifest.flows if is_field(flow.source) and not flow.source.startswith(PERSON)
        }
        policy[vendor] = {
            "party": "third",
            "controller_country": "US",
            "events": {name: ["ads"] for name in (*NAMES, "bookdemo")},
            "fields": sorted(fields | {"event.name", "event.time", "event.id"}),
            "anonymise": {"url": "path", "referrer": "origin", "time": "exact"},
        }
    ads = {"label": "Showing our ads", "family": "advertising", "sale_or_share": True}
    rules = {"policy": 1, "name": "ads", "extends": "packs/baseline-2026.11.yaml", "purposes": {"ads": ads}}
    (place / "policy.yaml").write_text(yaml.safe_dump(rules | {"destinations": policy}, sort_keys=False))
    operator = {
        "listeners": {"public": "127.0.0.1:8080", "admin": "127.0.0.1:9090"},
        "policy": "policy.yaml",
        "data_dir": "data",
        "sites": {"shop": ["t.shop.example"]},
        "keys": {"root": {"file": "root.key"}},
        "destinations": connected,
    }
    (place / "gateway.yaml").write_text(yaml.safe_dump(operator, sort_keys=False))
    assert CliRunner().invoke(main, ["keys", "new", str(place / "root.key")]).exit_code == 0
    return place / "gateway.yaml"


def requests(config, consent):
    """Each labelled row with the requests that became of it, as texts."""
    options = ["--config", str(config), "--region", "FR", "--consent", consent, "--now", "2026-11-23T10:20:00Z"]
    run = CliRunner().invoke(main, ["simulate", str(HITS), *options])
    assert run.exit_code == 0, run.output
    fates = {fate["id"]: fate for fate in map(json.loads, run.stdout.splitlines())}
    return [
        (row, [json.dumps(out) for each in fates[row["id"]]["destinations"].values() for out in each["outbound"]])
        for row in ROWS
    ]


def test_nothing_leaves_where_all_is_refused(config):
    assert [row["id"] for row, sent in requests(config, "none") if sent] == []


def test_every_pixel_becomes_a_request_in_which_nobody_is_named(config):
    for row, sent in requests(config, "all"):
        label = row["label"]
        assert sent, row["id"]
        given = dict(parse_qsl(f"{urlsplit(row['url']).query}&{row['body'] or ''}"))
        personal = {given[name] for name in label["personal"] if len(given.get(name, "")) > 4}
        for value in personal - set(label["click_ids"].values()):
            assert not any(value in text for text in sent), row["id"]
