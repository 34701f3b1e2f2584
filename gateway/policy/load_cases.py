"""Read the tests and promises of a policy."""

from collections.abc import Iterable
from typing import Any

from gateway.decision import Reason
from gateway.policy import schema
from gateway.policy.cursor import Cursor, did_you_mean
from gateway.policy.load_regions import read_age, read_duration
from gateway.policy.model import Case, Draft, Expected, Promise, Sending, Situation
from gateway.policy.places import UNKNOWN, country_of, meant_place
from gateway.taxonomy import GROUPS, LEVELS, is_field, transform_of

_WILDCARDS = (schema.EVERYTHING, schema.THIRD_PARTIES)
_REASONS = frozenset(Reason)


def read_cases(cursor: Cursor | None, draft: Draft) -> None:
    """Add the entries of `tests` to the draft."""
    for entry in cursor.sequence() if cursor else ():
        _known(entry, schema.TEST)
        name, given = entry.get("name"), entry.get("given")
        if not (name and name.text() and given):
            entry.fail("P081", "a test needs a name and a given")
            continue
        _known(given, schema.GIVEN)
        regions, pins = _given(given, draft)
        expect, sends = _expect(entry.get("expect"), draft), _sends(entry.get("sends"), draft)
        if not (expect or sends):
            entry.fail("P081", "a test that expects nothing proves nothing", "expect: {destination: deny (no_consent)}")
        draft.cases.append(Case(name.value, regions or (UNKNOWN,), Situation(**pins), expect, sends, entry.place))


def read_promises(cursor: Cursor | None, draft: Draft) -> None:
    """Add the entries of `always` to the draft."""
    for entry in cursor.sequence() if cursor else ():
        _known(entry, schema.PROMISE, "always")
        name, when = entry.get("name"), entry.get("when")
        if not (name and name.text()):
            entry.fail("P081", "a promise needs a name")
            continue
        if when:
            _known(when, schema.GIVEN, "always")
        regions, pins = _given(when, draft) if when else (None, {})
        if when and (silence := when.get("consent")) and silence.value == "none":
            # A mapping pins the purposes that it names; this word says of each that it was not answered.
            pins["consent"] = tuple((purpose, None) for purpose in draft.purposes)
        deny, never = _deny(entry.get("deny"), draft), _never_sends(entry.get("never_sends"))
        if not (deny or never):
            entry.fail("P081", "a promise needs deny or never_sends", "deny: [third_parties]")
        draft.promises.append(Promise(name.value, pins, regions, deny, never, entry.place))


def _known(cursor: Cursor, keys: Iterable[str], where: str = "tests") -> None:
    keys = tuple(keys)
    for key, entry in cursor.mapping().items():
        if key in keys:
            continue
        if entry.value is None:
            hint = "a comma inside { } ends the value: put the text in quotes"
            entry.fail_key("P081", f'unknown key "{key}" in {where}', hint)
        else:
            entry.fail_key("P001", f'unknown key "{key}" in {where}', did_you_mean(key, keys))


def _given(cursor: Cursor, draft: Draft) -> tuple[tuple[str, ...] | None, dict[str, Any]]:
    """The regions, and the other inputs by their name in `Situation`, of those that are given."""
    pins: dict[str, Any] = {key: flag.flag() for key in schema.GIVEN_FLAGS if (flag := cursor.get(key))}
    if event := cursor.get("event"):
        pins["event"] = event.text()
    if consent := cursor.get("consent"):
        pins["consent"] = _consent(consent, draft)
    if (age := cursor.get("age")) and (years := read_age(age)) is not None:
        pins["age"] = years
    if (old := cursor.get("consent_age")) and (duration := read_duration(old)):
        pins["consent_age"] = duration.days
    region = cursor.get("region")
    return _regions(region) if region else None, pins


