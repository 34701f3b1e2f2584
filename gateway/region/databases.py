"""Ask databases where an address is."""

from collections.abc import Callable, Collection, MutableSequence
from dataclasses import dataclass, field
from typing import Literal

from gateway.region.address import Address
from gateway.region.reserved import is_evidence

# A piece of evidence that is no place: with it, the visitor may be anywhere.
UNKNOWN = "unknown"

Source = Literal["edge", "mmdb", "table"]
Places = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """One database. `find` gives region codes, nothing where it knows none, None where the network hides the place.

    From `old_from` on (POSIX seconds) its answers do not stand alone: the visitor may be anywhere as well. `built` is
    the day of its data in days since 1970-01-01, `credit` names who made it.
    """

    name: Source
    find: Callable[[Address], Places | None]
    old_from: float = float("inf")
    built: int | None = None
    credit: str = ""

    def places(self, address: Address, now: float) -> Places | None:
        """What `find` says, with `UNKNOWN` beside it where the data is old."""
        found = self.find(address)
        return (*found, UNKNOWN) if found and now >= self.old_from else found


@dataclass(frozen=True, slots=True)
class Databases:
    """Databases in the order in which they are asked; the first that answers is believed.

    `cross_check` names sources whose answers all count: what they name is joined, and the strictest of it holds.
    A newer database may take the place of one in `sources` at any moment.
    """

    sources: MutableSequence[Database] = field(default_factory=list)
    cross_check: Collection[Source] = ()

    def beside(self, edge: Places | None, address: Callable[[], Address | None], now: float) -> Places:
        """The evidence of the edge (None where it says nothing, empty where it says unknown) and of the databases.

        `address` is asked for only if a database is.
        """
        if edge is not None and not (edge and self._asks_beside_the_edge()):
            return edge
        place = address() if self.sources else None
        if place is None or not is_evidence(place):
            return edge or ()
        return self._joined(edge or (), place, now)

    def _asks_beside_the_edge(self) -> bool:
        return "edge" in self.cross_check and len(self.cross_check) > 1

    def _joined(self, codes: Places, address: Address, now: float) -> Places:
        for database in self.sources:
            if codes and database.name not in self.cross_check:
                continue
            found = database.places(address, now)
            if found is None:
                return ()
            codes = tuple(dict.fromkeys((*codes, *found))) if codes else found
        return codes


NO_DATABASES = Databases()
