"""What the operator's file says about consent reaches whatever reads it."""

import json

import pytest

from gateway.bootstrap.collecting import reader
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.signals import reading_rules
from gateway.consent.rules import Recipient
from gateway.errors import ConfigurationError
from gateway.facts import Facts
from gateway.hit import Hit
from tests.bootstrap.configuration import GATEWAY, POLICY, write
from tests.consent.tcf_packer import core, disclosed, vendors

LISTED = {"id": 755, "purposes": [1, 3], "legIntPurposes": [2, 7], "flexiblePurposes": [7]}
LIST = json.dumps({"gvlSpecificationVersion": 3, "vendors": {"755": LISTED}})


def rules(config):
    plan = read_plan(config)
    return reading_rules(plan.configured, plan.policy, plan.destinations, plan.vendors)


def codes(config):
    with pytest.raises(ConfigurationError) as refusal:
        read_plan(config)
    return {finding.code for finding in refusal.value.findings if finding.severity == "error"}


def test_each_destination_is_known_with_the_purposes_it_serves_and_its_ids(tmp_path):
    gateway = GATEWAY.replace("    vendor: jsonl\n    settings: {directory: DIRECTORY}\n", """\
    vendor: linkedin
""")  # fmt: skip
    found = rules(write(tmp_path, gateway)).recipients
    assert found == (Recipient("own_stats", frozenset({"visits"}), 804), Recipient("meta", frozenset({"ads"})))


def test_without_a_word_there_is_no_list_and_no_day(tmp_path):
    found = rules(write(tmp_path))
    assert (found.vendor_list, found.since) == (None, {})


def test_the_vendor_list_and_the_first_day_of_a_site_are_read(tmp_path):
    (tmp_path / "list.json").write_text(LIST)
    found = rules(write(tmp_path, GATEWAY + "consent: {vendor_list: list.json, min_date: {shop: 2026-06-01}}\n"))
    assert found.since == {"shop": 20605}
    assert found.vendor_list[755].interest == {2, 7}


@pytest.mark.parametrize("text", ["{}", "x", LIST.replace("755", "756", 1), None])
def test_a_vendor_list_that_is_none_keeps_the_gateway_from_starting(tmp_path, text):
    if text is not None:
        (tmp_path / "list.json").write_text(text)
    assert codes(write(tmp_path, GATEWAY + "consent: {vendor_list: list.json}\n")) == {"G028"}


def test_the_first_day_is_of_a_site_there_is_and_a_day(tmp_path):
    assert codes(write(tmp_path, GATEWAY + "consent: {min_date: {shopp: 2026-06-01}}\n")) == {"G029"}
    assert codes(write(tmp_path, GATEWAY + "consent: {min_date: {shop: yesterday}}\n")) == {"G003"}


@pytest.mark.parametrize(
    "signals",
    ["dnt: {refuses: [everything_else], override: after_notice}", "dnt: {refuses: [ads]}", None],
)
def test_tk_is_not_answered_under_a_policy_that_does_not_mean_it(tmp_path, signals):
    tk = GATEWAY + "consent: {tk: true}\n"
    assert not read_plan(write(tmp_path, tk)).policy.signals["dnt"].after_notice
    region = "regions: {de: {match: [DE], because: a reason, signals: {dnt: ignore}}}\n"
    policy = POLICY.replace(
        "destinations:\n", f"signals: {{{signals}}}\ndestinations:\n" if signals else f"{region}destinations:\n"
    )
    assert codes(write(tmp_path, tk, policy)) == {"G031"}
    read_plan(write(tmp_path, GATEWAY, policy))


def test_legitimate_interest_without_a_list_is_warned_about(tmp_path):
    trust = "signals: {trust: [{source: tcf, legitimate_interest: true}]}\n"
    policy = POLICY.replace("destinations:\n", f"{trust}destinations:\n")
    (warning,) = [each for each in read_plan(write(tmp_path, policy=policy)).warnings if each.code == "G027"]
    assert "vendor list" in warning.message
    (tmp_path / "list.json").write_text(LIST)
    config = write(tmp_path, GATEWAY + "consent: {vendor_list: list.json}\n", policy)
    assert [each for each in read_plan(config).warnings if each.code == "G027"] == []


VENDORS_POLICY = """\
policy: 1
name: vendors
unknown_region: strictest
purposes:
  use: {label: Understanding use, family: analytics, profile: plain, tcf: [1, 8]}
profiles:
  plain: {ip: drop, user_agent: drop, referrer: drop, url: path, id: drop, time: day, geo: drop, click: drop}
regions:
  world: {match: ["*"], basis: {use: opt_in}}
signals: {trust: [{source: tcf}]}
destinations:
  own_stats: {party: first, events: {purchase: [use]}, fields: [event.name, event.id]}
  meta: {party: third, controller_country: US, events: {purchase: [use]}, fields: [event.name, event.id, order.value]}
"""
VENDORS_GATEWAY = GATEWAY.replace(
    "    vendor: jsonl\n    settings: {directory: DIRECTORY}\n    sources: [events, meta_pixel]\n",
    "    vendor: ga4\n    secrets: {api_secret: {file: meta.token}}\n    sources: [events]\n",
).replace("    sources: [meta_pixel]\n", "    sources: [events]\n")
NOW = 1_795_392_000.0  # 2026-11-23
DAY = int(NOW // 86_400)


@pytest.mark.parametrize(
    ("consented", "shown", "reached"),
    [
        ((755, 1), (755, 1), {"own_stats", "meta"}),
        ((1,), (755, 1), {"meta"}),
        ((755, 1), (1,), {"meta"}),
        ((), (), {"meta"}),
    ],
)
@pytest.mark.parametrize("where", ["query", "body", "cookie"])
def test_a_vendor_that_the_string_leaves_out_gets_nothing_and_the_others_do(tmp_path, consented, shown, reached, where):
    plan = read_plan(write(tmp_path, VENDORS_GATEWAY, VENDORS_POLICY))
    text = f"{core(day=DAY - 3, consent=(1, 8), consented=vendors(*consented, highest=900))}.{disclosed(*shown)}"
    cookie = {b"cookie": [b"euconsent-v2=" + text.encode()]} if where == "cookie" else {}
    query = f"gdpr=1&gdpr_consent={text}" if where == "query" else "gdpr=1"
    event = {"name": "purchase", **({"user": {"consent": text}} if where == "body" else {})}
    hit = Hit("POST", "/e", query, cookie, json.dumps(event).encode(), "192.0.2.1", NOW, "shop", "events")
    facts = Facts((), reader(plan).read(hit).signals)
    decision = plan.policy.decide(
        Facts.from_json(json.loads(json.dumps(facts.to_json()))), "purchase", plan.fed_by()["events"], DAY
    )
    assert {verdict.destination for verdict in decision.permits} == reached
