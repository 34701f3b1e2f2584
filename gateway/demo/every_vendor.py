"""Widen the demo's files to every vendor whose pixel is catalogued, for hits that are only played through.

A vendor that the shop does not name gets what the shop gives to others of its family, under the shop's purposes,
profiles and regions. Nothing that is written here is served.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateway.demo import files
from gateway.marked_yaml import load
from gateway.policy.lint import COUNTRIES_OF_CONCERN
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.manifest import Manifest
from gateway.vendors.pixel import NO_EVENT, EventNames

# The names the vendors' words become where a pixel's table does not know them.
_UNKNOWN = "custom"
# Those of an advertising vendor that tell whether an ad worked; the others choose whom to show one.
_MEASURED = frozenset(
    ("purchase", "conversion", "generate_lead", "sign_up", "subscribe", "start_trial", "contact", "schedule", "donate")
)
# The shop has no purpose of this family, so one is added that nobody can take for one of the others.
_KNOWN = "personal_mails"
_PURPOSE = {"label": "Fitting mails to what you did", "family": "personalization", "profile": "pseudonymous"}


class _Family(NamedTuple):
    """What the shop's rules are for vendors that serve one family of purposes."""

    party: str
    purpose: str
    measured: str
    fields: tuple[str, ...]


_ORDER = ("order.id", "order.value", "order.currency")
_ANALYTICS = _Family(
    "processor", "insight", "insight",
    ("event.name", "event.id", "event.time", "page.url", "page.title", "page.referrer", "device.language",
     "device.screen", "device.user_agent", "id.visitor", "utm", *_ORDER),
)  # fmt: skip
_FAMILIES: Mapping[str, _Family] = {
    "advertising": _Family(
        "third", "retarget", "measure",
        ("event.name", "event.id", "event.time", "page.url", "device.user_agent", "click", *_ORDER),
    ),
    "personalization": _ANALYTICS._replace(purpose=_KNOWN, measured=_KNOWN),
    "email_open": _Family(
        "processor", "email_open", "email_open", ("event.name", "event.time", "email.campaign")
    ),
}  # fmt: skip


def write(folder: Path, catalogue: Catalogue) -> Path:
    """The demo's files with all vendors in them; the path of `gateway.yaml`."""
    endpoints = {name: connected.host for name, connected in files.CONNECTED.items()}
    path = files.write(folder, endpoints)
    policy_path = folder / files.POLICY
    policy: dict[str, Any] = load(policy_path.read_text("utf-8"), files.POLICY).value
    policy["purposes"][_KNOWN] = _PURPOSE
    operator: dict[str, Any] = json.loads(path.read_text("utf-8"))
    shown = {connected.vendor for connected in files.CONNECTED.values()}
    for manifest in catalogue.manifests.values():
        if manifest.id in shown or not manifest.pixels:
            continue
        rule, given = _rule(manifest), policy["destinations"].get(manifest.id, {})
        policy["destinations"][manifest.id] = {**rule, **given, "events": {**rule["events"], **given.get("events", {})}}
        operator["destinations"][manifest.id] = _connected(folder, manifest)
    policy_path.write_text(json.dumps(policy), "utf-8")
    path.write_text(json.dumps(operator), "utf-8")
    return path


def _rule(manifest: Manifest) -> dict[str, Any]:
    family = _FAMILIES.get(manifest.purposes[0], _ANALYTICS)
    seat = manifest.country or "DE"
    names = {name for pixel in manifest.pixels for name in _names(pixel.names)} - {"", NO_EVENT}
    events = {name: [family.measured if name in _MEASURED else family.purpose] for name in sorted(names)}
    blocked = ["CN", "RU", *(["US"] if seat in COUNTRIES_OF_CONCERN else [])]
    return {
        "party": family.party,
        "controller_country": seat,
        "events": events,
        "fields": list(family.fields),
        **({"block_regions": blocked} if family.party == "third" or seat in COUNTRIES_OF_CONCERN else {}),
    }


def _names(names: EventNames) -> Iterator[str]:
    yield from names.table.values()
    yield from (name for _, name in (*names.like, *names.given))
    yield from (names.whatever or _UNKNOWN, names.absent)


def _connected(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """A destination with what the manifest's own tests give for its settings."""
    given: dict[str, Any] = {}
    for test in manifest.document.value["tests"]:
        given = {**test.get("settings", {}), **given}
    needed = {name for name, setting in manifest.settings.items() if not setting.optional and setting.default is None}
    for name, secret in manifest.secrets.items():
        files.secret(folder / f"{manifest.id}.{name}", f"{secret.prefix}a-secret-of-nobody")
    return {
        "vendor": manifest.id,
        "settings": {name: value for name, value in given.items() if name in needed},
        "secrets": {name: {"file": f"{manifest.id}.{name}"} for name in manifest.secrets},
        "sources": [pixel.id for pixel in manifest.pixels],
    }
