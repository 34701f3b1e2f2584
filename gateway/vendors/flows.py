"""Follow each field into the request: which class of data leaves, where, and under which grants."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path

# The class of a field, or of a group where the field has none of its own.
_CLASS_OF = {
    "order.id": "order_id",
    "params.lead_id": "order_id",
    "page.url": "page_url",
    "page.referrer": "page_url",
    "page.title": "page_title",
    "engagement.click": "page_url",
    "email.message": "visitor_id",
    "client.ip": "ip",
    "order": "commerce",
    "click": "click_id",
    "id": "visitor_id",
    "contact": "contact_hash",
    "device": "device",
    "geo": "geo",
    "params": "free_text",
    "subject": "visitor_id",
}

# Classes that tell nothing about the visitor beyond what the event itself says.
FREE = frozenset(("event", "commerce"))

# What a manifest may declare in `privacy.sends`.
CLASSES = (
    "click_id", "visitor_id", "pseudonym", "contact_hash", "device", "ip", "geo", "jurisdiction", "page_url",
    "page_url_clean", "page_title", "order_id", "free_text",
)  # fmt: skip

# What `fields`, the event as a whole, may hold.
EVERY_CLASS = (
    "click_id",
    "visitor_id",
    "contact_hash",
    "device",
    "ip",
    "geo",
    "page_url",
    "page_title",
    "order_id",
    "free_text",
)


class Flow(NamedTuple):
    """A value of class `data` from the path `source` reaches the place `at` of the manifest, if `grants` are given."""

    at: Path
    source: str
    data: str
    grants: frozenset[str]


def class_of(path: str) -> str:
    """The data class of a path of an expression."""
    return _CLASS_OF.get(path) or _CLASS_OF.get(path.partition(".")[0], "event")


def reduced(data: str, reduces: Mapping[str, str]) -> str:
    """The class of what a function makes of a value of class `data`."""
    return reduces.get(data) or reduces.get("*", data)


def uncovered(
    flows: Iterable[Flow], sends: Mapping[str, frozenset[str]], requires: frozenset[str], document: Document
) -> list[Finding]:
    """A finding for each flow that `privacy.sends` does not allow (M010)."""
    findings = []
    for flow in dict.fromkeys(flows):
        if flow.data in FREE:
            continue
        held = flow.grants | requires
        needed = sends.get(flow.data)
        if needed is not None and needed <= held:
            continue
        under = ", ".join(sorted(held)) or "none"
        message = f"{label(flow.at)}: {flow.source} ({flow.data}) leaves under the grants [{under}]"
        hint = (
            f"privacy.sends does not name {flow.data}" if needed is None else f"it needs [{', '.join(sorted(needed))}]"
        )
        findings.append(Finding(document.file, *document.at(flow.at), "M010", message, hint))
    return findings


def label(at: Path) -> str:
    """The field of the request that a place of the manifest fills: its path without the directives on the way."""
    names = at[2:] if at[:2] == ("api", "event") else at[1:]
    before = ("", *names)
    # What follows these two is a part of theirs, no name of a field.
    kept = [name for name, last in zip(names, before, strict=False) if last not in ("$merge", "$of", "$first")]
    return ".".join(str(name) for name in kept if not str(name).startswith("$"))
