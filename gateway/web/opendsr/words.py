"""The vocabulary of OpenDSR, and how our own states and identities read in it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.dsr.identities import ALIASES, FORMATS
from gateway.dsr.request import State, Type

PROTOCOL = "opendsr"
VERSION = "2.0"

# Where it is spoken, and where it was when it was OpenGDPR (section 10.1). The first two of these tell nothing secret.
BASE, LEGACY = "/opendsr/v2", "/opengdpr_requests"
OPEN = (f"{BASE}/discovery", f"{BASE}/cert.pem")

# What headers are called by, the current name first. A controller may know the old one alone, also in a callback.
EVERY_NAME = ("OpenDSR", "OpenGDPR")

# What can be asked for (section 6.2); the rest of our types it has no words for.
TYPES = (Type.ERASURE, Type.PORTABILITY, Type.ACCESS)

# Our states in its four words (section 8). It has none for a denial or a failure: the extension tells the true one.
STATUSES: Mapping[State, str] = {
    State.RECEIVED: "pending",
    State.AWAITING_VERIFICATION: "pending",
    State.QUEUED: "pending",
    State.RUNNING: "in_progress",
    State.WAITING_EXTERNAL: "in_progress",
    State.NEEDS_ATTENTION: "in_progress",
    State.COMPLETED: "completed",
    State.DENIED: "cancelled",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "cancelled",
}

# It has no type for the cookie of a site either: those stand in the extension.
VISITOR = "visitor_id"
VISITORS = "visitor_ids"

_REQUESTS = (f"{BASE}/requests", f"{BASE}/status", LEGACY)
_THEIRS = {ours: theirs for theirs, ours in ALIASES.items()}


def supported() -> list[dict[str, str]]:
    """The identities that discovery names."""
    return [
        {"identity_type": _THEIRS.get(kind, kind), "identity_format": form}
        for kind, forms in FORMATS.items()
        if kind != VISITOR
        for form in forms
    ]


def scope_of(method: str, path: str) -> str | None:
    """The scope that a request takes; None where nothing is at this path."""
    if not any(path == each or path.startswith(f"{each}/") for each in _REQUESTS):
        return None
    return "dsr:read" if method in ("GET", "HEAD") else "dsr:submit"


def written(at: int) -> str:
    """A time as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
