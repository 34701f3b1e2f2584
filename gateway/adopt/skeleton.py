"""Write the beginnings of an operator's file and of a policy for the vendors that were found."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.adopt.page import TAGGED, Found
from gateway.policy.lint import COUNTRIES_OF_CONCERN
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.manifest import Manifest

PACK = "packs/baseline-2026.11.yaml"
_LABELS = {
    "advertising": "Showing our ads elsewhere, and telling whether they worked",
    "analytics": "Understanding how the site is used",
    "audience_measurement": "Counting visits",
    "personalization": "Fitting the site and our mails to what you did",
    "email_open": "Counting which mails are opened",
    "functional": "Making the site work better",
    "necessary": "Making the site work",
}
_ORDER = frozenset(("purchase", "conversion", "add_to_cart", "begin_checkout", "view_item", "generate_lead"))

# A name of more than five letters is no truth value to YAML.
_PLAIN = re.compile(r"[a-z][a-z0-9_]{5,49}|lead|share|login|click|search|refund")


class Wanted(NamedTuple):
    """What a vendor's destination is made of: who feeds it, which accounts and which events were seen."""

    manifest: Manifest
    sources: tuple[str, ...]
    accounts: tuple[str, ...]
    events: tuple[str, ...]


def wanted(found: Iterable[Found], catalogue: Catalogue) -> list[Wanted]:
    """The destinations of the pixels that were found, by vendor; a script feeds none before it or the tag does."""
    by: dict[str, list[Found]] = {}
    for each in found:
        if each.vendor and (each.kind == "pixel" or each.option or each.action == TAGGED):
            by.setdefault(each.vendor, []).append(each)
    return [_wanted(catalogue.manifests[vendor], by[vendor]) for vendor in sorted(by)]


def operator_file(destinations: Iterable[Wanted], host: str) -> str:
    """A `gateway.yaml`. A destination that lacks a setting or a secret is not connected, and says what it lacks."""
    lines = [
        "# Begun by `gateway adopt`. Read it, fill it in, then run `gateway check`.",
        "policy: policy.yaml",
        "data_dir: data",
        f"sites: {{site: [{host.partition(':')[0]}]}}",
        "keys: {root: {file: root.key}}     # gateway keys new root.key",
        "destinations:",
    ]
    for each in destinations:
        lines += _destination(each)
    return "\n".join(lines) + "\n"


def policy_file(destinations: Iterable[Wanted]) -> str:
    """A policy under which nothing leaves without a yes; purposes and fields are for the officer to widen."""
    made = list(destinations)
    families = sorted({each.manifest.purposes[0] for each in made})
    lines = [
        "# Begun by `gateway adopt`: each vendor gets the events that were seen, and of those very little.",
        "# Read it with the person who decides, then run `gateway policy check` and `gateway policy test`.",
        "policy: 1",
        "name: adopted",
        f"extends: {PACK}",
        "unknown_region: strictest",
        "",
        "purposes:",
        *(_purpose(family) for family in families),
        "",
        "destinations:",
    ]
    for each in made:
        lines += _granted(each)
    lines += ["", "tests:"]
    for each in made:
        lines += _test(each.manifest.id, _events(each)[0])
    return "\n".join(lines) + "\n"


def _wanted(manifest: Manifest, found: list[Found]) -> Wanted:
    pixels = [each for each in found if each.kind == "pixel"]
    # A script that is pointed at the gateway by its own option, and the tag, send to the vendor's first pixel.
    sources = {each.id for each in pixels} | {manifest.pixels[0].id for each in found if each.kind != "pixel"}
    accounts = {each.account for each in pixels if each.account}
    return Wanted(
        manifest, tuple(sorted(sources)), tuple(sorted(accounts)), tuple(sorted({each.event for each in pixels} - {""}))
    )


def _destination(each: Wanted) -> list[str]:
    manifest = each.manifest
    settings = _settings(each)
    missing = [f"settings.{name}" for name, setting in manifest.settings.items()
               if not setting.optional and setting.default is None and name not in settings]  # fmt: skip
    missing += [f"secrets.{name}" for name, secret in manifest.secrets.items() if not secret.optional]
    parts = ["enabled: false"] if missing else []
    parts.append(f"vendor: {manifest.id}")
    if settings:
        parts.append("settings: {" + ", ".join(f'{name}: "{value}"' for name, value in settings.items()) + "}")
    parts.append(f"sources: [{', '.join(each.sources)}]")
    lines = (
        [f"  # {manifest.id} needs {', '.join(missing)}; see `gateway vendor show {manifest.id}`"] if missing else []
    )
    if len(each.accounts) > 1:
        lines.append(f"  # {len(each.accounts)} accounts were found: {', '.join(each.accounts)}")
    return [*lines, f"  {manifest.id}: {{{', '.join(parts)}}}"]


def _settings(each: Wanted) -> Mapping[str, str]:
    """The account, where the page names one alone and it is one by the manifest's own pattern."""
    name, accounts = each.manifest.account, each.accounts
    pattern = each.manifest.settings[name].pattern if name else None
    fits = len(accounts) == 1 and pattern is not None and pattern.fullmatch(accounts[0])
    return {name: accounts[0]} if fits and not set('"\\') & set(accounts[0]) else {}


def _purpose(family: str) -> str:
    sale = ", sale_or_share: yes" if family == "advertising" else ""
    return f'  {family}: {{label: "{_LABELS.get(family, family)}", family: {family}{sale}}}'


def _events(each: Wanted) -> tuple[str, ...]:
    """The events that were seen and can stand in YAML as they are."""
    return tuple(event for event in each.events if _PLAIN.fullmatch(event)) or ("page_view",)


def _granted(each: Wanted) -> list[str]:
    family, identity = each.manifest.purposes[0], each.manifest.id
    events = ", ".join(f"{event}: [{family}]" for event in _events(each))
    fields = ["event.name", "event.time", "page.url"]
    if _ORDER & set(each.events):
        fields += ["order.value", "order.currency"]
    return [
        f"  {identity}:",
        *_party(each.manifest),
        f"    events: {{{events}}}",
        f"    fields: [{', '.join(fields)}]",
        "    anonymise: {url: path, time: exact}",
    ]


def _party(manifest: Manifest) -> list[str]:
    if manifest.own:
        return ["    party: first"]
    # A vendor that runs on anybody's host has no country: a person has to say it.
    seat = manifest.country
    if not seat:
        return ["    party: third", "    # controller_country: XX, where the company sits that gets this"]
    # 28 CFR 202: what is controlled from there must not get what visitors from the United States tell.
    blocked = ["    block_regions: [US]"] if seat in COUNTRIES_OF_CONCERN else []
    return [
        "    party: third",
        f"    controller_country: {seat}     # of your contract, which may say another",
        *blocked,
    ]


def _test(vendor: str, event: str) -> list[str]:
    return [
        f"  - name: without a yes {vendor} gets nothing",
        f"    given: {{region: [FR, GB, CA-QC, unknown], event: {event}}}",
        f"    expect: {{{vendor}: deny}}",
    ]
