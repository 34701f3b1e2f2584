"""Turn situations, as tests and the command line name them, into facts."""

from collections.abc import Iterable, Mapping

from gateway.facts import Facts, Signals, Vote
from gateway.policy import schema
from gateway.policy.cursor import did_you_mean
from gateway.policy.durations import parse
from gateway.policy.model import Situation
from gateway.policy.places import NOWHERE_CODES, UNKNOWN, country_of, meant_place

SOURCE = "gateway_receipt"
NAMES = (*schema.GIVEN, "destination")
_FLAGS = {True: True, False: False, "yes": True, "no": False, "true": True, "false": False}
_UNANSWERED = (None, "none")


class SituationError(ValueError):
    """A situation that cannot be read. `field` is the name that is wrong, empty for one that is unknown.

    The message is a sentence for the person who wrote the situation, and may repeat what they wrote.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def facts_of(situation: Situation, day: int) -> Facts:
    """The facts of a visitor in this situation on `day` (days since 1970-01-01)."""
    answered = day - situation.consent_age
    votes = tuple(Vote(purpose, SOURCE, choice, day=answered) for purpose, choice in situation.consent)
    signals = Signals(votes, situation.gpc, situation.dnt, situation.notified)
    return Facts(situation.regions, signals, situation.bot, situation.age, situation.suppressed)


def read_situation(words: Mapping[str, object], purposes: Iterable[str]) -> Situation:
    """A situation from the names the command line uses (`region`, `consent`, `consent_age`, `gpc`, …).

    Raises SituationError where a name or a value is none.
    """
    words = {key.replace("-", "_"): value for key, value in words.items() if value is not None}
    unknown = sorted(words.keys() - frozenset(NAMES))
    if unknown:
        hint = did_you_mean(unknown[0], NAMES)
        raise SituationError("", f"unknown name: {', '.join(unknown)}{f'; {hint}' if hint else ''}")
    event, age = words.get("event"), words.get("age")
    if not (event is None or isinstance(event, str)):
        raise SituationError("event", "event must be text")
    if not (age is None or (isinstance(age, int) and not isinstance(age, bool) and 0 <= age <= 150)):
        raise SituationError("age", "age must be a number of years")
    flags = {name: _flag(name, words.get(name, False)) for name in schema.GIVEN_FLAGS}
    choices = _choices(words.get("consent", "none"), tuple(purposes))
    days = _days(words.get("consent_age", 0))
    return Situation(_regions(words.get("region")), event, tuple(choices.items()), days, age=age, **flags)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool | str) or value not in _FLAGS:
        raise SituationError(name.partition(" ")[0], f"{name} must be true or false")
    return _FLAGS[value]


def _regions(value: object) -> tuple[str, ...]:
    codes = _words(UNKNOWN if value is None else value, "region")
    for code in codes:
        if code not in (UNKNOWN, *NOWHERE_CODES) and country_of(code) is None:
            hint = meant_place(code) or f"like DE, US-CA or {UNKNOWN}"
            raise SituationError("region", f'"{code}" is not an ISO 3166 code; {hint}')
    named = tuple(code for code in codes if code != UNKNOWN)
    return (*named, NOWHERE_CODES[0]) if named and len(named) < len(codes) else named


def _words(value: object, name: str) -> list[str]:
    """A list of texts, or one text with commas, as its words."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise SituationError(name, f"{name} must be text or a list of texts")
    return [word for part in parts for word in map(str.strip, part.split(",")) if word]


def _days(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    duration = parse(value)
    if duration is None:
        raise SituationError("consent_age", f'"{value}" is not a duration like 20d')
    return duration.days


def _choices(value: object, purposes: tuple[str, ...]) -> dict[str, bool]:
    """`all`, `none`, `measure=yes`, a list of these (the last holds), or a mapping of purposes to yes, no, none."""
    if isinstance(value, Mapping):
        pairs = [(str(purpose), choice) for purpose, choice in value.items()]
    else:
        pairs = [pair for word in _words(value, "consent") for pair in _pairs(word, purposes)]
    for purpose, _ in pairs:
        if purpose not in purposes:
            hint = did_you_mean(purpose, purposes)
            raise SituationError("consent", f'the policy has no purpose "{purpose}"{f"; {hint}" if hint else ""}')
    return {purpose: _flag(f"consent {purpose}", choice) for purpose, choice in pairs if choice not in _UNANSWERED}


def _pairs(word: str, purposes: tuple[str, ...]) -> list[tuple[str, object]]:
    if word in ("all", "none"):
        return [(purpose, True) for purpose in purposes if word == "all"]
    purpose, equals, choice = word.partition("=")
    if not equals:
        raise SituationError("consent", f'consent "{word}" must be all, none, or like measure=yes')
    return [(purpose, choice)]
