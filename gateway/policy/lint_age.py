"""Warn of a region pack that nobody has looked at for long."""

import datetime

from gateway.errors import Finding
from gateway.policy.cursor import Cursor
from gateway.policy.model import Pack
from gateway.policy.subject import report

OLD_DAYS = 180
_EPOCH = datetime.date(1970, 1, 1)


def pack_age(pack: Pack | None, day: int) -> int | None:
    """How many days before `day` (days since 1970-01-01) a pack was reviewed; None where it does not say."""
    try:
        reviewed = datetime.date.fromisoformat(pack.reviewed if pack else "")
    except ValueError:
        return None
    return day - (reviewed - _EPOCH).days


def lint_age(place: Cursor | None, pack: Pack | None, day: int | None) -> None:
    """P096 at `place`: what names the pack, or the date in the pack itself. Without a day nobody wants to know."""
    age = pack_age(pack, day) if day is not None else None
    if place is None or pack is None or age is None or age <= OLD_DAYS:
        return
    message = f"pack {pack.name} {pack.version} was reviewed {age} days ago, more than {OLD_DAYS}"
    finding = Finding("", 0, 0, "P096", message, "look for a newer pack, or review this one", "warning")
    report(place, place.place, finding)
