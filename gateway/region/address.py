"""Read an address as it stands in a header or a socket name.

Nothing here looks anything up: a name is never resolved, and what is no literal address is no address.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

# The longest literal address is 45 characters; brackets, a port and a zone id come on top.
MAX_TEXT = 80

# The way almost every address comes; the rest, leading zeros included, is left to the standard library.
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_PORT = re.compile(r":[0-9]{1,5}")
_ZONE = re.compile(r"[0-9A-Za-z._~-]{1,20}")
_NAT64 = int(IPv6Address("64:ff9b::")) >> 32


def read(text: str) -> Address | None:
    """The address of `1.2.3.4`, `1.2.3.4:443`, `2001:db8::1%eth0`, `[2001:db8::1]:443`; None for everything else.

    IPv4-mapped addresses become IPv4, since a dual-stack socket shows IPv4 peers in that form. 6to4 and NAT64 stay as
    they are: anybody can choose such a source, so they must never match a trusted IPv4 proxy.
    """
    if plain := _V4.fullmatch(text):
        first, second, third, fourth = map(int, plain.groups())
        return IPv4Address(first << 24 | second << 16 | third << 8 | fourth)
    if len(text) > MAX_TEXT or not text.isascii():
        return None
    host = _without_port(text.strip(" \t"))
    if "%" in host:
        host, _, zone = host.partition("%")
        if ":" not in host or not _ZONE.fullmatch(zone):
            return None
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return address if address.version == 4 else address.ipv4_mapped or address


def _without_port(text: str) -> str:
    """The bare host, or nothing where brackets or port are malformed."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        closed = len(text) > len(host) + 1
        return host if closed and ":" in host and (not port or _PORT.fullmatch(port)) else ""
    host, colon, port = text.partition(":")
    if not colon or ":" in port:
        return text
    return host if _PORT.fullmatch(colon + port) else ""


def embedded(address: Address) -> Address:
    """The IPv4 address inside a 6to4 (RFC 3056) or NAT64 (RFC 6052) address; any other address as it is."""
    if address.version == 4:
        return address
    # The NAT64 prefix itself is nobody's address.
    if int(address) >> 32 == _NAT64 and (inner := int(address) & 0xFFFFFFFF):
        return IPv4Address(inner)
    return address.sixtofour or address


def parse(text: str) -> Address | None:
    """`read`, with 6to4 and NAT64 resolved too: the address of a client, never that of a proxy."""
    address = read(text)
    return None if address is None else embedded(address)
