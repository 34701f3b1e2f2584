"""Say what an API key may, and hold a key that somebody shows against it. Whatever is missing means no."""

import hmac
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from gateway.api_keys.token import Presented

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Scope -> what it lets somebody do.
SCOPES = {
    "metrics": "read the metrics, and the whole of /readyz, from another machine",
    "policy:explain": "ask the policy in force about situations",
    "dead-letters:read": "look at dead letters, with their weakened events",
    "dead-letters:write": "queue them again, or destroy them",
    "destinations:write": "end the pause of a destination",
    "dsr:submit": "hand in requests of persons, and appeals against denials",
    "dsr:read": "look at requests, how far they are, and their receipts",
    "dsr:preview": "count what is kept of somebody",
    "dsr:verify": "have codes sent, and show them",
    "dsr:attest": "say that a request is verified",
    "dsr:manage": "deny, extend, cancel and retry requests, settle their targets, replay erasures",
    "dsr:appeal": "decide appeals against what others denied",
    "dsr:package": "make links to what is handed out, and fetch it",
    "consent:read": "fetch the records of consent",
    "suppress:read": "ask what is refused of somebody",
    "suppress:write": "refuse somebody's events, and let them through again",
}

# The id of whoever can read the machine's own key, and so needs none of the book.
LOCAL = "local-------"


class Verdict(Enum):
    """`STRANGER`: nobody whom we know, or not any more, or not from there. `LACKS`: known, and may not do this."""

    MAY = "may"
    STRANGER = "stranger"
    LACKS = "lacks"


class Grant(NamedTuple):
    """One key: the SHA-256 of its secret, its scopes, the networks it counts in (none: everywhere), and its end in
    POSIX seconds."""

    id: str
    digest: bytes
    scopes: frozenset[str]
    networks: tuple[Network, ...]
    made: int
    ends: int


class Asked(NamedTuple):
    """What is asked: the scope it takes, from where, and when in POSIX seconds."""

    scope: str
    address: Address | None
    now: float


def weigh(grants: Iterable[Grant], shown: Presented | None, asked: Asked) -> Verdict:
    """Whether the key that is shown may do what is asked. Secrets are compared in constant time, and also where the id
    is nobody's."""
    known = {grant.id: grant for grant in grants}
    grant = known.get(shown.id if shown else "")
    right = hmac.compare_digest(grant.digest if grant else bytes(32), shown.digest if shown else bytes(32))
    if grant is None or shown is None or not right or asked.now >= grant.ends or not _within(grant, asked.address):
        return Verdict.STRANGER
    return Verdict.MAY if asked.scope in grant.scopes else Verdict.LACKS


def plain(host: str) -> Address | None:
    """The address of a peer; an IPv4 one also where it is written as IPv6. None where it is none."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(grant: Grant, address: Address | None) -> bool:
    if not grant.networks:
        return True
    return address is not None and any(
        address.version == network.version and address in network for network in grant.networks
    )
