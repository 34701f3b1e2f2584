"""Count what the scrubber masked, and log each place where a site sends what it never should.

A card number in a title is a fault of the site: whoever runs it has to know the place and the kind, never the value.
"""

import logging
from collections.abc import Collection

from gateway.anonymise.derive import Masked
from gateway.anonymise.scrub.labels import SEVERE_KINDS
from gateway.taxonomy import GROUPS
from gateway.telemetry import Telemetry, log

MOST_PLACES = 1000


class Incidents:
    """Told of each mask. Every place is logged once in the life of the process, and counted each time."""

    def __init__(self, telemetry: Telemetry, sites: Collection[str]) -> None:
        self._telemetry = telemetry
        self._sites = frozenset(sites)
        self._logged: set[Masked] = set()

    def __call__(self, masked: Masked) -> None:
        """Count, and log what is severe and new."""
        self._telemetry.count("gateway_scrubbed_total", masked.kind)
        if masked.kind not in SEVERE_KINDS:
            return
        self._telemetry.count("gateway_incidents_total", masked.kind, masked.site)
        place = masked._replace(field=_known(masked.field))
        if place in self._logged or len(self._logged) >= MOST_PLACES or place.site not in self._sites:
            return
        self._logged.add(place)
        log("incident", logging.WARNING, site=place.site, pixel=place.pixel, field=place.field, kind=place.kind)


def _known(field: str) -> str:
    """The field, or its group where a page may have made up its name."""
    group, _, name = field.partition(".")
    return field if name in GROUPS.get(group, ()) else f"{group}.*"
