"""Read the refusals a browser sends as headers: Global Privacy Control and Do Not Track. Neither ever grants."""

from collections.abc import Mapping

Headers = Mapping[bytes, list[bytes]]


def says_gpc(headers: Headers) -> bool:
    """Whether a `Sec-GPC` value is exactly the character `1` (Global Privacy Control, section 3.1)."""
    return b"1" in headers.get(b"sec-gpc", ())


def says_dnt(headers: Headers) -> bool:
    """Whether `DNT` begins with `1` (Tracking Preference Expression, section 5.2: the rest are extensions), or the
    older `X-Do-Not-Track` does."""
    if b"dnt" not in headers and b"x-do-not-track" not in headers:
        return False
    values = (*headers.get(b"dnt", ()), *headers.get(b"x-do-not-track", ()))
    return any(value[:1] == b"1" for value in values)
