"""Tell in which cases another version of a policy takes a visitor's yes from somewhere else, or for less."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.facts import ConsentSource
from gateway.policy.decide import Policy
from gateway.policy.meanings import WORDS, Words
from gateway.policy.model import Purpose

EVERY = "(each)"


class Hearing(NamedTuple):
    """A difference in what counts as a yes to a purpose. `wider`: the second policy takes what the first did not."""

    purpose: str
    text: str
    wider: bool


def hearings(before: Policy, after: Policy) -> Iterator[Hearing]:
    """Each way to a yes that only one of the policies has, and each purpose that asks for other words of others."""
    old, new = _ways(before.trust), _ways(after.trust)
    for purpose, way in [*(one for one in new if one not in old), *(one for one in old if one not in new)]:
        counts = (purpose, way) in new
        yield Hearing(purpose, f"a yes {'counts now' if counts else 'no longer counts'} from {way}", counts)
    for name in [name for name in after.purposes if name in before.purposes]:
        yield from _asks(before.purposes[name], after.purposes[name])


def _ways(trust: tuple[ConsentSource, ...]) -> dict[tuple[str, str], None]:
    found: dict[tuple[str, str], None] = {}
    for source in trust:
        head = " ".join(filter(None, (source.kind, source.vendor, source.cookie)))
        head += " (legitimate interest too)" * source.legitimate_interest
        for category, purposes in source.map or (("", (EVERY,)),):
            found |= dict.fromkeys((purpose, f"{head} {category}".rstrip()) for purpose in purposes)
    return found


def _asks(old: Purpose, new: Purpose) -> Iterator[Hearing]:
    """A purpose asks for all that its family may ask for, or for a part; less of it is given more easily."""
    for kind in Words._fields:
        was, is_now = (tuple(getattr(one, kind) or getattr(WORDS.get(one.family, Words()), kind)) for one in (old, new))
        if set(was) != set(is_now):
            text = f"{kind}: {_listed(was)} -> {_listed(is_now)}"
            yield Hearing(new.name, text, not set(was) <= set(is_now))


def _listed(words: tuple[object, ...]) -> str:
    return " + ".join(map(str, words)) or "nothing"
