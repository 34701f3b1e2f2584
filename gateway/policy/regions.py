"""Regions as they are once what they inherit is known, and which of them a piece of evidence may mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from gateway.policy.durations import Duration
from gateway.policy.model import Place, Purpose, Row
from gateway.policy.places import EVERYWHERE_ELSE, UNKNOWN, country_of, expand
from gateway.taxonomy import LEVELS

T = TypeVar("T")
MAX_LINEAGE = 16


class Ruling(NamedTuple):
    """The basis of a purpose, the region that asks for it, and where it is written."""

    basis: str
    region: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Region:
    """A region with its ancestors: `lineage` has the rows of itself, then of its parent and so on.

    Each generation holds at most two rows, the policy's own before the pack's. The nearest word holds.
    """

    name: str
    lineage: tuple[tuple[Row, ...], ...] = ()

    @property
    def own(self) -> tuple[Row, ...]:
        """The rows that bear the region's name."""
        return self.lineage[0] if self.lineage else ()

    @property
    def match(self) -> tuple[str, ...]:
        """The codes it claims. A policy adds to what the pack claims and takes nothing away."""
        return tuple(dict.fromkeys(code for row in reversed(self.own) for code in row.match))

    @property
    def starts(self) -> frozenset[int]:
        """The days from which one of its rows, or of its ancestors', counts."""
        return frozenset(row.applies_from for row in self._rows() if row.applies_from is not None)

    def as_of(self, day: int) -> "Region | None":
        """The region of the rows that are in force on a day; None before the row that makes it a region is.

        That is the pack's row, where there is one: what a policy adds to it can begin later, and not before.
        """
        if not self.starts or max(self.starts) <= day:
            return self
        if self.own and not _is_in_force(self.own[-1], day):
            return None
        return Region(self.name, tuple(_of_day(generation, day) for generation in self.lineage))

    def ruling(self, purpose: Purpose) -> Ruling | None:
        """The basis of a purpose here: in the nearest generation, a line on the purpose before one on its family."""
        for generation in self.lineage:
            for subject in (purpose.name, purpose.family):
                for row in generation:
                    if subject in row.basis:
                        return Ruling(row.basis[subject], self.name, row.places["basis", subject])
        return Ruling("exempt", self.name, None) if purpose.family == "necessary" else None

    def signal(self, signal: str) -> tuple[str, Place | None]:
        """The level of GPC or DNT; honoured where nothing is said."""
        for row in self._rows():
            if signal in row.signals:
                return row.signals[signal], row.places["signals", signal]
        return "honour", None

    def duration(self, section: str, key: str) -> tuple[Duration | None, Place | None]:
        """A duration of `consent`, `dsr` or `retention`."""
        for row in self._rows():
            values: Mapping[str, Duration] = getattr(row, section)
            if key in values:
                return values[key], row.places[section, key]
        return None, None

    def under(self) -> tuple[int | None, Place | None]:
        """The age from which a person decides alone."""
        for row in self._rows():
            if row.under is not None:
                return row.under, row.places["minors", "under"]
        return None, None

    def ceiling(self) -> dict[str, str]:
        """The weakest level per transform: the strictest of all generations, for a ceiling only ever tightens."""
        levels: dict[str, str] = {}
        for row in self._rows():
            for transform, level in row.ceiling.items():
                order = LEVELS[transform].index
                levels[transform] = max(level, levels.get(transform, level), key=order)
        return levels

    def _rows(self) -> Iterable[Row]:
        return (row for generation in self.lineage for row in generation)


def _is_in_force(row: Row, day: int) -> bool:
    return row.applies_from is None or row.applies_from <= day


def _of_day(generation: tuple[Row, ...], day: int) -> tuple[Row, ...]:
    """The rows of one name without additions that are yet to come. A parent hands down its words before its own day."""
    return tuple(row for row in generation if row is generation[-1] or _is_in_force(row, day))


# What evidence means that no region claims: it has no law we know, so nothing is permitted.
NOWHERE = Region("(no region)")


@dataclass(slots=True)
class Gazetteer:
    """All regions, parents before their children, and the circles found on the way."""

    regions: dict[str, Region] = field(default_factory=dict)
    circles: list[tuple[str, ...]] = field(default_factory=list)


