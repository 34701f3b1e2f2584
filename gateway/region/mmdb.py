"""Read the place in a record of a MaxMind database: countries, subdivisions, and networks that hide where one is."""

from collections.abc import Mapping
from typing import Any

from gateway.region import iso

# Flags of MaxMind's and DB-IP's records: who comes from there may be anywhere.
_HIDING = ("is_anonymous", "is_anonymous_proxy", "is_anonymous_vpn", "is_public_proxy",
           "is_residential_proxy", "is_tor_exit_node")  # fmt: skip


def places(record: object) -> tuple[str, ...] | None:
    """The region code of a record (`("US-CA",)`, `("FR",)`), nothing where it names none, None where it hides one.

    Known are `country.iso_code` with `subdivisions[0].iso_code` (GeoIP2, DB-IP) and the flat `country_code`.
    """
    if not isinstance(record, Mapping):
        return ()
    traits = record.get("traits")
    if isinstance(traits, Mapping) and any(traits.get(flag) is True for flag in _HIDING):
        return None
    code = iso.country(_text(record.get("country"), "iso_code") or _text(record, "country_code"))
    if not code:
        return ()
    divisions = record.get("subdivisions")
    first = divisions[0] if isinstance(divisions, list) and divisions else None
    return iso.evidence(iso.subdivision(code, _text(first, "iso_code")) or code)


def _text(part: Any, key: str) -> str:
    value = part.get(key) if isinstance(part, Mapping) else None
    return value if isinstance(value, str) else ""
