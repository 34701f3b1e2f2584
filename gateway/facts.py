"""Facts: what is known about a hit once the person has been left out of it.

Facts travel with the event, so that the decision can be taken again at delivery. They hold days, not times, and no
identifier: two visitors who answered alike on the same day in the same region have equal facts.
"""

from collections.abc import Collection
from typing import Any, NamedTuple


class ConsentSource(NamedTuple):
    """One line of a policy's `signals.trust`: a source whose yes counts, and what its categories mean.

    `kind` is gateway_receipt, cmp, tcf, gpp or mail_token; `vendor` the CMP. `map` pairs a category of the source
    (`C0002`) or the TCF purposes that are all needed (`1+7`) with the policy's purposes it answers.
    `legitimate_interest` takes it for enough where the TCF lets a vendor rest on it.
    """

    kind: str
    vendor: str = ""
    cookie: str = ""
    map: tuple[tuple[str, tuple[str, ...]], ...] = ()
    legitimate_interest: bool = False


class Vote(NamedTuple):
    """What one source says about one purpose. Abstaining sources cast no vote.

    `explicit` is an affirmative act of the visitor, `trusted` whether the policy lets this source say yes at all, and
    `day` the day of the answer (days since 1970-01-01 UTC, rounded down), or None where the source has no date.
    `destination` names the only destination a refusal speaks of (a vendor that a TC string leaves out); a vote with one
    never grants.
    """

    purpose: str
    source: str
    grant: bool
    explicit: bool = True
    trusted: bool = True
    day: int | None = None
    destination: str = ""


class Signals(NamedTuple):
    """Everything the request says about the visitor's will. `notified`: a yes was given after a notice that it
    conflicts with an opt-out signal (11 CCR 7025(c)(3)). `unreadable` names sources that could not be read."""

    votes: tuple[Vote, ...] = ()
    gpc: bool = False
    dnt: bool = False
    notified: bool = False
    unreadable: tuple[str, ...] = ()


class Facts(NamedTuple):
    """What a decision is taken from. `regions` are codes of the evidence (`FR`, `US-CA`); empty means unknown.

    `age` is in years, where the site tells it; `suppressed` is set at delivery for an erased or objecting subject.
    """

    regions: tuple[str, ...] = ()
    signals: Signals = Signals()
    bot: bool = False
    age: int | None = None
    suppressed: bool = False

    def about(self, destination: str) -> "Facts":
        """The same without the votes that speak of other destinations: they are nothing to this one."""
        votes = self.signals.votes
        for vote in votes:
            if vote.destination:
                kept = tuple(each for each in votes if each.destination in ("", destination))
                return self._replace(signals=self.signals._replace(votes=kept))
        return self

    def to_json(self) -> list[Any]:
        """A compact JSON array; `from_json` reads it back."""
        signals = self.signals
        votes = [list(vote) for vote in signals.votes]
        flags = [signals.gpc, signals.dnt, signals.notified]
        return [list(self.regions), votes, flags, list(signals.unreadable), self.bot, self.age, self.suppressed]

    @classmethod
    def from_json(cls, data: list[Any]) -> "Facts":
        """What `to_json` wrote. ValueError or TypeError where it did not."""
        regions, votes, (gpc, dnt, notified), unreadable, bot, age, suppressed = data
        signals = Signals(tuple(Vote(*vote) for vote in votes), gpc, dnt, notified, tuple(unreadable))
        return cls(tuple(regions), signals, bot, age, suppressed)


def site_age(site: str, child_directed: Collection[str]) -> int | None:
    """The age in years of a site's visitors as far as the site tells it: a site for children has no grown-ups."""
    return 0 if site in child_directed else None
