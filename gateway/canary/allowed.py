"""Say which marks a policy lets through in a situation, by its verdicts alone.

It knows nothing of how events are made: what a field at a level may still show is written here once more, so that a
mistake there is not taken for an allowance here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gateway.taxonomy import LEVELS, transform_of

# Kind of mark -> the fields it may leave in, each with the levels that leave it whole.
_PAGE = ("full", "allowlist", "path")
_PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "page_path": {"page.url": _PAGE},
    "page_query": {"page.url": ("full",)},
    # A hit that names no page is on the page of its Referer.
    "referer_host": {"page.referrer": ("full", "path", "origin"), "page.url": (*_PAGE, "origin")},
    "referer_path": {"page.referrer": ("full", "path"), "page.url": _PAGE},
    "user_agent": {"device.user_agent": ("full",)},
    "language": {"device.language": ("",)},
}
_ADDRESSES = frozenset(("forwarded_for", "forwarded_for_6", "forwarded", "real_ip"))
_CONTACTS = {"mail": "contact.email", "phone": "contact.phone"}


class Permit(NamedTuple):
    """What one destination may have of an event: fields with their levels."""

    destination: str
    sends: Mapping[str, str]


def permits(verdicts: Iterable[Mapping[str, Any]], destinations: Iterable[str] | None = None) -> list[Permit]:
    """What verdicts let through to these destinations (None: to all); `gateway policy explain --json` prints such."""
    among = None if destinations is None else set(destinations)
    return [
        Permit(verdict["destination"], verdict["sends"])
        for verdict in verdicts
        if verdict["allow"] and (among is None or verdict["destination"] in among)
    ]


def allows(kind: str, form: str, permitted: Iterable[Permit]) -> bool:
    """Whether a mark of this kind may be found in this form where one of these permits holds."""
    return any(_allows(kind, form, permit.sends) for permit in permitted)


def _allows(kind: str, form: str, sends: Mapping[str, str]) -> bool:
    if kind == "event.id":  # what makes a repetition recognisable goes with every event
        return True
    if kind in _PARTS:
        return any(sends.get(field) in levels for field, levels in _PARTS[kind].items())
    if kind in _ADDRESSES:
        level = sends.get("client.ip")
        return level == "full" or (level == "truncate" and form == "network")
    if kind in _CONTACTS:
        return form.startswith("sha256") and any(name.startswith(_CONTACTS[kind]) for name in sends)
    return any(_is_field_sent(field, sends) for field in kind.split("|"))


def _is_field_sent(kind: str, sends: Mapping[str, str]) -> bool:
    """Whether a kind that is named like a field is sent as it is."""
    group, dot, _ = kind.partition(".")
    if not dot:
        return False
    level = sends.get(kind, sends.get(f"{group}.*"))
    transform = transform_of(kind)
    return level is not None and (transform is None or level == LEVELS[transform][0])
