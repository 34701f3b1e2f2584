"""The data sheet of a vendor: what it receives, from which field, of which class, and under which consent."""

from typing import Any

from gateway.vendors.flows import label
from gateway.vendors.manifest import Manifest


def sheet(manifest: Manifest) -> dict[str, Any]:
    """The sheet as plain values, for the register of processing activities and for people."""
    value = manifest.document.value
    return {
        "id": manifest.id,
        "vendor": manifest.vendor,
        "verified_on": value["metadata"]["verified_on"],
        "purposes": list(manifest.purposes),
        "requires": sorted(manifest.requires),
        "settings": {name: _setting(given) for name, given in value.get("settings", {}).items()},
        "secrets": list(manifest.secrets),
        "pixels": [{"id": pixel.id, "path": pixel.route.path.pattern} for pixel in manifest.pixels],
        "receives": _receives(manifest),
        "test_mode": manifest.api.test is not None,
        "erasure": _erasure(manifest),
    }


def _erasure(manifest: Manifest) -> dict[str, Any]:
    """Whether and by which identifiers a person is deleted there, and what the operator has to give for it."""
    erasure = manifest.erasure
    asks = sorted(erasure.asks)
    return {"supported": erasure.supported, "by": sorted(erasure.needs), "asks": asks, "note": erasure.note}


def _setting(given: dict[str, Any]) -> str:
    words = [given.get("pattern", "text")]
    words += ["optional"] if given.get("optional") or "default" in given else []
    return ", ".join(words + ([given["note"]] if "note" in given else []))


def _receives(manifest: Manifest) -> list[dict[str, Any]]:
    """Each field of the request that a field of the event, or a reduced form of it, flows into."""
    rows = []
    for flow in dict.fromkeys(manifest.flows):
        root = flow.source.partition(".")[0].partition("[")[0]
        if root in ("settings", "batch", "secret", "account", "now", "source", "vendor_event", "consent"):
            continue
        grants = sorted(flow.grants | manifest.sends.get(flow.data, frozenset()))
        rows.append({"field": label(flow.at), "from": flow.source, "class": flow.data, "grants": grants})
    return rows
