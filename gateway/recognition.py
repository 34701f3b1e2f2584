"""Tell how long a visitor who has just chosen may be known again: not at all, unless something permitted needs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from gateway.consent.read import SignalReader
from gateway.days import SECONDS_A_DAY, day_of
from gateway.decision import ASKED, Sends
from gateway.facts import Facts, site_age
from gateway.hit import Hit
from gateway.policy.decide import Policy
from gateway.region.address import Address
from gateway.region.locate import Locator

FIELD = "id.visitor"

# The levels at which a cookie is needed; a daily pseudonym is made without one.
_LASTING = frozenset(("raw", "keyed_hash"))


@dataclass(frozen=True, slots=True)
class Recognition:
    """Asks the policy with the visitor's own answer, as a hit that carries it would be asked."""

    reader: SignalReader
    locator: Locator
    policy: Policy
    child_directed: frozenset[str]

    def seconds(self, headers: Mapping[bytes, list[bytes]], peer: str, site: str, now: float) -> int:
        """For how long, from `now` (POSIX seconds); 0 for not at all. The headers carry the new choice as a cookie."""
        facts, day = self.facts(headers, peer, site, now), day_of(now)
        if not any(self._needs(facts, day)):
            return 0
        law = self.policy.lawbook.law(facts.regions, day)
        most = law.shortest("consent", "cookie_max_age")
        return SECONDS_A_DAY * (min(law.valid_for, most.days) if most else law.valid_for)

    def facts(self, headers: Mapping[bytes, list[bytes]], peer: str, site: str, now: float) -> Facts:
        """What is known of a request that is no hit, without the person."""
        hit = _hit(headers, peer, site, now)
        return Facts(self.locator.regions(hit), self.reader.read(hit).signals, age=site_age(site, self.child_directed))

    def address(self, headers: Mapping[bytes, list[bytes]], peer: str, site: str, now: float) -> Address | None:
        """Where such a request comes from; None where that cannot be known."""
        return self.locator.address(_hit(headers, peer, site, now))

    def _needs(self, facts: Facts, day: int) -> Iterable[bool]:
        """For each event that may leave, whether an identifier that lasts may leave with it."""
        destinations = tuple(self.policy.destinations)
        for event in dict.fromkeys(chain.from_iterable(rule.events for rule in self.policy.destinations.values())):
            for verdict in self.policy.decide(facts, event, destinations, day).permits:
                yield verdict.reason in ASKED and _identifies(verdict.sends)


def _hit(headers: Mapping[bytes, list[bytes]], peer: str, site: str, now: float) -> Hit:
    return Hit("GET", "", "", headers, b"", peer, now, site)


def _identifies(sends: Sends | None) -> bool:
    return sends is not None and bool({sends.levels.get(FIELD), sends.levels.get("id.*")} & _LASTING)
