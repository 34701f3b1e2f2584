"""Make a plan of what a row of the table says about reading a platform's cookie, or say what is wrong with the row."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.consent.cmp.answers import Answered, Bits, Grouped, Itemised, Levels, Listed, Reader, Switch
from gateway.consent.cmp.forms import FORMS, NO_SEPARATORS, OPAQUE, SEVERAL, Separators
from gateway.consent.cmp.plan import Condition, Plan
from gateway.consent.cmp.words import Words
from gateway.consent.cmp.written import Place

KEYS = frozenset({
    "form", "separators", "answers", "explicit", "agreed", "needs", "withdrawn", "gpc", "date", "dated", "unit",
    "expires", "lasts", "version", "strings",
})  # fmt: skip
STRINGS = ("tc", "ac", "gpp", "usp")

Row = Mapping[str, Any]


def compile_plan(row: Row) -> Plan:
    """The plan of a row's KEYS. ValueError with what is wrong."""
    form = row.get("form")
    if form not in (*FORMS, SEVERAL, OPAQUE):
        raise ValueError(f"the form is one of {', '.join(sorted((*FORMS, SEVERAL, OPAQUE)))}")
    if row.get("unit", "") not in ("", "minutes"):
        raise ValueError("the unit is minutes, or left out")
    plan = Plan(
        form,
        _separators(row.get("separators")) or NO_SEPARATORS,
        readers=tuple(_reader(answer) for answer in _listed(row, "answers")),
        explicit=_conditions(row, "explicit"),
        agreed=_conditions(row, "agreed"),
        needs=_conditions(row, "needs"),
        withdrawn=_conditions(row, "withdrawn"),
        gpc=_conditions(row, "gpc"),
        date=_places(row, "date"),
        dated=row.get("dated", False) is True,
        unit=row.get("unit", ""),
        expires=_place(row, "expires"),
        lasts=_place(row, "lasts"),
        version=_place(row, "version"),
        strings=_strings(row),
    )
    return replace(plan, separators=plan.separators._replace(fields=_fields(plan, row)))


def _fields(plan: Plan, row: Row) -> frozenset[str]:
    """The first steps of all the paths of a row, or of what might be one."""
    conditions = (*plan.explicit, *plan.agreed, *plan.needs, *plan.withdrawn, *plan.gpc)
    places = [*plan.date, plan.expires, plan.lasts, plan.version, *(place for _, place in plan.strings)]
    places += [condition.place for condition in conditions]
    places += [
        Place.of(word) for answer in _listed(row, "answers") for word in answer.values() if isinstance(word, str)
    ]
    return frozenset(place.steps[0] for place in places if place and place.steps)


def _listed(row: Row, key: str) -> list[Any]:
    value = row.get(key, [])
    if not isinstance(value, list):
        raise TypeError(f"{key} is a list")
    return value


def _separators(value: Any) -> Separators | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value) and value[0]):
        raise ValueError("separators are two texts: between the parts, and between name and value")
    return Separators(value[0], value[1])


def _place(row: Row, key: str) -> Place | None:
    path = row.get(key)
    if path is None:
        return None
    if not isinstance(path, str):
        raise TypeError(f"{key} is a path")
    return Place.of(path)


def _places(row: Row, key: str) -> tuple[Place, ...]:
    paths = row.get(key, [])
    listed = paths if isinstance(paths, list) else [paths]
    if not all(isinstance(path, str) for path in listed):
        raise TypeError(f"{key} is a path, or a list of them")
    return tuple(Place.of(path) for path in listed)


def _strings(row: Row) -> tuple[tuple[str, Place], ...]:
    strings = row.get("strings", {})
    if not isinstance(strings, dict) or set(strings) - set(STRINGS):
        raise ValueError(f"strings are {', '.join(STRINGS)}")
    listed = [
        (kind, path) for kind, paths in strings.items() for path in (paths if isinstance(paths, list) else [paths])
    ]
    if not all(isinstance(path, str) for _, path in listed):
        raise TypeError("strings lead to paths")
    return tuple((kind, Place.of(path)) for kind, path in listed)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _conditions(row: Row, key: str) -> tuple[Condition, ...]:
    conditions = row.get(key, {})
    if not isinstance(conditions, dict):
        raise TypeError(f"{key} pairs paths with words")
    return tuple(_condition(key, path, words) for path, words in conditions.items())


