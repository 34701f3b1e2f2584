"""Tell how a second opinion on the same event differs from the first: who would get more, and who less."""

from enum import StrEnum

from gateway.decision import Decision, Sends, Verdict
from gateway.taxonomy import LEVELS, transform_of


class Difference(StrEnum):
    """What the second opinion would change for one destination.

    `widens` and `narrows` are about whether it gets the event; where both opinions let it, `sends_more` says that some
    of it would be sent weaker weakened or at all, `sends_less` that some would be sent stronger weakened or not at all.
    What does both sends more.
    """

    SAME = "same"
    WIDENS = "widens"
    NARROWS = "narrows"
    SENDS_MORE = "sends_more"
    SENDS_LESS = "sends_less"


def compare(first: Decision, second: Decision) -> tuple[tuple[str, Difference], ...]:
    """Each destination of either decision, and what the second changes. Not to be named is to be refused."""
    before = {verdict.destination: verdict for verdict in first.verdicts}
    after = {verdict.destination: verdict for verdict in second.verdicts}
    return tuple((name, _difference(before.get(name), after.get(name))) for name in {**before, **after})


def _difference(before: Verdict | None, after: Verdict | None) -> Difference:
    had = before.sends if before else None
    gets = after.sends if after else None
    if had is None or gets is None:
        if had is gets:
            return Difference.SAME
        return Difference.WIDENS if had is None else Difference.NARROWS
    if exceeds(gets, had):
        return Difference.SENDS_MORE
    return Difference.SENDS_LESS if exceeds(had, gets) else Difference.SAME


def exceeds(some: Sends, others: Sends) -> bool:
    """Whether anything in `some` says more than the same in `others`."""
    if some.grants - others.grants or any(_exceeds(name, some, others) for name in some.levels):
        return True
    listed = some.levels.get("page.url") == others.levels.get("page.url") == "allowlist"
    return listed and bool(some.url_params - others.url_params)


def _exceeds(name: str, some: Sends, others: Sends) -> bool:
    if name not in others.levels:
        return True
    transform = transform_of(name)
    if transform is None:
        return False
    order = LEVELS[transform]
    return order.index(some.levels[name]) < order.index(others.levels[name])
