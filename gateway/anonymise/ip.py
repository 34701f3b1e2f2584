"""Weaken a client address: keyed for a day, prefix-preserving, truncated, or gone.

Everything here is given IPv4 where an IPv4 address came in an IPv6 form, so every form of one client gives the same.
There is no hash without a key here: four thousand million addresses are soon tried.
"""

import hashlib
import hmac
import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from gateway.anonymise import ipcrypt

Address = IPv4Address | IPv6Address

_MAX_TEXT = 80
_NAT64 = int(IPv6Address("64:ff9b::")) >> 32
_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z._~-]{1,20})?)\](?::[0-9]{1,5})?")
_WITH_PORT = re.compile(r"([0-9.]{7,15}):[0-9]{1,5}")
_WITH_ZONE = re.compile(r"([0-9A-Fa-f:.]{2,45})%[0-9A-Za-z._~-]{1,20}")


class Kept(NamedTuple):
    """How many bits of an address its network is made of, for `truncate`.

    A /24 is an office or a street. One IPv6 household gets up to a /48 for good (RIPE-690), so an ISP's /32 it is.
    """

    ipv4: int = 24
    ipv6: int = 32


MOST_KEPT = Kept()


def plain(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped, 6to4 (RFC 3056) or NAT64 (RFC 6052) one; any other as it is."""
    if address.version == 4:
        return address
    # The NAT64 prefix itself is also what `truncate` leaves of its neighbours, and nobody's address.
    if int(address) >> 32 == _NAT64 and (inner := int(address) & 0xFFFFFFFF):
        return IPv4Address(inner)
    return address.ipv4_mapped or address.sixtofour or address


def parse(value: object) -> Address | None:
    """A literal address, also with a port, brackets or a zone; None for everything else. A name is never resolved."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return None
    text = value.strip(" \t")
    if found := _BRACKETS.fullmatch(text) or _WITH_PORT.fullmatch(text):
        text = found[1]
    if found := _WITH_ZONE.fullmatch(text):
        text = found[1] if ":" in found[1] else ""
    try:
        return plain(ip_address(text))
    except ValueError:
        return None


def truncate(address: Address, kept: Kept = MOST_KEPT) -> str:
    """The address with everything below its network set to zero. ValueError where `kept` is more than MOST_KEPT."""
    if not (0 <= kept.ipv4 <= MOST_KEPT.ipv4 and 0 <= kept.ipv6 <= MOST_KEPT.ipv6):
        raise ValueError(f"at most /{MOST_KEPT.ipv4} and /{MOST_KEPT.ipv6} are kept")
    address = plain(address)
    dropped = address.max_prefixlen - (kept.ipv4 if address.version == 4 else kept.ipv6)
    return str(type(address)(int(address) >> dropped << dropped))


def keyed(address: Address, key: bytes) -> str:
    """32 hexadecimal digits of HMAC-SHA256 (RFC 2104). `key` is at least 16 bytes; ValueError otherwise."""
    if len(key) < ipcrypt.BLOCK:
        raise ValueError("a hash of an address needs a key of at least 16 bytes")
    return hmac.digest(key, plain(address).packed, hashlib.sha256)[:16].hex()


def prefix(address: Address, key: bytes) -> Address:
    """ipcrypt-pfx: addresses that share a prefix share the encrypted one. ValueError for a bad key."""
    return ipcrypt.encrypt_pfx(plain(address), key)
