"""Read the rows of regions, of a policy or of a pack."""

import datetime
import re

from gateway.policy import schema
from gateway.policy.cursor import Cursor, did_you_mean, known
from gateway.policy.durations import Duration, parse
from gateway.policy.model import Pack, Place, Row
from gateway.policy.places import is_match, meant
from gateway.taxonomy import BASES, LEVELS

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_EPOCH = datetime.date(1970, 1, 1).toordinal()
MAX_AGE = 21
Places = dict[tuple[str, ...], Place]


def read_rows(cursor: Cursor | None) -> dict[str, Row]:
    """The rows of a `regions` mapping, by name."""
    return {name: _row(name, entry) for name, entry in cursor.mapping().items()} if cursor else {}


def read_pack(cursor: Cursor) -> Pack:
    """A whole pack file."""
    known(cursor, schema.PACK, "the pack")
    texts = {key: entry.text() if (entry := cursor.get(key)) else "" for key in ("pack", "version", "reviewed")}
    if not texts["pack"]:
        cursor.fail("P003", "this file is no pack", "a pack begins with  pack: name")
    file = cursor.document.file.rpartition("/")[2]
    return Pack(texts["pack"], texts["version"], texts["reviewed"], file, read_rows(cursor.get("regions")))


def read_day(cursor: Cursor) -> int | None:
    """A date as days since 1970-01-01."""
    text = cursor.value
    if isinstance(text, str) and _DATE.match(text):
        try:
            return datetime.date.fromisoformat(text).toordinal() - _EPOCH
        except ValueError:
            pass  # 2026-02-30 has the form of a date
    cursor.fail("P040", f'"{text}" is not a date', "like 2026-12-31")
    return None


def read_duration(cursor: Cursor) -> Duration | None:
    """A duration; for anything else an error and None."""
    duration = parse(cursor.value)
    if duration is None:
        hint = "write 180d, 13mo, 2y or 10bd (business days)"
        cursor.fail("P040", f'"{cursor.value}" is not a duration', hint)
    return duration


def read_levels(cursor: Cursor | None, where: str) -> dict[str, str]:
    """A mapping of transforms to levels, such as a profile."""
    levels: dict[str, str] = {}
    for transform, entry in (cursor.mapping() if cursor else {}).items():
        order = LEVELS.get(transform)
        if order is None:
            entry.fail_key("P062", f'unknown transform "{transform}" in {where}', did_you_mean(transform, LEVELS))
        elif entry.value not in order:
            hint = f"from weak to strict: {' < '.join(order)}"
            entry.fail("P063", f'"{entry.value}" is not a level of {transform}', hint)
        else:
            levels[transform] = entry.value
    return levels


def read_age(cursor: Cursor) -> int | None:
    """An age in whole years."""
    if isinstance(cursor.value, int) and not isinstance(cursor.value, bool) and 0 <= cursor.value <= 150:
        return cursor.value
    cursor.fail("P041", f'"{cursor.value}" is not an age in years')
    return None


def _row(name: str, cursor: Cursor) -> Row:
    known(cursor, schema.REGION, f'region "{name}"')
    places: Places = {(): cursor.key_place}
    texts = {key: _text(cursor, key, places) for key in ("label", "law", "because", "inherits")}
    applies = cursor.get("applies_from")
    return Row(
        name,
        texts["label"],
        texts["law"],
        texts["because"],
        _match(cursor.get("match"), places),
        texts["inherits"],
        read_day(applies) if applies else None,
        _basis(cursor.get("basis"), places),
        _signals(cursor.get("signals"), places, name),
        _durations(cursor.get("consent"), places, schema.CONSENT, name),
        _under(cursor.get("minors"), places, name),
        _durations(cursor.get("dsr"), places, schema.DSR, name),
        _durations(cursor.get("retention"), places, schema.RETENTION, name),
        read_levels(cursor.get("ceiling"), f'region "{name}"'),
        places,
        _certainty(cursor.get("certainty")),
    )


def _text(cursor: Cursor, key: str, places: Places) -> str:
    entry = cursor.get(key)
    if entry is None:
        return ""
    places[key,] = entry.place
    return entry.text()


def _certainty(cursor: Cursor | None) -> str:
    return cursor.word(schema.CERTAINTIES, "P041") if cursor else ""


def _match(cursor: Cursor | None, places: Places) -> tuple[str, ...]:
    codes = []
    for code, entry in cursor.texts() if cursor else ():
        if is_match(code):
            codes.append(code)
            places["match", code] = entry.place
        else:
            hint = meant(code) or 'like DE, US-CA, CA-QC, @EEA or "*"'
            entry.fail("P012", f'"{code}" is not an ISO 3166 code or a known group', hint)
    return tuple(codes)


def _basis(cursor: Cursor | None, places: Places) -> dict[str, str]:
    bases: dict[str, str] = {}
    for subject, entry in (cursor.mapping() if cursor else {}).items():
        places["basis", subject] = entry.place
        if isinstance(entry.value, str) and entry.value in BASES:
            bases[subject] = entry.value
        else:
            hint = did_you_mean(str(entry.value), BASES) or f"from weak to strict: {' < '.join(BASES)}"
            entry.fail("P022", f'"{entry.value}" is not a basis', hint)
    return bases


def _signals(cursor: Cursor | None, places: Places, name: str) -> dict[str, str]:
    if cursor is None:
        return {}
    known(cursor, ("gpc", "dnt"), f'signals of region "{name}"')
    levels: dict[str, str] = {}
    for signal in ("gpc", "dnt"):
        entry = cursor.get(signal)
        if entry and (level := entry.word(schema.SIGNAL_LEVELS, "P041")):
            levels[signal] = level
            places["signals", signal] = entry.place
    return levels


def _durations(cursor: Cursor | None, places: Places, keys: tuple[str, ...], name: str) -> dict[str, Duration]:
    if cursor is None:
        return {}
    known(cursor, keys, f'{cursor.called()} of region "{name}"')
    durations: dict[str, Duration] = {}
    for key in keys:
        entry = cursor.get(key)
        if entry and (duration := read_duration(entry)):
            durations[key] = duration
            places[cursor.called(), key] = entry.place
    return durations


def _under(cursor: Cursor | None, places: Places, name: str) -> int | None:
    if cursor is None:
        return None
    known(cursor, ("under",), f'minors of region "{name}"')
    entry = cursor.get("under")
    if entry is None:
        return None
    places["minors", "under"] = entry.place
    age = read_age(entry)
    if age is not None and age > MAX_AGE:
        entry.fail("P041", f"no law treats everybody under {age} as a child", f"at most {MAX_AGE}")
    return age
