"""Digest what the beacons of one action have in common, so that they can be known as one for some moments."""

from typing import NamedTuple

from gateway.anonymise.ip import Address, plain
from gateway.hit import Beacon, Hit, RawEvent
from gateway.keys import Mac

# What two actions of one visitor are told apart by, whatever their pixel.
_OF_AN_ACTION = ("order.id", "order.value", "order.currency", "order.items")


class Likeness(NamedTuple):
    """A keyed digest `of` what is the same on all beacons of one action, and of the `side` that this one came from.

    `certain` says that what is the same tells the action from every other: it is an order with its id. `carried` says
    that the page gave the event an id, which must be the same too. Each may be kept for `seconds`, under keys that die
    with the process.
    """

    of: str
    side: int
    certain: bool
    carried: bool
    seconds: int


def likeness(raw: RawEvent, beacon: Beacon, hit: Hit, address: Address | None, mac: Mac) -> Likeness | None:
    """The likeness of an event that something is permitted of; None where nothing tells its visitor from others."""
    if address is None and not raw.id:
        return None
    fields, kept = raw.fields, raw.kept or {}
    page = fields.get("page.url") or hit.header(b"referer")
    common = (
        hit.site, "" if address is None else plain(address).packed, hit.header(b"user-agent"), beacon.group, raw.name,
        raw.account, page.partition("#")[0], *[fields.get(field) for field in (*_OF_AN_ACTION, *beacon.by)],
        *[(name, kept[name]) for name in beacon.kept if name in kept],
    )  # fmt: skip
    # Texts are hashed under a key of Python's own, which is enough to tell a handful of sides apart.
    side = hash(beacon.side)
    return Likeness(mac.digest(repr(common)), side, fields.get("order.id") is not None, bool(raw.id), beacon.seconds)
