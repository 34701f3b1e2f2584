"""Recorded pixels of affiliate, analytics, marketing and e-mail vendors, played under a policy that permits all it can."""

import json
from collections.abc import Mapping
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.bootstrap.shipped import manifests
from gateway.cli import main
from gateway.vendors.catalogue import load_catalogue
from tests.vendors.test_rows import MEANT, REQUESTS, VENDORS, plain, said

# What an operator must say of each that asks for something.
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "impact": {"host": "example.pxf.io"},
    "tune": {"host": "example.go2cloud.org"},
    "everflow": {"host": "www.track.example"},
    "matomo": {"endpoint": "https://stats.example.com/matomo.php"},
    "piwik_pro": {"endpoint": "https://example.piwik.pro/ppms.php"},
    "mixpanel": {"project_id": "4711"},
    "snowplow": {"collector": "sp.example.com"},
    "adobe_analytics": {"host": "smetrics.example.fr"},
    "hubspot": {"hub_id": "4711"},
    "marketo": {"munchkin_id": "433-ABC-198"},
    "sfmc": {"mid": "100012345"},
    "mailchimp": {"host": "example.us5.list-manage.com"},
    "email_opens": {"url": "https://counts.example/in"},
}
FAMILY = {"advertising": "ads", "analytics": "insight", "personalization": "known", "email_open": "opens"}
POLICY = """
policy: 1
name: everything
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  ads: {label: Ads, family: advertising, sale_or_share: yes, profile: plain}
  insight: {label: Analytics, family: analytics, profile: plain}
  known: {label: Marketing automation, family: personalization, profile: plain}
  opens: {label: Opened mails, family: email_open, profile: plain}
  named: {label: Hashes of an address, family: sensitive, profile: plain}
profiles:
  plain: {ip: truncate, user_agent: full, referrer: full, url: full, id: raw, time: exact, geo: region}
destinations:
"""


def destination(manifest) -> str:
    """The vendor with every field that its requests could carry, for every event."""
    paths = {flow.source.partition("[")[0] for flow in manifest.flows}
    groups = (
        "page",
        "device",
        "client",
        "geo",
        "id",
        "click",
        "utm",
        "order",
        "contact",
        "email",
        "engagement",
        "params",
    )
    fields = sorted(path for path in paths if path.partition(".")[0] in groups)
    purpose = FAMILY[manifest.purposes[0]] + (", named" if any(path.startswith("contact.") for path in paths) else "")
    named = ["event.name", "event.id", "event.time", *fields]
    events = {row["label"].get("canonical_event") for row in REQUESTS} - {None}
    return (
        f"  {manifest.id}:\n    party: third\n    controller_country: US\n"
        f"    events: {{{', '.join(f'{event}: [{purpose}]' for event in sorted(events))}}}\n"
        f"    fields: [{', '.join(named)}]\n"
    )


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(manifests())


# Secrets that are held against how their vendor writes them, and one for all others.
SECRETS = {
    "secret": "pk_SECRET",
    "posthog.personal_key": "phx_SECRET",
    "pardot.private_key": rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode(),
}


@pytest.fixture(scope="module")
def ours(catalogue):
    pixels = {pixel.id for name in VENDORS for pixel in catalogue.manifests[name].pixels}
    return [row for row in REQUESTS if row["label"]["pixel_id"] in pixels]


@pytest.fixture(scope="module")
def play(catalogue, ours, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vendors")
    chosen = [catalogue.manifests[name] for name in VENDORS]
    (folder / "policy.yaml").write_text(POLICY + "".join(map(destination, chosen)))
    for name, text in SECRETS.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    CliRunner().invoke(main, ["keys", "new", str(folder / "root.key")])
    connected = {
        manifest.id: {
            "vendor": manifest.id,
            "settings": dict(SETTINGS.get(manifest.id, {})),
            "secrets": {
                name: {"file": own if (own := f"{manifest.id}.{name}") in SECRETS else "secret"}
                for name in manifest.secrets
            },
            "sources": [pixel.id for pixel in manifest.pixels],
        }
        for manifest in chosen
    }
    operator = {
        "listeners": {"public": "127.0.0.1:8080", "admin": "127.0.0.1:9090"},
        "policy": "policy.yaml",
        "data_dir": "data",
        "sites": {"shop": ["t.shop.example"]},
        "keys": {"root": {"file": "root.key"}},
        "destinations": connected,
    }
    (folder / "gateway.yaml").write_text(json.dumps(operator))
    (folder / "hits.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ours))

    def run(*options: str) -> list[dict]:
        arguments = ["simulate", str(folder / "hits.jsonl"), "--config", str(folder / "gateway.yaml"), *options]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


def outbound(fate: dict) -> list[dict]:
    fates = [fate, *fate.get("batch", [])]
    return [out for each in fates for given in each["destinations"].values() for out in given["outbound"]]


def test_every_row_is_recognised_and_read_as_labelled(play, ours):
    for row, fate in zip(ours, play("--consent", "all", "--region", "US-WY"), strict=True):
        label, read = row["label"], fate["read"]
        assert (fate["recognised"], read["event"]) == (label["pixel_id"], label["canonical_event"]), row["id"]
        for name in ("value", "currency", "order_id"):
            if label[name] is not None:
                assert read.get(name) == MEANT.get(label[name], label[name]), (row["id"], name)


@pytest.mark.parametrize(
    "options", [("--consent", "none"), ("--consent", "none", "--region", "DE"), ("--region", "FR")]
)
def test_where_everything_is_refused_nothing_goes_out(play, options):
    for fate in play(*options):
        assert outbound(fate) == [], fate["id"]


def test_where_everything_is_granted_what_is_personal_leaves_only_as_its_vendor_declares(play, ours, catalogue):
    sent = 0
    for row, fate in zip(ours, play("--consent", "all", "--region", "US-WY"), strict=True):
        vendor = catalogue.manifests[catalogue.vendor_of(row["label"]["pixel_id"])]
        requests = [out for out in outbound(fate) if "skipped" not in out]
        text, given = unquote(unquote(json.dumps(requests))), said(row)
        sent += bool(requests)
        assert "@" not in text, row["id"]
        for parameter in row["label"]["params"]:
            value = given.get(plain(parameter["name"]), "")
            if parameter["name"] in row["label"]["personal"] and len(value) > 4 and value in text:
                assert parameter["class"] in vendor.sends, (row["id"], parameter)
    assert sent >= 15


def test_vendors_of_other_pixels_get_nothing_of_a_hit(play, catalogue):
    for fate in play("--consent", "all", "--region", "US-WY"):
        assert {*fate["destinations"]} == {catalogue.vendor_of(fate["recognised"])}, fate["id"]
