"""An interface that ends is counted down to, and beyond."""

from datetime import UTC, datetime, timedelta

from gateway.bootstrap.shipped import manifests
from gateway.bootstrap.versions import versions
from gateway.vendors.binding import Binding
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination


def ending(days):
    day = datetime.now(UTC).date() + timedelta(days)
    text = manifests()["meta.yaml"].replace("api_version: v25.0", f"api_version: v25.0\n  api_version_sunset: {day}")
    return Destination(load_manifest(text, "meta.yaml"), Binding("meta", {"pixel_id": "12345"}, {"access_token": "T"}))


def test_days_are_counted_down_and_below_nothing():
    assert versions({"soon": ending(12), "over": ending(-3)}) == [(("soon",), 12), (("over",), -3)]


def test_what_names_no_end_is_not_told():
    jsonl = Destination(load_manifest(manifests()["jsonl.yaml"], "jsonl.yaml"), Binding("file", {"directory": "/tmp"}))
    assert versions({"file": jsonl}) == []
