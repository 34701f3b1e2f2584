"""Make the values that are sent: unique, obviously made up, and nobody's."""

import ipaddress
import secrets
import string
import uuid
from collections.abc import Callable
from typing import NamedTuple

from gateway.canary.strings import refusing_gpp_string, refusing_tc_string, unlike_ac_string

PREFIX = "cnry"
_LETTERS = 14


class Mark(NamedTuple):
    """One value and where it stood: the hit it was sent with, and the `kind` of place, such as `cookie_value`; a kind
    that is named like a field (`order.id`), or several (`id.fbp|id.visitor`), stood where these are read.

    `wholes` are longer texts of the hit that hold it, of which a digest would be as bad."""

    hit: str
    kind: str
    value: str
    wholes: tuple[str, ...] = ()


class Marks(dict[str, str]):
    """The values of one hit by kind of place. A place that is asked for the first time gets a fresh value.

    `day` is what consent strings are dated with, in days since 1970-01-01.
    """

    def __init__(self, day: int) -> None:
        super().__init__()
        self._day = day

    def __missing__(self, kind: str) -> str:
        """A value that no other hit has."""
        dated = _DATED.get(kind)
        value = self[kind] = dated(self._day) if dated else _MAKERS.get(kind, word)()
        return value

    def planted(self, hit: str) -> list[Mark]:
        """All that were asked for."""
        return [Mark(hit, kind, value, wholes_of(kind, value)) for kind, value in self.items()]


def wholes_of(kind: str, value: str) -> tuple[str, ...]:
    """The texts around a value as the hits write them."""
    return tuple(whole.format(value) for whole in _WHOLES.get(kind, ()))


def word() -> str:
    """A word like no other: 14 random letters (2^65 of such words) behind a prefix."""
    return PREFIX + "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))


def _ipv4() -> str:
    """An address of the block for benchmarks (RFC 2544), which is routed nowhere."""
    return f"198.{18 + secrets.randbelow(2)}.{1 + secrets.randbelow(254)}.{1 + secrets.randbelow(254)}"


def _ipv6() -> str:
    """An address of the block for documentation (RFC 3849)."""
    return str(ipaddress.IPv6Address((0x20010DB8 << 96) | secrets.randbits(96)))


def _phone() -> str:
    """A number under a country code that no country has."""
    return f"999{10**9 + secrets.randbelow(9 * 10**9)}"


_MAKERS: dict[str, Callable[[], str]] = {
    "forwarded_for": _ipv4, "forwarded_for_left": _ipv4, "real_ip": _ipv4, "forwarded": _ipv6, "forwarded_for_6": _ipv6,
    "ac_query": unlike_ac_string, "event.id": lambda: str(uuid.uuid4()), "phone": _phone,
}  # fmt: skip

_DATED: dict[str, Callable[[int], str]] = {
    "tc_query": refusing_tc_string, "tc_cookie": refusing_tc_string, "tc_body": refusing_tc_string,
    "gpp_query": refusing_gpp_string, "gpp_cookie": refusing_gpp_string,
}  # fmt: skip

_WHOLES: dict[str, tuple[str, ...]] = {
    "mail": ("{}@mail.example",),
    "user_agent": ("Mozilla/5.0 (X11; {}) Firefox/143.0",),
    "phone": ("+{}",),
    "id.visitor": ("fb.1.1763890000000.{}",),
    "click.fbc": ("fb.1.1763890000000.{}",),
    "cookie_value": ("_ga={}",),
    "host": ("{}.example",),
    "referer_host": ("{}.example", "https://{}.example/"),
}
