"""What the policy in force wants to know of a request: its purposes, and whose yes counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from gateway.consent.vendor_list import VendorList
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

    @property
    def tcf(self) -> tuple[int, ...]:
        """The TCF purposes it rests on, where they are not those of its family; else nothing."""

    @property
    def google(self) -> tuple[str, ...]:
        """The Google consent types that can refuse it, where they are not those of its family."""

    @property
    def cmp(self) -> tuple[str, ...]:
        """The common categories of consent management platforms it needs, where they are not those of its family."""


class PlainPurpose(NamedTuple):
    """A purpose that belongs to no policy file."""

    family: str
    terms: str = ""
    sale_or_share: bool = False
    tcf: tuple[int, ...] = ()
    google: tuple[str, ...] = ()
    cmp: tuple[str, ...] = ()


class Recipient(NamedTuple):
    """A destination of the policy: the purposes it serves, and how others call it.

    `tcf_vendor` is its id in the global vendor list, `ac_provider` the one in Google's list of ad technology providers;
    0 where it has none.
    """

    destination: str
    purposes: frozenset[str] = frozenset()
    tcf_vendor: int = 0
    ac_provider: int = 0


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """The policy's purposes by name, in its order, its `signals.trust`, and its destinations.

    `vendor_list` is None where the operator gives none. `since` holds for each site the first day (days since
    1970-01-01 UTC) whose yes counts.
    """

    purposes: Mapping[str, PurposeRule] = field(default_factory=dict)
    trust: tuple[ConsentSource, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    vendor_list: VendorList | None = None
    since: Mapping[str, int] = field(default_factory=dict)

    @property
    def refusable(self) -> tuple[str, ...]:
        """The purposes a visitor can refuse: all but the necessary ones."""
        return tuple(name for name, rule in self.purposes.items() if rule.family != "necessary")

    @property
    def sold(self) -> tuple[str, ...]:
        """The purposes an opt-out of sale or sharing refuses: what the policy calls so, and all advertising."""
        rules = self.purposes.items()
        return tuple(name for name, rule in rules if rule.sale_or_share or rule.family == "advertising")
