"""Take a body out of its gzip wrapping, a bounded one."""

import zlib

from gateway.errors import BadRequest

MAX_INFLATED = 1 << 20

_MAGIC = b"\x1f\x8b"


def inflated(body: bytes) -> bytes:
    """The body out of its wrapping (RFC 1952), or itself where it has none. BadRequest where it is broken or holds more
    than MAX_INFLATED bytes."""
    if not body.startswith(_MAGIC):
        return body
    reader = zlib.decompressobj(31)
    try:
        plain = reader.decompress(body, MAX_INFLATED)
    except zlib.error:
        raise BadRequest(400, "not gzip") from None
    if reader.unconsumed_tail or not reader.eof:
        raise BadRequest(413, "more than a body may hold")
    return plain
