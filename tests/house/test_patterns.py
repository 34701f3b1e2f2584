"""No pattern says what an older Python reads wrongly."""

import gc
import importlib
import pkgutil
import re
import sys
from re import _constants as codes
from re import _parser as parser
from types import BuiltinMethodType

import pytest

import gateway

CONTAINERS = (dict, list, tuple, set, frozenset)
SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY)


def patterns():
    """Every pattern that the gateway holds, once."""
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, seen, todo = set(), set(), [vars(module) for name, module in sys.modules.items() if ours(name)]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, re.Pattern):
            found.add((thing.pattern, thing.flags))
        elif isinstance(thing, BuiltinMethodType):
            todo.append(thing.__self__)
        elif isinstance(thing, CONTAINERS) or ours(type(thing).__module__) or ours(getattr(thing, "__module__", "")):
            todo += gc.get_referents(thing)
    return found


def ours(name):
    return str(name).partition(".")[0] == "gateway"


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
    assert len(found) > 250
    assert [pattern for pattern, flags in found if possessive_groups(parsed(pattern, flags))] == []
