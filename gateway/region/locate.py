"""Tell a hit's client address, and the region codes that are evidence of where the law says the visitor is.

Rule 1: nothing of a peer that is no trusted proxy is believed, and no parameter or cookie can name a region.
Rule 2: no address of a client is kept here, not even in a cache.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Literal

from gateway.hit import Hit
from gateway.region import iso
from gateway.region.address import Address, embedded, read
from gateway.region.databases import NO_DATABASES, Databases, Places
from gateway.region.edge import Edge, region

MAX_HOPS = 20
MAX_CHAIN = 2048  # characters of all forwarding headers together
MAX_PROXIES = 4096  # trusted peers that are remembered
MAX_REGIONS = 4096  # values of the edge headers that are remembered; there are some 4,000 subdivisions on earth
MAX_WORD = 6  # characters of a value that is remembered: `US-CA` is the longest kind; what is longer may be anything

# A trusted network shorter than this holds more strangers than proxies.
_SHORTEST = {4: 8, 6: 16}
_LOCAL = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
_EMBEDDING = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"))

# What proxies and CDNs add to a request that they pass on.
_PASSED_ON = frozenset(
    b"x-forwarded-for forwarded via x-real-ip cf-connecting-ip cf-ray true-client-ip fastly-client-ip x-client-ip "
    b"cdn-loop x-cluster-client-ip x-forwarded x-forwarded-host x-forwarded-proto x-envoy-external-address "
    b"fly-client-ip".split()
)

_ELEMENT = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|\Z)')
_PAIR = re.compile(r'[ \t]*([A-Za-z0-9!#$%&\'*+.^_`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^";,\s]*))[ \t]*(?:;|\Z)')

Forwarded = Literal["x-forwarded-for", "forwarded"]

# What there was to tell a place by: of the header of the edge where one is named, of the address where it is asked for.
EVIDENCE = (
    "edge_named", "edge_unread", "edge_missing", "edge_bypassed", "address", "address_missing", "proxy_untold",
)  # fmt: skip


class Locator:
    """Where hits come from. Raises ValueError where the configuration would believe anybody.

    `trusted_proxies` are addresses or networks in CIDR form; empty means that only the socket is believed. `edge` is
    believed from those alone. `forwarded` is the one header in which the proxies pass the client address on.
    `databases` are asked where the edge says nothing. `met` is told of each hit what there was of EVIDENCE.
    """

    def __init__(
        self,
        trusted_proxies: Sequence[str] = (),
        edge: Edge | None = None,
        forwarded: Forwarded = "x-forwarded-for",
        databases: Databases = NO_DATABASES,
        met: Callable[[str], None] = lambda evidence: None,
    ) -> None:
        if forwarded not in ("x-forwarded-for", "forwarded"):
            raise ValueError(f"{forwarded!r} is neither x-forwarded-for nor forwarded")
        if edge is not None and not trusted_proxies:
            raise ValueError("the edge header is believed from trusted proxies only: name them, or leave the edge out")
        self._trusted = _masks(trusted_proxies)
        self._edge = edge
        self._country = edge.country.lower().encode() if edge else b""
        self._subdivision = edge.subdivision.lower().encode() if edge else b""
        self._forwarded = forwarded.encode()
        self.databases = databases
        self._met = met
        self._proxies: set[str] = set()
        self._region = lru_cache(MAX_REGIONS)(_named)

    def address(self, hit: Hit) -> Address | None:
        """The address of the client, or None where it cannot be known.

        The forwarding header is walked from the right over trusted proxies; the first stranger is the client.
        """
        peer = read(hit.peer)
        if peer is None or not self._trusts(peer):
            return None if peer is None else embedded(peer)
        return self._forwarded_for(hit)

    def _forwarded_for(self, hit: Hit) -> Address | None:
        """The first stranger in what the proxies passed on."""
        for hop in self._hops(hit):
            address = read(hop)
            if address is None or not self._trusts(address):
                return None if address is None else embedded(address)
        return None

    def regions(self, hit: Hit) -> Places:
        """The region codes of the evidence: `("FR",)`, `("US-CA",)`, several where it differs, none without any.

        `UNKNOWN` among them says that the visitor may be anywhere as well.
        """
        return self.databases.beside(self._edge_says(hit), partial(self._placeable, hit), hit.received)

    def _edge_says(self, hit: Hit) -> Places | None:
        """The region that the edge names, none where it names none that can be read, None without its header."""
        if self._edge is None:
            return None
        if not self._is_proxy(hit.peer):
            self._met("edge_bypassed")
            return None
        if self._country not in hit.headers:
            self._met("edge_missing")
            return None
        places = self._words(hit, self._edge)
        self._met("edge_named" if places else "edge_unread")
        return places

    def _words(self, hit: Hit, edge: Edge) -> Places:
        """The region that the header names, none where it names none that can be read."""
        country, subdivision = _only(hit, self._country), _only(hit, self._subdivision)
        if country is None or subdivision is None:
            return ()
        country, subdivision = edge.words(country, subdivision)
        named = self._region if _is_short(country) and _is_short(subdivision) else _named
        return named(country, subdivision)

    def _placeable(self, hit: Hit) -> Address | None:
        """The address of the client, unless it may be a proxy's that nobody told us of: its place is no evidence.

        Who adds a header of a proxy himself gets the strictest rules.
        """
        peer = read(hit.peer)
        if peer is None:
            return None
        if self._trusts(peer):
            address = self._forwarded_for(hit)
            self._met("address" if address else "address_missing")
            return address
        told = _PASSED_ON.isdisjoint(hit.headers)
        self._met("address" if told else "proxy_untold")
        return embedded(peer) if told else None

    def _is_proxy(self, peer: str) -> bool:
        """Whether the TCP peer is trusted. Proxies are few and remembered; who is none is not."""
        if peer in self._proxies:
            return True
        address = read(peer)
        if address is None or not self._trusts(address):
            return False
        if len(self._proxies) < MAX_PROXIES:
            self._proxies.add(peer)
        return True

    def _trusts(self, address: Address) -> bool:
        number, trusted = int(address), self._trusted[address.version]
        return bool(trusted) and any(number & mask == base for base, mask in trusted)

    def _hops(self, hit: Hit) -> Iterator[str]:
        """What the proxies wrote, the nearest first; one empty hop where it is too long to be believed."""
        text = b",".join(hit.headers.get(self._forwarded, ())).decode("latin-1")
        if not text or len(text) > MAX_CHAIN:
            return iter(("",))
        hops = text.split(",") if self._forwarded == b"x-forwarded-for" else _elements(text)
        return iter(hops[: -MAX_HOPS - 1 : -1])


def _is_short(word: str) -> bool:
    return len(word) <= MAX_WORD and word.isascii()


def _named(country: str, subdivision: str) -> Places:
    code = region(country, subdivision)
    return iso.evidence(code) if code else ()


def _only(hit: Hit, name: bytes) -> str | None:
    """The value of a header, nothing where it is missing, None where it comes with different values."""
    values = hit.headers.get(name)
    if not values:
        return ""
    return values[0].decode("latin-1") if len(values) == 1 or len(set(values)) == 1 else None


def _elements(text: str) -> list[str]:
    """The `for` of each element of a Forwarded header (RFC 7239, section 4), nothing where it has not exactly one."""
    hops, position = [], 0
    while position <= len(text):
        match = _ELEMENT.match(text, position)
        if match is None:
            return [""]
        hops.append(_for(match[1]))
        position = match.end() + (match.end() == len(text) and not match[0].endswith(","))
    return hops


def _for(element: str) -> str:
    """The one `for` of a Forwarded element; nothing where it is malformed, missing or given twice."""
    found, position = [], 0
    while position < len(element):
        pair = _PAIR.match(element, position)
        if pair is None:
            return ""
        if pair[1].lower() == "for":
            found.append(pair[2] or pair[3] or "")
        position = pair.end()
    return found[0] if len(found) == 1 else ""


def _masks(proxies: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """Base and mask of each trusted network, by address version."""
    networks = [_network(text) for text in proxies]
    v4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    masks: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    networks = [*v4, *v6]
    for network in networks:
        if network.prefixlen < _SHORTEST[network.version] and not _is_local(network):
            raise ValueError(
                f"trusted_proxies: {network} trusts everybody; list the addresses of your own proxies or of your CDN"
            )
        masks[network.version].append((int(network.network_address), int(network.netmask)))
    return masks


def _network(text: str) -> IPv4Network | IPv6Network:
    if text.strip() == "*":
        raise ValueError("trusted_proxies: * trusts everybody; list the addresses of your own proxies or of your CDN")
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise ValueError(f"trusted_proxies: {error}; write an address or a network such as 10.0.0.0/8") from None
    if network.version == 6 and network.prefixlen >= 16 and any(network.overlaps(block) for block in _EMBEDDING):
        raise ValueError(f"trusted_proxies: {network} embeds IPv4 addresses; write the IPv4 network")
    return network


def _is_local(network: IPv4Network | IPv6Network) -> bool:
    return network.version == 6 and any(network.subnet_of(block) for block in _LOCAL)
