"""Say where the link of a mail may lead: over https, to a host that the operator named, and written in one way only.

Browsers repair addresses, each in its own way, and what is repaired leads elsewhere. So nothing is repaired here: an
address is of the plainest form, or it is none.
"""

import re
from collections.abc import Collection

MAX_URL = 2000

# Printable ASCII without blanks, and without what browsers read as something else: `\` as `/`, the rest as nothing.
_PLAIN = r"[!#-;=?-\[\]_a-z~]*"
_URL = re.compile(rf"https://([^/?#@:\[\]\\%\s]{{1,253}})(?::443)?((?:/{_PLAIN}|\?{_PLAIN}|\#{_PLAIN})?)\Z")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z|0x[0-9a-f]*\Z){_LABEL}\Z")


def host(text: str) -> str | None:
    """A host name in lower case, other scripts as IDNA has them (RFC 3490); None for an address and for no name."""
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return name if len(name) <= 253 and _HOST.match(name) else None


def normal(url: str) -> str | None:
    """An address as it is sent to the browser: `https://host` and the rest as it is; None for all others."""
    found = _URL.match(url) if len(url) <= MAX_URL else None
    name = host(found[1]) if found else None
    return f"https://{name}{found[2]}" if found and name else None


def landing(url: str, hosts: Collection[str]) -> str | None:
    """Where a link leads: a normal address on one of `hosts` (as `host` writes them); None for anywhere else."""
    found = _URL.match(url) if normal(url) == url else None
    return url if found and found[1] in hosts else None
