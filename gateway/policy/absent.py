"""Stand in where there is no policy: refuse everything as policy_error."""

from dataclasses import dataclass

from gateway.decision import Reason, Verdict
from gateway.policy.decide import Policy, Step, Visit
from gateway.policy.law import Lawbook


@dataclass(slots=True, eq=False)
class AbsentPolicy(Policy):
    """A policy that was never written. It has no name and no fingerprint, and no destination."""

    def ask(self, visit: Visit, destination: str, steps: list[Step] | None = None) -> Verdict:
        """A refusal, whatever is asked."""
        return Verdict(destination, False, Reason.POLICY_ERROR)


def absent_policy() -> AbsentPolicy:
    """A fresh one."""
    return AbsentPolicy(
        name="",
        version="",
        fingerprint="",
        digest="",
        mode="enforce",
        file="",
        pack=None,
        purposes={},
        profiles={},
        trust=(),
        signals={},
        destinations={},
        lawbook=Lawbook({}, (), "strictest", True),
        cases=(),
        promises=(),
    )
