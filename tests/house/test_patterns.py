"""No pattern says what an older Python reads wrongly."""

import gc
import importlib
import pkgutil
import re
from re import _constants as codes
from re import _parser as parser

import pytest

import gateway

SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY)


def patterns():
    """Every pattern that a module of the gateway holds, once."""
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {(each.pattern, each.flags) for each in gc.get_objects() for each in held(each)}


def held(thing):
    values = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, tuple | list) else ()
    return [each for each in values if isinstance(each, re.Pattern)]


def possessive_groups(parsed):
    """How many repeats that never give back what they took are repeats of more than one sign."""
    found = 0
    for code, value in parsed:
        if code is codes.POSSESSIVE_REPEAT:
            found += len(value[2]) != 1 or value[2][0][0] not in SINGLE
        found += sum(possessive_groups(part) for part in parts(value))
    return found


def parts(value):
    if isinstance(value, parser.SubPattern):
        return [value]
    return [part for each in value for part in parts(each)] if isinstance(value, tuple | list) else []


def parsed(pattern, flags=0):
    return parser.parse(pattern, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)


@pytest.mark.parametrize("pattern", ["(?:ab?)*+c", "a|(?:(?:b|c)+x){2,}+", "(?=(?:ab)?+)", '"(?:[^"]++|x)*+"'])
def test_such_a_pattern_would_be_found(pattern):
    assert possessive_groups(parsed(pattern)) == 1


def test_no_group_is_repeated_possessively():
    """Before Python 3.11.5 the last round of such a repeat may be lost (https://github.com/python/cpython/issues/106052):
    of a text that is looked through, a part would not be seen. `(?>(?:…)*)` says the same, and is read rightly."""
    found = patterns()
    assert len(found) > 300
    assert [pattern for pattern, flags in found if possessive_groups(parsed(pattern, flags))] == []
