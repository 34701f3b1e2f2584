"""Tell a vendor the country or region, where the evidence names exactly one."""

from collections.abc import Sequence


def country(regions: Sequence[str], level: str) -> str | None:
    """The ISO 3166-1 code at level `region` or `country`; several candidates are no answer."""
    return regions[0][:2] if len(regions) == 1 and level in ("region", "country") else None


def region(regions: Sequence[str], level: str) -> str | None:
    """The ISO 3166-2 code (`US-CA`) at level `region`."""
    return regions[0] if len(regions) == 1 and level == "region" and "-" in regions[0] else None
