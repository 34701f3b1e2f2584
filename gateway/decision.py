"""A decision: which destinations may receive an event, how weakened, and for which reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a destination gets an event or does not: a closed list, counted, documented and shown to the user."""

    NECESSARY = "necessary"
    EXEMPT = "exempt"
    NOTICE = "notice"
    NO_OBJECTION = "no_objection"
    CONSENT = "consent"

    SUPPRESSED = "suppressed"
    OBSERVE_MODE = "observe_mode"
    BOT = "bot"
    REGION_BLOCKED = "region_blocked"
    EVENT_NOT_LISTED = "event_not_listed"
    PROHIBITED = "prohibited"
    MINOR = "minor"
    SIGNAL_GPC = "signal_gpc"
    SIGNAL_DNT = "signal_dnt"
    REFUSED = "refused"
    NO_CONSENT = "no_consent"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_STALE = "consent_stale"
    POLICY_ERROR = "policy_error"


# Grounds on which the visitor was asked, which an exempt purpose and a notice are not.
ASKED = frozenset((Reason.CONSENT, Reason.NO_OBJECTION))


@dataclass(frozen=True, slots=True)
class Sends:
    """What a destination receives: each field with its weakening (empty where the field has none).

    `url_params` are the query parameters that `url: allowlist` keeps; `grants` the Google consent types that the
    purposes granted, for the vendor's manifest.
    """

    levels: Mapping[str, str]
    url_params: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision about one destination. `sends` is None exactly when it is a refusal."""

    destination: str
    allow: bool
    reason: Reason
    sends: Sends | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdicts of one event under one policy, by destination in the policy's order.

    `permits` are those that let something leave. `would` has those that a policy which only observes would give if it
    enforced; nothing acts on them.
    """

    event: str
    policy: str
    verdicts: tuple[Verdict, ...]
    would: tuple[Verdict, ...] = ()
    permits: tuple[Verdict, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permits", tuple(verdict for verdict in self.verdicts if verdict.allow))
