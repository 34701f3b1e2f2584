"""A hit: one request as it arrived, with everything personal still in it.

Rule 1: a hit is read, never kept. No queue, log, cache, exception or closure that outlives the request may hold one.
Rule 2: nothing here can be printed or pickled, and only the modules that turn a hit into something weaker may import
this one; `pyproject.toml` holds that list as an import contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn


class _Unprintable:
    """Shows its type and nothing else, and refuses to be pickled or copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is never pickled or copied")


@dataclass(slots=True, repr=False)
class Hit(_Unprintable):
    """One request. Text is latin-1 decoded bytes, untouched: no percent sign is resolved yet.

    `headers` maps lower-case names to their values in the order they came. `path` is what follows the site's host,
    or, for a fronted pixel, the vendor's own path (`/tr`); `pixel` is then the catalogue id, else empty.
    `received` is POSIX seconds UTC. `peer` is the address of the TCP peer.
    """

    method: str
    path: str
    query: str
    headers: Mapping[bytes, list[bytes]]
    body: bytes
    peer: str
    received: float
    site: str
    pixel: str = ""

    def header(self, name: bytes) -> str:
        """The first value of a header as latin-1 text, or nothing."""
        values = self.headers.get(name)
        return values[0].decode("latin-1") if values else ""


class Vouched(NamedTuple):
    """What a token of the gateway's own says of whom its mail was sent to.

    `subject` is the keyed pseudonym of a consent record, `sent` POSIX seconds, `granted` the day of a yes (days since
    1970-01-01 UTC), `region` where that person lives, or empty.
    """

    subject: str
    sent: int
    granted: int
    region: str = ""


class Beacon(NamedTuple):
    """Which beacons tell of one action together: those of one `group`, each from a `side` of its own, within `seconds`.

    `by` and `kept` are the fields and the technical parameters that are equal on all of them, beside the page and what
    was ordered.
    """

    group: str
    seconds: int
    by: tuple[str, ...]
    kept: tuple[str, ...]
    side: str


class Alone(NamedTuple):
    """What a body says of one visitor: `own` is about nobody else, `beside` about all of whom the body tells."""

    own: bytes
    beside: bytes = b""


@dataclass(slots=True, repr=False)
class RawEvent(_Unprintable):
    """One event of a hit in the gateway's own words, nothing weakened yet (one hit may hold a batch of them).

    `fields` maps dotted names of `gateway.taxonomy` to JSON values; money is a decimal string. `kept` holds the
    pixel's technical parameters that its manifest allows to be relayed as they are. `id` is what the page called
    the event, or empty. `residence` is where the site says that the visitor lives, as it is written there,
    and `age` the least age in years that it says, or None. `packed` is what was packed in values of the hit, by name:
    consent may be among it. `vouched` is there where a token of the gateway's own stands for the visitor.
    `alone` is there where a server tells the event, maybe among those of others.
    `beacon` is there where the pixel sends several of one action.
    """

    name: str
    fields: Mapping[str, Any]
    id: str = ""
    pixel: str = ""
    account: str = ""
    kept: Mapping[str, str] | None = None
    residence: str = ""
    age: int | None = None
    packed: tuple[tuple[str, str], ...] = ()
    vouched: Vouched | None = None
    alone: Alone | None = None
    beacon: Beacon | None = None
