"""What a policy says, as values: purposes, rows of regions, destinations, signal rules, tests and promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.facts import ConsentSource
from gateway.policy.durations import Duration
from gateway.policy.places import UNKNOWN


class Place(NamedTuple):
    """A place in a file: line and column from 1. `file` is its name without folders."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something a visitor can say yes or no to.

    `terms` is a digest of what the visitor was told (label, family, destinations): a choice made under other terms is
    no choice. `profile` names how data is weakened for this purpose, empty where nothing is said. `tcf`, `google` and
    `cmp` are what it asks for in the words of others, empty where that is for its family to say.
    """

    name: str
    label: str
    family: str
    sale_or_share: bool = False
    profile: str = ""
    because: str = ""
    terms: str = ""
    tcf: tuple[int, ...] = ()
    google: tuple[str, ...] = ()
    cmp: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What one file says about one region. Absent values are inherited.

    `applies_from` is a day (days since 1970-01-01). `places` tells where a value stands, by path: `("basis", "ads")`.
    """

    name: str
    label: str = ""
    law: str = ""
    because: str = ""
    match: tuple[str, ...] = ()
    inherits: str = ""
    applies_from: int | None = None
    basis: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, Duration] = field(default_factory=dict)
    under: int | None = None
    dsr: Mapping[str, Duration] = field(default_factory=dict)
    retention: Mapping[str, Duration] = field(default_factory=dict)
    ceiling: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str, ...], Place] = field(default_factory=dict)
    certainty: str = ""

    @property
    def explained(self) -> bool:
        """Whether the row says why it is less strict. How good a reason it is, is for the reader to judge."""
        return any(letter.isalpha() for letter in self.because)


@dataclass(frozen=True, slots=True)
class SignalRule:
    """What GPC or DNT refuses: purposes, families, `sale_or_share`, `everything_else` (all that is not exempt).

    `after_notice`: a yes given after a notice of the conflict stands (11 CCR 7025(c)(3)).
    """

    refuses: tuple[str, ...]
    after_notice: bool = False


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """What one destination may receive. `fields` are as written: names of fields, or of groups of fields.

    `party` is first, processor or third; `minors` never or with_consent. `place` is where its name stands.
    """

    name: str
    label: str = ""
    party: str = "third"
    controller_country: str = ""
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    anonymise: Mapping[str, str] = field(default_factory=dict)
    url_params: frozenset[str] = frozenset()
    block_regions: tuple[str, ...] = ()
    minors: str = "never"
    place: Place | None = None

    @property
    def served(self) -> tuple[str, ...]:
        """The purposes that any of its events serves, each once, as they are written."""
        return tuple(dict.fromkeys(name for purposes in self.events.values() for name in purposes))


class Situation(NamedTuple):
    """Inputs of a decision in the words of a test or of the command line.

    `regions` are the pieces of evidence, empty for unknown. `consent` pairs purposes with yes (True) or no (False);
    what it does not name was not answered. `consent_age` is in days. An `event` of None means each that is listed.
    """

    regions: tuple[str, ...] = ()
    event: str | None = None
    consent: tuple[tuple[str, bool], ...] = ()
    consent_age: int = 0
    gpc: bool = False
    dnt: bool = False
    notified: bool = False
    bot: bool = False
    suppressed: bool = False
    age: int | None = None


class Expected(NamedTuple):
    """What a test expects of a destination (or of `everything`, `third_parties`)."""

    destination: str
    allow: bool
    reason: str
    place: Place


class Sending(NamedTuple):
    """What a test expects to be sent: the level of a field, or `never`."""

    destination: str
    field: str
    level: str
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of `tests`: the situation is run once for each of its regions."""

    name: str
    regions: tuple[str, ...]
    given: Situation
    expect: tuple[Expected, ...]
    sends: tuple[Sending, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Promise:
    """One entry of `always`. `pins` holds the inputs that `when` names; all others are enumerated.

    `pins["consent"]` pairs each purpose whose answer is pinned with yes, no, or None for no answer.
    `regions` is None where `when` names none, else each region is meant. `deny` names destinations or wildcards,
    `never_sends` pairs a field with the level (or any) at which it must not leave.
    """

    name: str
    pins: Mapping[str, object]
    regions: tuple[str, ...] | None
    deny: tuple[str, ...]
    never_sends: tuple[tuple[str, str], ...]
    place: Place


@dataclass(slots=True)
class Pack:
    """A floor: what the law asks, by purpose family."""

    name: str
    version: str
    reviewed: str
    file: str
    rows: dict[str, Row]


@dataclass(slots=True)
class Draft:
    """A policy as read: its values are plausible one by one, but nothing has been checked against each other."""

    file: str
    name: str = ""
    version: str = ""
    reviewed: str = ""
    owner: str = ""
    mode: str = "enforce"
    unknown_region: str = "strictest"
    unknown_subdivision: str = "strictest"
    purposes: dict[str, Purpose] = field(default_factory=dict)
    profiles: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    trust: tuple[ConsentSource, ...] = (ConsentSource("gateway_receipt"),)
    signals: dict[str, SignalRule] = field(default_factory=dict)
    destinations: dict[str, DestinationRule] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)


def regions_of(code: str) -> tuple[str, ...]:
    """The evidence a test means by one region: nothing for `unknown`."""
    return () if code == UNKNOWN else (code,)
