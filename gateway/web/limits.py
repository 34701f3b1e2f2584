"""The limits of the HTTP edge: how much of anything one client may send, and how long it may take."""

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. The defaults suit a pixel: browsers stay well below each of them.

    `headers_bytes` counts every field as `name: value` with its line end; `request_line` is the line without its end.
    `waiting` hits may wait for their turn. `body` holds for one event, `batch` for an array of events at `/e`. How many
    parameters a query may have and how deep JSON may nest is fixed where they are read (`gateway.vendors.query`).
    """

    request_line: int = 8 * KIB
    headers_bytes: int = 16 * KIB
    headers: int = 100
    cookies_bytes: int = 8 * KIB
    body: int = 64 * KIB
    batch: int = 512 * KIB
    head_seconds: float = 5.0
    body_seconds: float = 9.0
    idle_seconds: float = 15.0
    connections: int = 1024
    waiting: int = 256
    retry_after: int = 5
