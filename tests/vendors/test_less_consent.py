"""Whichever vendor: with fewer consent types nothing is in its request that was not in it with more."""

import re
from base64 import b64decode
from itertools import combinations
from urllib.parse import unquote

import pytest

from gateway.event import Event
from gateway.facts import Facts
from gateway.taxonomy import GROUPS, ISSUER_OF, is_field
from gateway.vendors.binding import Binding, problems
from gateway.vendors.catalogue import SHIPPED
from gateway.vendors.checks import whole
from gateway.vendors.manifest import load_manifest
from gateway.vendors.pixel import KEPT
from gateway.vendors.request import Destination

KINDS = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
SUBSETS = [frozenset(names) for size in range(len(KINDS) + 1) for names in combinations(KINDS, size)]
NAMES = ("purchase", "page_view", "conversion", "generate_lead")


def marked(manifest):
    """A value for every field that the manifest could send, each of which is found nowhere else, and its mark."""
    named = {flow.source for flow in manifest.flows if is_field(flow.source)}
    named |= {f"{group}.{name}" for group, names in GROUPS.items() for name in names}
    named |= {f"click.{name}" for name in ISSUER_OF}
    personal = ("click.", "id.", "contact.", "client.", "geo.", "device.", "params.")
    fields = {name: f"mark{number:04d}x" for number, name in enumerate(sorted(named)) if name.startswith(personal)}
    marks = dict(fields)
    fields |= {
        "event.time": "2026-11-23T10:15:30Z", "page.url": "https://shop.example/markedpath?utm_source=news",
        "order.id": "markedorder", "order.value": "59.90", "order.currency": "EUR",
        "order.items": [{"item_id": "SKU-1", "price": "59.90", "quantity": 1}],
    }  # fmt: skip
    return fields, marks | {"page.url": "markedpath", "order.id": "markedorder"}


def sample(setting):
    """A value that fits a setting; the first of all where none does, and then the test says so."""
    return next((text for text in SAMPLES if not setting.pattern or setting.pattern.fullmatch(text)), SAMPLES[0])


def bound(manifest):
    settings = {
        name: dict.fromkeys(NAMES, "chosen") if setting.is_map else sample(setting)
        for name, setting in manifest.settings.items()
        if setting.default is None and (setting.is_map or not setting.optional)
    }
    prefixes = {
        "whsec_": "whsec_" + "A" * 32,
        "{": '{"client_email": "a", "private_key": "-----BEGIN -----"}',
        "-----BEGIN ": "-----BEGIN PRIVATE KEY-----",
    }
    secrets = {name: prefixes.get(secret.prefix, f"{secret.prefix}secret") for name, secret in manifest.secrets.items()}
    return Binding(manifest.id, settings, secrets, key=b"key")


SAMPLES = (
    "1234567890", "G-ABC1234567", "AW-123456789", "https://hooks.example.net/in", "/var/lib/gateway/events",
    "a2_cnssqnxgtwpp", "o8z6j", "CABCDEFGHIJ123456789", "113903fd-2600-4fd0-a13b-9db7e51a0fd8", "f" * 32, "f" * 25,
    "EQR4VOTRQXOVSRDRKZ1AZL", "host.example.com", "12345", "12", "acme.pxf.io", "https://stats.example/matomo.php",
    "https://stats.example/ppms.php", "https://stats.example/api/event", "phc_" + "a" * 30, "123-abc-456",
    "acme.us1.list-manage.com", "us21", "acme.demdex.net", "https://bridge.example",
)  # fmt: skip


@pytest.mark.parametrize("file", SHIPPED)
def test_less_consent_never_sends_more(file, catalogue):
    manifest = catalogue.manifests[file.removesuffix(".yaml")]
    assert problems(manifest, bound(manifest)) == [], "SAMPLES lacks a value for a setting"
    most, violations = judged(manifest)
    assert violations == []
    if manifest.requires <= set(KINDS) and "order_id" in manifest.sends:
        assert most, "with everything granted nothing was sent, so nothing was tested"


def test_a_manifest_that_sends_more_with_less_is_found(texts):
    old, new = "fbc: = click.fbc", "fbc: {$grant: ad_user_data, $value: x, $else: = click.fbc}"
    assert texts["meta.yaml"].count(old) == 1
    _, violations = judged(load_manifest(texts["meta.yaml"].replace(old, new), "meta.yaml"))
    assert ("purchase", {"click.fbc"}) in violations


def judged(manifest):
    """What goes out with everything granted, and for each name what goes out with less and not with more."""
    destination = Destination(manifest, bound(manifest))
    fields, marks = marked(manifest)
    most, violations = set(), []
    for name in NAMES:
        found = {grants: carried(destination, fields, marks, name, grants) for grants in SUBSETS}
        most |= found[SUBSETS[-1]]
        pairs = [(less, more) for less in SUBSETS for more in SUBSETS if less < more]
        violations += [(name, surplus) for less, more in pairs if (surplus := found[less] - found[more])]
        violations += [(name, found[less]) for less in SUBSETS if found[less] and not manifest.requires <= less]
    return most, violations


def opened(text):
    """A request, and what it says in Base64."""
    return text + "".join(b64decode(unquote(word)).decode() for word in re.findall(r"\?data=([\w%]+)", text))


def carried(destination, fields, marks, name, grants):
    pixel = destination.manifest.pixels[0].id if destination.manifest.pixels else ""
    kept = {field.removeprefix(KEPT): "kept" for each in destination.manifest.pixels for field in each.kept}
    event = Event(
        "event-1", "d", name, 1795428930, "shop", Facts(), fields, {}, pixel, "1234567890", kept=kept, grants=grants
    )
    built = destination.build([event], 1795428930.0)
    text = opened(whole(built.outbound)) if built.outbound else ""
    return {field for field, mark in marks.items() if mark in text}