def _regions(cursor: Cursor) -> tuple[str, ...]:
    entries = cursor.sequence() if isinstance(cursor.value, list) else [cursor]
    if not entries:
        cursor.fail("P081", "an empty list of regions would test nothing")
    for entry in entries:
        code = entry.text()
        if code and code != UNKNOWN and country_of(code) is None:
            hint = meant_place(code) or did_you_mean(code, [UNKNOWN]) or f"like DE, US-CA or {UNKNOWN}"
            entry.fail("P012", f'"{code}" is not an ISO 3166 code', hint)
    return tuple(entry.value for entry in entries if isinstance(entry.value, str))


def _consent(cursor: Cursor, draft: Draft) -> tuple[tuple[str, bool], ...]:
    if cursor.value in ("all", "none"):
        return tuple((purpose, True) for purpose in draft.purposes if cursor.value == "all")
    choices = []
    for purpose, entry in cursor.mapping().items():
        if purpose not in draft.purposes:
            entry.fail_key("P021", f'unknown purpose "{purpose}"', did_you_mean(purpose, draft.purposes))
        choices.append((purpose, entry.flag()))
    return tuple(choices)


def _is_destination(name: str, entry: Cursor, draft: Draft, key: bool = True) -> bool:
    if name in draft.destinations or name in _WILDCARDS:
        return True
    fail = entry.fail_key if key else entry.fail
    fail("P082", f'unknown destination "{name}"', did_you_mean(name, [*draft.destinations, *_WILDCARDS]))
    return False


def _expect(cursor: Cursor | None, draft: Draft) -> tuple[Expected, ...]:
    found = []
    for name, entry in (cursor.mapping() if cursor else {}).items():
        _is_destination(name, entry, draft)
        verb, _, rest = entry.text().partition(" ")
        reason = rest[1:-1] if rest[:1] == "(" and rest[-1:] == ")" else ""
        if verb not in ("allow", "deny") or (rest and reason not in _REASONS):
            hint = did_you_mean(reason, _REASONS) if reason else "allow, deny, or with a reason: deny (no_consent)"
            entry.fail("P081", f'"{entry.value}" is nothing a test can expect', hint)
        found.append(Expected(name, verb == "allow", reason, entry.key_place))
    return tuple(found)


def _sends(cursor: Cursor | None, draft: Draft) -> tuple[Sending, ...]:
    found = []
    for name, fields in (cursor.mapping() if cursor else {}).items():
        _is_destination(name, fields, draft)
        for field, entry in fields.mapping().items():
            if _is_level(field, entry, schema.NEVER):
                found.append(Sending(name, field, entry.value, entry.key_place))
    return tuple(found)


def _is_level(field: str, entry: Cursor, absent: str) -> bool:
    """Whether the field exists and the value is one of its levels, or the word that stands for all of them."""
    if not (is_field(field) or field in GROUPS):
        entry.fail_key("P060", f'unknown field "{field}"', did_you_mean(field, all_fields()))
        return False
    transform = transform_of(field)
    order = LEVELS[transform] if transform else ()
    if entry.value == absent or entry.value in order:
        return True
    hint = f"{absent}, or from weak to strict: {' < '.join(order)}" if order else f"it has no levels: write {absent}"
    entry.fail("P063", f'"{entry.value}" is not a level of {transform or field}', hint)
    return False


def _deny(cursor: Cursor | None, draft: Draft) -> tuple[str, ...]:
    texts = cursor.texts() if cursor else []
    return tuple(name for name, entry in texts if _is_destination(name, entry, draft, key=False))


def _never_sends(cursor: Cursor | None) -> tuple[tuple[str, str], ...]:
    fields = cursor.mapping() if cursor else {}
    return tuple((name, entry.value) for name, entry in fields.items() if _is_level(name, entry, schema.ANY))


def all_fields() -> list[str]:
    """Every name that `fields` may list, for hints: groups and the fields of the vocabulary."""
    return [*GROUPS, *(f"{group}.{field}" for group, fields in GROUPS.items() for field in fields)]
