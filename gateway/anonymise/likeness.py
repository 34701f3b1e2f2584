"""Digest what the beacons of one action have in common, so that they can be known as one for some moments."""

from typing import NamedTuple

from gateway.anonymise.ip import Address, plain
from gateway.hit import Beacon, Hit, RawEvent


class Likeness(NamedTuple):
    """A digest `of` what is the same on all beacons of one action, and of the `side` that this one came from.

    `certain` says that what is the same tells the action from every other: it has an id of the page or of an order.
    Both are hashes of Python's own, whose key is random in each process. They may be kept for `seconds`.
    """

    of: int
    side: int
    certain: bool
    seconds: int


def likeness(raw: RawEvent, beacon: Beacon, hit: Hit, address: Address | None) -> Likeness | None:
    """The likeness of an event that something is permitted of; None where nothing tells its visitor from others."""
    if address is None and not raw.id:
        return None
    get, kept = raw.fields.get, raw.kept
    order, items, page = get("order.id"), get("order.items"), get("page.url")
    of = hash((
        hit.site, beacon.group, raw.name, raw.account, raw.id, hit.header(b"user-agent"),
        (page or hit.header(b"referer")).partition("#")[0],
        order, get("order.value"), get("order.currency"), items and repr(items),
        address and plain(address),
        tuple(map(repr, map(get, beacon.by))),  # a manifest may name a list too
        tuple((name, kept[name]) for name in beacon.kept if name in kept) if kept else (),
    ))  # fmt: skip
    return Likeness(of, hash(beacon.side), bool(raw.id) or order is not None, beacon.seconds)
