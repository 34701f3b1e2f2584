"""Make one answer of what a platform's cookie says: yes and no, whether an act stands behind them, and until when."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.consent.cmp.answers import Expected, Reader, Said, read_all
from gateway.consent.cmp.forms import NO_SEPARATORS, Separators
from gateway.consent.cmp.moment import moment_of
from gateway.consent.cmp.words import Words
from gateway.consent.cmp.written import Place, Written
from gateway.days import SECONDS_A_DAY, day_of

# Clocks of browsers differ; a day is as much as the TC strings are given.
SKEW = SECONDS_A_DAY
# The category that is refused where a platform says no to everything at once.
EVERYTHING = "*"

GARBLED = "not written as the platform writes it"
AHEAD = "dated in the future"


class CmpAnswer(NamedTuple):
    """What a platform's cookie says. `states` pairs its own categories with yes or no.

    `explicit` is an act of the visitor that is not stale; `day` in days since 1970-01-01 UTC. `strings` are consent
    strings in the cookie by kind: tc, ac, gpp, usp. `problem` says why it could not be read, or is empty. `until` is
    when the answer ends, in POSIX seconds.
    """

    states: Mapping[str, bool]
    explicit: bool = False
    day: int | None = None
    gpc: bool = False
    strings: Mapping[str, tuple[str, ...]] = {}
    problem: str = ""
    until: float = math.inf


class Condition(NamedTuple):
    """Something that stands at a place, and is one of some words.

    `negated`: none of them. `optional`: or is not there.
    """

    place: Place
    words: Words
    negated: bool = False
    optional: bool = False

    @property
    def tells(self) -> bool:
        """Whether the cookie itself has to say it, which tells of an act where no category was answered."""
        return not (self.negated or self.optional or self.place.companion)

    def holds(self, written: Written) -> bool:
        """Whether all that stands there is as it has to be."""
        values = self.place.values(written)
        if not values:
            return self.optional
        if self.negated:
            return not any(self.words.resembles(value) for value in values)
        return all(self.words.has(value) for value in values)

    def hinted(self, written: Written) -> bool:
        """Whether anything that stands there looks like one of the words."""
        return any(self.words.resembles(value) or self.words.has(value) for value in self.place.values(written))


class Site(NamedTuple):
    """What a site knows of its own platform: the version in force, the first day that counts, its own key."""

    expected: Expected = Expected()
    version: str = ""
    min_day: int | None = None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a platform's cookie is read; `cmps.yaml` explains the parts."""

    form: str
    separators: Separators = NO_SEPARATORS
    readers: tuple[Reader, ...] = ()
    explicit: tuple[Condition, ...] = ()
    agreed: tuple[Condition, ...] = ()
    needs: tuple[Condition, ...] = ()
    withdrawn: tuple[Condition, ...] = ()
    gpc: tuple[Condition, ...] = ()
    date: tuple[Place, ...] = ()
    dated: bool = False
    unit: str = ""
    expires: Place | None = None
    lasts: Place | None = None
    version: Place | None = None
    strings: tuple[tuple[str, Place], ...] = ()

    def answer(self, written: Written, site: Site, now: float) -> CmpAnswer:
        """The answer of one cookie at `now` (POSIX seconds)."""
        said = read_all(self.readers, written, site.expected)
        states = said.states
        if site.only:
            states = {key: yes for key, yes in states.items() if key == site.only}
        given, ends, dated = self._times(written)
        withdrawn = bool(self.withdrawn) and any(condition.hinted(written) for condition in self.withdrawn)
        if withdrawn:
            states |= dict.fromkeys((*site.expected.categories, EVERYTHING), False)
        problem = self._problem(said, given, now)
        if not self._counts(written, problem, ends, now):
            states = {key: yes for key, yes in states.items() if not yes}
        dated = dated and (given is not None or not self.dated)
        acted = said.acted and dated and self._acted(written, states, site)
        day = None if given is None else day_of(given)
        return CmpAnswer(
            states,
            explicit=not problem and (withdrawn or (acted and ends > now and self._is_fresh(written, site, day))),
            day=day,
            gpc=bool(self.gpc) and any(condition.hinted(written) for condition in self.gpc),
            strings=self._strings(written) if self.strings else {},
            problem=problem,
            until=ends if ends > now else math.inf,
        )

    def _acted(self, written: Written, states: Mapping[str, bool], site: Site) -> bool:
        if not (states or any(condition.tells for condition in self.explicit)):
            return False
        for condition in self.explicit:
            if not condition.holds(written):
                return False
        if not self.agreed or not any(states.get(category) for category in site.expected.categories):
            return True
        return all(condition.holds(written) for condition in self.agreed)

    def _counts(self, written: Written, problem: str, ends: float, now: float) -> bool:
        """Whether a yes may stand at all. A garbled cookie's yes stays visible to nobody, an expired one's neither."""
        if problem or ends <= now:
            return False
        return not self.needs or all(condition.holds(written) for condition in self.needs)

    def _problem(self, said: Said, given: float | None, now: float) -> str:
        if not said.whole:
            return GARBLED
        return AHEAD if given is not None and given > now + SKEW else ""

    def _given(self, written: Written) -> Sequence[float | None]:
        """The times at the first place where there are any."""
        for place in self.date:
            if found := _moments(place, written, self.unit):
                return found
        return ()

    def _times(self, written: Written) -> tuple[float | None, float, bool]:
        """When it was given, when it ends, and whether what is there of both could be read."""
        given = self._given(written)
        first = min((each for each in given if each is not None), default=None) if given else None
        readable = None not in given
        if self.expires is None and self.lasts is None:
            return first, math.inf, readable
        ends = _moments(self.expires, written, "")
        days = self.lasts.values(written) if self.lasts else []
        readable = readable and None not in ends and all(_is_count(each) for each in days)
        last = min((each for each in ends if each is not None), default=math.inf)
        if first is not None and readable:
            last = min([last, *(first + each * SECONDS_A_DAY for each in days)])
        return first, last, readable

    def _is_fresh(self, written: Written, site: Site, day: int | None) -> bool:
        """Whether it was said of the version in force, and since the day the site counts from."""
        if site.min_day is not None and (day is None or day < site.min_day):
            return False
        if not site.version or self.version is None:
            return True
        values = self.version.values(written)
        return bool(values) and all(str(value) == site.version for value in values)

    def _strings(self, written: Written) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for kind, place in self.strings:
            texts = [text for text in place.values(written) if isinstance(text, str) and text]
            if texts:
                found[kind] = (*found.get(kind, ()), *texts)
        return found


def _moments(place: Place | None, written: Written, unit: str) -> Sequence[float | None]:
    return [moment_of(value, unit) for value in place.values(written) if value not in (None, "")] if place else ()


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 36_500
