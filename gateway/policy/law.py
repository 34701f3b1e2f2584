"""What the law asks of a visitor whose place is only known as a set of candidate regions: the strictest of each."""

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.policy.durations import Duration
from gateway.policy.model import Place, Purpose
from gateway.policy.regions import NOWHERE, Atlas, Region, Ruling
from gateway.policy.schema import SIGNAL_LEVELS
from gateway.taxonomy import BASES, LEVELS

# Where a region says nothing: the shortest life of a yes and the highest age that the packs know.
DEFAULT_VALID_FOR = 180
DEFAULT_UNDER = 20
MAX_LAWS = 4096


@dataclass(frozen=True, slots=True)
class Law:
    """The law of one set of candidate regions.

    `rulings` gives each purpose its strictest basis; `prohibited` where a candidate has none. `valid_for` is in days,
    `under` in years; `keeps` is how many days events may wait, None where no candidate says it. `description` says how
    the evidence was read.
    """

    description: str
    regions: tuple[Region, ...]
    rulings: Mapping[str, Ruling]
    signals: Mapping[str, str]
    under: int
    valid_for: int
    ceiling: tuple[tuple[str, str], ...]
    keeps: int | None

    def where(self, word: str) -> Place | None:
        """Where it stands that made `under`, `valid_for`, `gpc` or `dnt` what it is; None where that is a default."""
        for region in self.regions:
            value, place = _word(region, word)
            if value == {"under": self.under, "valid_for": self.valid_for, **self.signals}[word] and place:
                return place
        return None

    def shortest(self, section: str, key: str) -> Duration | None:
        """The shortest duration that a candidate asks for, such as ("dsr", "respond_within")."""
        return _shortest(self.regions, section, key)


class Lawbook:
    """Finds the law for evidence and a day. Laws are kept by evidence, for as long as the same rows are in force."""

    def __init__(self, regions: Mapping[str, Region], purposes: Iterable[Purpose], unknown: str, strict: bool) -> None:
        """`unknown` and `strict` as `gateway.policy.regions.Atlas` takes them."""
        self.regions = {**regions, NOWHERE.name: NOWHERE}
        self._purposes = tuple(purposes)
        self.changes = tuple(sorted({day for region in regions.values() for day in region.starts}))
        days = [day - 1 for day in self.changes[:1]] + list(self.changes) or [0]
        self._editions = tuple(_in_force(regions, day) for day in days)
        self._atlases = tuple(Atlas(edition.values(), unknown, strict) for edition in self._editions)
        self._laws: dict[tuple[tuple[str, ...], int], Law] = {}

    def law(self, codes: tuple[str, ...], day: int) -> Law:
        """The law for evidence (region codes; none for unknown) on a day since 1970-01-01."""
        key = codes, bisect.bisect_right(self.changes, day)
        law = self._laws.get(key)
        if law is None:
            if len(self._laws) >= MAX_LAWS:
                self._laws.pop(next(iter(self._laws)))
            law = self._laws[key] = self._find(codes, key[1])
        return law

    def _find(self, codes: tuple[str, ...], period: int) -> Law:
        atlas, edition = self._atlases[period], self._editions[period]
        candidates = tuple(edition.get(name, NOWHERE) for name in atlas.candidates(codes))
        keeps = _shortest(candidates, "retention", "events")
        return Law(
            atlas.describe(codes),
            candidates,
            {purpose.name: strictest_ruling(candidates, purpose) for purpose in self._purposes},
            {signal: _strictest_signal(candidates, signal) for signal in ("gpc", "dnt")},
            max(DEFAULT_UNDER if (age := region.under()[0]) is None else age for region in candidates),
            min(valid_for(region) for region in candidates),
            _strictest_ceiling(candidates),
            keeps.days if keeps else None,
        )


def _word(region: Region, word: str) -> tuple[int | str | None, Place | None]:
    """What a region says of one thing, and where."""
    if word == "under":
        return region.under()
    if word == "valid_for":
        return valid_for(region), region.duration("consent", "valid_for")[1]
    return region.signal(word)


def valid_for(region: Region) -> int:
    """How many days a yes lasts in a region."""
    duration = region.duration("consent", "valid_for")[0]
    return DEFAULT_VALID_FOR if duration is None else duration.days


def _shortest(candidates: tuple[Region, ...], section: str, key: str) -> Duration | None:
    found = (region.duration(section, key)[0] for region in candidates)
    return min((duration for duration in found if duration), key=lambda duration: duration.days, default=None)


def strictest_ruling(candidates: tuple[Region, ...], purpose: Purpose) -> Ruling:
    """The first of the strictest rulings on a purpose."""
    rulings = (region.ruling(purpose) or Ruling("prohibited", region.name, None) for region in candidates)
    return max(rulings, key=lambda ruling: BASES.index(ruling.basis))


def _in_force(regions: Mapping[str, Region], day: int) -> dict[str, Region]:
    editions = {name: region.as_of(day) for name, region in regions.items()}
    return {name: region for name, region in editions.items() if region}


def _strictest_signal(candidates: tuple[Region, ...], signal: str) -> str:
    return max((region.signal(signal)[0] for region in candidates), key=SIGNAL_LEVELS.index)


def _strictest_ceiling(candidates: tuple[Region, ...]) -> tuple[tuple[str, str], ...]:
    levels: dict[str, str] = {}
    for region in candidates:
        for transform, level in region.ceiling().items():
            levels[transform] = max(level, levels.get(transform, level), key=LEVELS[transform].index)
    return tuple(sorted(levels.items()))
