"""What the policy in force wants to know of a request: its purposes, and whose yes counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from gateway.facts import ConsentSource


class PurposeRule(Protocol):
    """What matters here of a purpose of the policy; `gateway.policy.model.Purpose` is one.

    `terms` is the fingerprint of the words the visitor was shown: a yes to other words is no yes.
    """

    @property
    def family(self) -> str:
        """A member of `gateway.taxonomy.FAMILIES`."""

    @property
    def terms(self) -> str:
        """1 to 64 letters, digits, `_` or `-`."""

    @property
    def sale_or_share(self) -> bool:
        """Whether the purpose sells or shares personal data, as American laws have it."""


class PlainPurpose(NamedTuple):
    """A purpose that belongs to no policy file."""

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
