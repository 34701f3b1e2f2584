"""Read the cookies of a request, strictly (RFC 6265, section 4.1.1).

Rule 1: a name is a token, and may have the colons that some plugins write; only SP and HTAB are stripped.
`\\x85__Host-consent` is no spelling of `__Host-consent`.
Rule 2: duplicates are kept in their order; whoever reads a cookie decides what two of them mean.
Rule 3: values stay as they came. CMPs write raw JSON with quotes, commas and spaces, which unquoting would destroy.
Rule 4: what is too long, too many or not text is unreadable as a whole, since a refusal may hide in the rest.
"""

import re
from collections.abc import Sequence

from gateway.consent.invalid import Invalid

# Browsers keep 180 cookies of 4 KiB each for a site; servers refuse headers far below that (nginx: 8 KiB).
MAX_BYTES = 8192
MAX_COOKIES = 180

_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})

# A pair begins after a semicolon and nowhere else: what is no token there is passed over up to the next semicolon, so
# that no part of it is taken for a name. `$Version` is a name like another (RFC 6265, section 5.4). Nothing backtracks.
_PAIR = re.compile(rb";[ \t]*+([!#$%&'*+\-.:^_`|~0-9A-Za-z]++)=[ \t]*+([^;]*+)")

Pairs = list[tuple[bytes, bytes]]


def parse_cookies(values: Sequence[bytes]) -> Pairs | Invalid:
    """All (name, value) pairs of all Cookie headers of a request, in order; Invalid where a limit is broken."""
    header = values[0] if len(values) == 1 else b";".join(values)
    if len(header) > MAX_BYTES:
        return Invalid(f"cookies longer than {MAX_BYTES} bytes")
    if header.count(b";") >= MAX_COOKIES:
        return Invalid(f"more than {MAX_COOKIES} cookies")
    if len(header.translate(None, _CONTROLS)) != len(header):
        return Invalid("control character in a cookie")
    pairs = _PAIR.findall(b";" + header)
    if b" ;" in header or b"\t" in header or header.endswith(b" "):
        return [(name, value.rstrip(b" \t")) for name, value in pairs]
    return pairs
