"""Read a form that a page sent in parts (`FormData`): the name and text of each field, or the request is refused.

RFC 7578 as browsers write it. A file is no field of any pixel, and ends here.
"""

import re
from collections.abc import Iterator

from gateway.errors import BadRequest
from gateway.vendors.query import MAX_PARAMETERS

_BOUNDARY = re.compile(r'multipart/form-data\s*;\s*boundary=(?:"([!-~]{1,70})"|([!-~]{1,70}))\s*', re.IGNORECASE)
_FIELD = re.compile(r'(?:\A|\r\n)content-disposition: *form-data; *name="([^"\r\n]*)"(; *filename)?', re.IGNORECASE)
# What browsers write for what would end a name (WHATWG HTML, section 4.10.21.8).
_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%22", '"'))


def pairs(kind: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The fields of a body of the type `kind`, in order. BadRequest where it is cut short, too long or no text."""
    found = _BOUNDARY.fullmatch(kind)
    if not found:
        raise BadRequest(415, "a form in parts without a boundary")
    boundary = f"--{found[1] or found[2]}"
    try:
        first, *parts = f"\r\n{body.decode()}".split(f"\r\n{boundary}")
    except UnicodeDecodeError:
        raise BadRequest(400, "not UTF-8") from None
    if first or not parts or parts[-1] not in ("--", "--\r\n"):
        raise BadRequest(400, "a form in parts that is cut short")
    if len(parts) - 1 > MAX_PARAMETERS:
        raise BadRequest(400, f"more than {MAX_PARAMETERS} parameters")
    for part in parts[:-1]:
        head, blank, value = part.partition("\r\n\r\n")
        field = _FIELD.search(head)
        if not (blank and head.startswith("\r\n") and field) or "\0" in value:
            raise BadRequest(400, "a part of a form that cannot be read")
        if not field[2]:
            yield _name(field[1]), value


def kind_of(body: str) -> str:
    """The type that a recorded body in parts had, as its first line tells; empty for any other body."""
    line = body.partition("\r\n")[0]
    return f"multipart/form-data; boundary={line[2:]}" if line.startswith("--") and line[2:].isascii() else ""


def _name(written: str) -> str:
    for escape, character in _ESCAPES:
        written = written.replace(escape, character)
    return written