# What a list of words under a key means: whether it has to be none of them, and whether it may be missing.
_KINDS = {"not": (True, True), "but": (True, False), "only": (False, True)}


def _condition(key: str, path: str, words: Any) -> Condition:
    word, listed = next(iter(words.items())) if isinstance(words, dict) and len(words) == 1 else ("", words)
    if word not in ("", *_KINDS) or not isinstance(listed, list) or not listed:
        raise ValueError(f"{key} pairs a path with a list of words, or with one under {', '.join(_KINDS)}")
    negated, optional = _KINDS.get(word, (False, False))
    return Condition(Place.of(path), Words.of(listed), negated, optional)


def _reader(answer: Any) -> Reader:
    """One way of finding answers: an object with the key that names it, and with its options."""
    kind = next((name for name in READERS if isinstance(answer, dict) and name in answer), None)
    if kind is None:
        raise ValueError(f"an answer has one of {', '.join(READERS)}")
    options, build = READERS[kind]
    if strange := set(answer) - {kind, *options}:
        raise ValueError(
            f"{kind} has no {', '.join(sorted(strange))}; it has {', '.join(sorted(options)) or 'no options'}"
        )
    return build(answer)


_WORDS = ("yes", "no", "none")


def _words(answer: Row, key: str, default: tuple[Any, ...]) -> Words:
    value = answer.get(key, list(default))
    if not isinstance(value, list):
        raise TypeError(f"{key} is a list of words")
    return Words.of(value)


def _yes_no_none(answer: Row) -> tuple[Words, Words, Words]:
    return _words(answer, "yes", (True,)), _words(answer, "no", (False,)), _words(answer, "none", ())


def _answered(answer: Row) -> Reader:
    separators = _separators(answer.get("separators"))
    yes, no, none = _yes_no_none(answer)
    return Answered(
        _at(answer, "words"),
        yes,
        no,
        none,
        separators,
        str(answer.get("member", "")),
        answer.get("mixed", False) is True,
    )


def _switch(answer: Row) -> Switch:
    return Switch(_at(answer, "switch"), str(answer.get("category", "consent")), *_yes_no_none(answer))


def _lists(answer: Row) -> Reader:
    absent = answer.get("absent", [])
    refused, universe = _place(answer, "refused"), _place(answer, "universe")
    instead = _switch(answer["instead"]) if isinstance(answer.get("instead"), dict) else None
    return Listed(_at(answer, "accepted"), refused, universe, instead, _absent(absent), absent == "all")


def _groups(answer: Row) -> Reader:
    absent = answer.get("absent", [])
    return Grouped(_at(answer, "groups"), _absent(absent), absent == "all")


def _absent(value: Any) -> frozenset[str]:
    if value == "all":
        return frozenset()
    if not isinstance(value, list) or not all(map(_is_text, value)):
        raise ValueError("absent is `all`, or a list of the categories whose absence is a no")
    return frozenset(value)


def _items(answer: Row) -> Reader:
    yes, no, _ = _yes_no_none(answer)
    return Itemised(_at(answer, "items"), str(answer.get("key", "id")), str(answer.get("value", "value")), yes, no)


def _bits(answer: Row) -> Reader:
    categories = answer.get("categories")
    if not isinstance(categories, list) or not categories or not all(map(_is_text, categories)):
        raise ValueError("bits need their categories, the lowest bit first")
    return Bits(_at(answer, "bits"), tuple(categories))


def _levels(answer: Row) -> Reader:
    return Levels(_at(answer, "permit"), _at(answer, "levels"), _at(answer, "level"))


def _at(answer: Row, key: str) -> Place:
    path = answer.get(key)
    if not isinstance(path, str):
        raise TypeError(f"{key} is a path")
    return Place.of(path)


# The key that names a way of finding answers -> its options, and what builds it.
READERS: dict[str, tuple[tuple[str, ...], Callable[[Row], Reader]]] = {
    "words": (("separators", "member", "mixed", *_WORDS), _answered),
    "switch": (("category", *_WORDS), _switch),
    "accepted": (("refused", "universe", "absent", "instead"), _lists),
    "groups": (("absent",), _groups),
    "items": (("key", "value", *_WORDS), _items),
    "bits": (("categories",), _bits),
    "permit": (("levels", "level"), _levels),
}
