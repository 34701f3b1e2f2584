"""Weaken an event once more, when policy has become stricter since it was derived.

No key and no hit is here: what a stricter level would need them for is dropped, and nothing ever becomes weaker.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway.anonymise import ip, times, url, user_agent
from gateway.anonymise.derive import NO_RULES, Rules
from gateway.decision import Sends
from gateway.event import Event
from gateway.taxonomy import LEVELS, strictest, transform_of


def weaken(event: Event, sends: Sends, rules: Rules = NO_RULES) -> Event:
    """The event with every field at the stricter of its level and that of `sends`, which may drop it.

    A field that `sends` does not list is gone; grants are those that both name. `rules` are those it was derived
    by. Doing it twice changes nothing.
    """
    if _is_weak_enough(event, sends):
        return event
    fields: dict[str, Any] = {}
    levels: dict[str, str] = {}
    for field, value in event.fields.items():
        wanted = sends.levels.get(field, sends.levels.get(f"{field.partition('.')[0]}.*"))
        transform = transform_of(field)
        if wanted is None:
            continue
        if transform is None:
            fields[field] = value
            continue
        had = event.levels.get(field, "")
        level = _stricter(transform, had, wanted)
        if not level:
            continue
        # The same level may still have become stricter, where the list of parameters is shorter than it was.
        same = level == had and wanted != "allowlist"
        weaker = value if same else _weaker(field, value, (had, level), sends, rules)
        if weaker is not None:
            fields[field], levels[field] = weaker, level
    return replace(event, fields=fields, levels=levels, grants=event.grants & sends.grants)


def _is_weak_enough(event: Event, sends: Sends) -> bool:
    """Whether nothing is to be done, as long as policy stays what it was. A list of parameters may have changed."""
    if not event.grants <= sends.grants:
        return False
    wanted, had = sends.levels, event.levels
    for field in event.fields:
        level = had.get(field)
        if wanted.get(field) != (level or "") or level == "allowlist" or (level is None and transform_of(field)):
            return False
    return True


def _stricter(transform: str, had: str, wanted: str) -> str:
    """The stricter of two levels; nothing where one of them is unknown or the field is to be dropped."""
    known = LEVELS[transform]
    level = strictest(transform, had, wanted) if had in known and wanted in known else "drop"
    return "" if level == "drop" else level


def _weaker(field: str, value: Any, step: tuple[str, str], sends: Sends, rules: Rules) -> Any:
    """The value from one level to the other, or None where it cannot be made from what was kept."""
    had, level = step
    if transform_of(field) in ("url", "referrer"):
        return url.weaken(value, level, sends.url_params, rules.scrubber)
    if (field, had, level) == ("client.ip", "full", "truncate"):
        return None if (address := ip.parse(value)) is None else ip.truncate(address, rules.kept)
    return _FROM.get((field, had, level), _nothing)(value) if isinstance(value, str) else None


def _nothing(value: str) -> None:
    """What needs a key, or more than was kept."""


_FROM: dict[tuple[str, str, str], Callable[[str], str | None]] = {
    ("device.user_agent", "full", "family"): lambda value: user_agent.weaken(value, "family"),
    ("device.user_agent", "full", "class"): lambda value: user_agent.weaken(value, "class"),
    ("device.user_agent", "family", "class"): lambda value: user_agent.weaken_again(value, "class"),
    ("event.time", "exact", "minute"): lambda value: times.coarsen(value, "minute"),
    ("event.time", "exact", "hour"): lambda value: times.coarsen(value, "hour"),
    ("event.time", "exact", "day"): lambda value: times.coarsen(value, "day"),
    ("event.time", "minute", "hour"): lambda value: times.coarsen(value, "hour"),
    ("event.time", "minute", "day"): lambda value: times.coarsen(value, "day"),
    ("event.time", "hour", "day"): lambda value: times.coarsen(value, "day"),
    ("geo.country", "region", "country"): lambda value: value,
}
