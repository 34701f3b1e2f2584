"""Outbound: one request a vendor gets, and what its reply means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Methods that are no HTTP request: lines that are added to a file, and a new file of rows.
FILES = ("APPEND", "PARQUET")


class Outcome(StrEnum):
    """What becomes of the events of a request, read from the vendor's reply by its manifest's outcome rules.

    ok: done. retry, throttle: again later (throttle slows the whole destination). retry_if_unsent: again only when no
    byte left. bisect: halve the batch. refresh_auth, disable, pause_until_midnight: the destination waits for a
    token, an operator, a quota; events are kept. reject_indices, dead_letter, drop: these events are finished.
    """

    OK = "ok"
    RETRY = "retry"
    RETRY_IF_UNSENT = "retry_if_unsent"
    THROTTLE = "throttle"
    REFRESH_AUTH = "refresh_auth"
    BISECT = "bisect"
    REJECT_INDICES = "reject_indices"
    DISABLE = "disable"
    PAUSE_UNTIL_MIDNIGHT = "pause_until_midnight"
    DEAD_LETTER = "dead_letter"
    DROP = "drop"


class Erased(StrEnum):
    """What is known of a deletion after an answer. Only `done` says that the person is gone: `accepted` says that the
    vendor has promised it, `no_match` that it knows no such person."""

    DONE = "done"
    ACCEPTED = "accepted"
    NO_MATCH = "no_match"
    RETRY = "retry"
    THROTTLE = "throttle"
    DISABLE = "disable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request as it goes out, secrets included: never logged, never stored.

    `method` is an HTTP method, or one of FILES (`url` is then `file:///…`). Headers are all there are: the sender adds
    Host, Content-Length and one fixed User-Agent.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` 0 means that no answer came; `sent` whether any byte of the request may have left.

    `retry_after` is in seconds, from either form of the header, or None. `body` is capped and never logged.
    """

    status: int
    sent: bool = True
    body: bytes = b""
    retry_after: float | None = None
    headers: Mapping[str, str] | None = None
