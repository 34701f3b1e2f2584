"""Know the address ranges that place nobody: private, local, shared, reserved, for documentation, for multicast.

The standard library knows them too, but remembers the last addresses it was asked about; a client's must be forgotten.
"""

from bisect import bisect_right
from ipaddress import IPv4Network, IPv6Network

from gateway.region.address import Address

# The special-purpose registries of IANA (RFC 6890 and its updates), multicast, and what is not allocated at all.
_V4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/3
"""
# Only 2000::/3 is handed out. In it: protocol assignments with Teredo and ORCHID, documentation, 6to4, AS112.
_V6 = "::/3 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 4000::/2 8000::/1"

Ranges = tuple[list[int], list[int]]


def _ranges(networks: list[IPv4Network] | list[IPv6Network]) -> Ranges:
    """First and last addresses, in order."""
    ends = sorted((int(network[0]), int(network[-1])) for network in networks)
    return [first for first, _ in ends], [last for _, last in ends]


_RANGES = {
    4: _ranges([IPv4Network(text) for text in _V4.split()]),
    6: _ranges([IPv6Network(text) for text in _V6.split()]),
}


def is_evidence(address: Address) -> bool:
    """Whether an address may say anything about where somebody is."""
    first, last = _RANGES[address.version]
    number = int(address)
    row = bisect_right(first, number) - 1
    return row < 0 or number > last[row]