def parent_of(own: tuple[Row, ...]) -> str:
    """The name of the region that these rows of one region inherit from, or nothing."""
    return next((row.inherits for row in own if row.inherits), "")


def resolve(pack: Mapping[str, Row], policy: Mapping[str, Row]) -> Gazetteer:
    """Join the rows of both files and give each region its lineage. A circle is cut where it closes."""
    found = Gazetteer()
    for name in dict.fromkeys((*pack, *policy)):
        _visit(name, (), (policy, pack), found)
    return found


def _visit(name: str, trail: tuple[str, ...], files: tuple[Mapping[str, Row], ...], found: Gazetteer) -> None:
    if name in found.regions:
        return
    if name in trail or len(trail) >= MAX_LINEAGE:
        start = trail.index(name) if name in trail else 0
        found.circles.append((*trail[start:], name))
        return
    own = tuple(rows[name] for rows in files if name in rows)
    parent = parent_of(own)
    if any(parent in rows for rows in files):
        _visit(parent, (*trail, name), files, found)
    ancestors = found.regions[parent].lineage if parent in found.regions else ()
    found.regions[name] = Region(name, (own, *ancestors))


class Atlas:
    """Which regions a set of codes may mean, among the regions in force on one day."""

    def __init__(self, regions: Iterable[Region], unknown: str, strict_subdivisions: bool) -> None:
        """`unknown` is `strictest` or the name of the region that stands for no evidence at all."""
        self._names: dict[str, tuple[str, ...]] = {}
        self._subdivisions: dict[str, tuple[str, ...]] = {}
        self._strict = strict_subdivisions
        regions = tuple(regions)
        for region in regions:
            for code in region.match:
                self._claim(code, region.name)
        self._fill_groups(regions)
        self._world = self._names.get(EVERYWHERE_ELSE, (NOWHERE.name,))
        everything = dict.fromkeys((*(region.name for region in regions), *self._world))
        self._unknown = (unknown,) if unknown in everything else tuple(everything)

    def _claim(self, code: str, name: str) -> None:
        self._names[code] = (*self._names.get(code, ()), name)
        country = country_of(code)
        if country and country != code:
            self._subdivisions[country] = (*self._subdivisions.get(country, ()), name)

    def _fill_groups(self, regions: tuple[Region, ...]) -> None:
        """Give each member of a group the group's regions, unless a region names the country itself."""
        named = frozenset(self._names)
        for region in regions:
            for code in region.match:
                for country in expand(code):
                    if country != code and country not in named:
                        self._names[country] = (*self._names.get(country, ()), region.name)

    def candidates(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """The names of all regions that the evidence may mean; all there are where it means nothing."""
        if not codes:
            return self._unknown
        return tuple(dict.fromkeys(name for code in codes for name in self._of(code)))

    def _of(self, code: str) -> tuple[str, ...]:
        country = country_of(code)
        if country is None:
            return self._unknown
        names = self._names.get(code) or self._names.get(country) or self._world
        return (*names, *self._listed(code)) if self._strict else names

    def _listed(self, code: str) -> tuple[str, ...]:
        """The listed subdivisions of a country; of a subdivision, none."""
        return self._subdivisions.get(code, ())

    def describe(self, codes: tuple[str, ...]) -> str:
        """How the evidence was read, for people."""
        return "; ".join(map(self._describe, codes)) or f"{UNKNOWN} -> {self._meaning()}"

    def _meaning(self) -> str:
        """What no evidence means."""
        return f"strictest of all {len(self._unknown)} regions" if len(self._unknown) > 1 else self._unknown[0]

    def _describe(self, code: str) -> str:
        if country_of(code) is None:
            return f"{code} -> {UNKNOWN} -> {self._meaning()}"
        names = " + ".join(self._names.get(code) or self._names.get(country_of(code) or "") or self._world)
        listed = len(self._listed(code)) if self._strict else 0
        if not listed:
            return f"{code} -> {names}"
        return f"{code} -> subdivision unknown -> strictest of {names} + {listed} subdivisions"
