"""How long the interfaces last that the destinations are spoken to in."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.telemetry import Sample
from gateway.vendors.checks import days_left
from gateway.vendors.request import Destination


def versions(destinations: Mapping[str, Destination]) -> list[Sample]:
    """Days until the version ends, of each destination whose manifest names an end; below 0 it has ended."""
    today = datetime.now(UTC).date()
    left = ((name, days_left(each.manifest, today)) for name, each in destinations.items())
    return [((name,), days) for name, days in left if days is not None]
