"""Which addresses a socket may be opened to: those of the open internet, and those the operator calls their own."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

# What the operating system tells of a place: family, kind, protocol, canonical name, and the address with its port.
Place = tuple[int, int, int, str, tuple[object, ...]]

LOOPBACK: Networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

# Not for the open internet, whatever this Python's tables say: protocol assignments (RFC 6890), shared addresses (RFC
# 6598) and documentation (RFC 9637). Global, yet each may stand for an address that is not: Teredo (RFC 4380), 6to4 and
# its relays (RFC 3056, 7526). NAT64 (RFC 6052, 8215) lies outside of the unicast space that is in use.
_NEVER: Networks = tuple(
    ip_network(text)
    for text in ("192.0.0.0/24", "100.64.0.0/10", "3fff::/20", "2001::/32", "2002::/16", "192.88.99.0/24")
)
_UNICAST = {4: ip_network("0.0.0.0/0"), 6: ip_network("2000::/3")}


def may_reach(address: Address, networks: Networks = (), *, own_only: bool = False) -> bool:
    """Whether a socket may be opened: to the operator's own networks, and unless `own_only` to global unicast."""
    mapped = getattr(address, "ipv4_mapped", None)
    plain = mapped or address
    if _within(plain, networks):
        return True
    if own_only or mapped is not None or plain.is_multicast or plain.is_reserved or _within(plain, _NEVER):
        return False
    return plain.is_global and plain in _UNICAST[plain.version]


def guarded(place: Place, networks: Networks, *, own_only: bool = False) -> socket.socket:
    """A socket for an address that may be reached. OSError for any other, so that it counts as unreachable."""
    family, kind, protocol, _, where = place
    if not _reachable(where, networks, own_only):
        raise PermissionError("the address may not be reached")
    return socket.socket(family, kind, protocol)


def reachable(places: Iterable[Place], networks: Networks, *, own_only: bool = False) -> list[Place]:
    """Those of the places that a socket may be opened to."""
    return [place for place in places if _reachable(place[4], networks, own_only)]


def _reachable(where: tuple[object, ...], networks: Networks, own_only: bool) -> bool:
    scoped = len(where) > 3 and where[3] != 0
    return not scoped and may_reach(ip_address(str(where[0])), networks, own_only=own_only)


def _within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks if network.version == address.version)
