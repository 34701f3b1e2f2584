"""Tell a request that a browser makes ahead, for a page that nobody has seen yet and perhaps never will.

`Sec-Purpose` (Fetch), also with parameters such as `prefetch;prerender`, and the older `Purpose`, `X-Purpose`, `X-Moz`.
"""

from collections.abc import Mapping

_HEADERS = frozenset((b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"))
_AHEAD = (b"prefetch", b"prerender", b"preview", b"instant")


def is_prefetch(headers: Mapping[bytes, list[bytes]]) -> bool:
    """Whether a request says so of itself. `headers` maps lower-case names to their values."""
    if _HEADERS.isdisjoint(headers):
        return False
    return any(_says_so(value) for name in _HEADERS for value in headers.get(name, ()))


def _says_so(value: bytes) -> bool:
    return value.strip().lower().startswith(_AHEAD)
