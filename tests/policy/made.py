"""Policies for the tests: the shipped ones, and small ones made of a few lines."""

import functools
from pathlib import Path

from gateway.policy.compile import read_policy

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
HERE = Path(__file__).parent
PACK = "packs/baseline-2026.11.yaml"

# 2026-11-25
TODAY = 20782

SMALL = """\
policy: 1
name: small
purposes:
  visits: {label: Visits, family: audience_measurement, profile: strict}
  ads: {label: Ads, family: advertising, sale_or_share: yes}
profiles:
  strict: {ip: drop, url: path, id: daily_hash, referrer: origin}
regions:
  world:
    match: ["*"]
    basis: {audience_measurement: opt_in, advertising: opt_in}
    consent: {valid_for: 100d}
    minors: {under: 16}
destinations:
  own: {party: first, events: {view: [visits]}, fields: [page.url]}
  meta:
    party: third
    controller_country: US
    events: {view: [ads]}
    fields: [page.url]
    anonymise: {url: origin}
tests:
  - {name: silence is no, given: {region: FR}, expect: {meta: deny}}
"""


def resolve(name):
    path = POLICIES / name
    return (path.read_text("utf-8"), str(path)) if path.is_file() else None


def loaded(text, file="policy.yaml", found=resolve):
    """The policy in a text that nothing is wrong with."""
    reading = read_policy(text, file, found)
    assert reading.policy is not None, reading.findings
    return reading.policy


@functools.cache
def shipped(name):
    path = POLICIES / f"{name}.yaml"
    return loaded(path.read_text("utf-8"), f"{name}.yaml")


def small(old="", new="", text=SMALL):
    """The small policy, with one piece of its text replaced."""
    assert old in text
    return loaded(text.replace(old, new) if old else text, "small.yaml")


def findings(old="", new="", text=SMALL, **options):
    """What is found in the small policy once a piece of its text is replaced: (code, line, column) and message."""
    assert old in text
    return read_policy(text.replace(old, new, 1) if old else text, "small.yaml", resolve, **options).findings


def codes(old="", new="", text=SMALL, **options):
    return [finding.code for finding in findings(old, new, text, **options)]
