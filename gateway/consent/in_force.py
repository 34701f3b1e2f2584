"""Read which sections of a GPP string a request says are in force (`gpp_sid`)."""

import re
from typing import NamedTuple

from gateway.consent.ballot import Scene
from gateway.consent.invalid import Invalid

SIDS = "gpp_sid"
# Ids of sections in force, `-1` for none; separated by commas in URLs and underscores in apps.
_SID = re.compile(r"-1|[0-9]{1,4}(?:[,_][0-9]{1,4})*")


class InForce(NamedTuple):
    """The ids in `gpp_sid`: those that any list of them names, and those that every list does. Nothing where there is
    no list, or none that names a section."""

    any: frozenset[int] = frozenset()
    every: frozenset[int] = frozenset()


def sections_in_force(scene: Scene) -> InForce | Invalid:
    """The sections in force. Several lists are read as the strictest of them."""
    lists: list[frozenset[int]] = []
    for text in scene.carried.get(SIDS, ()):
        if text and not _SID.fullmatch(text):
            return Invalid("gpp_sid that names no sections")
        named = frozenset(int(each) for each in text.replace("_", ",").split(",") if each) - {0, -1}
        lists += [named] if named else []
    return InForce(frozenset.union(*lists), frozenset.intersection(*lists)) if lists else InForce()
