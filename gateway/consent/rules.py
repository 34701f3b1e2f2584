"""What the policy in force wants to know of a request: its purposes, and whose yes counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.facts import ConsentSource


class PurposeRule(NamedTuple):
    """One purpose of the policy. `terms` is the fingerprint of its words (`gateway.consent.receipt.terms_of`): a yes
    to other words is no yes. `sale_or_share` as the policy has it."""

    family: str
    terms: str = ""
    sale_or_share: bool = False


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """The policy's purposes by name, in its order, and its `signals.trust`."""

    purposes: Mapping[str, PurposeRule] = field(default_factory=dict)
    trust: tuple[ConsentSource, ...] = ()

    @property
    def refusable(self) -> tuple[str, ...]:
        """The purposes a visitor can refuse: all but the necessary ones."""
        return tuple(name for name, rule in self.purposes.items() if rule.family != "necessary")

    @property
    def sold(self) -> tuple[str, ...]:
        """The purposes an opt-out of sale or sharing refuses: what the policy calls so, and all advertising."""
        rules = self.purposes.items()
        return tuple(name for name, rule in rules if rule.sale_or_share or rule.family == "advertising")
