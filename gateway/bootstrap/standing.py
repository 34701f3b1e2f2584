"""Know how the policy in force stands to the files that are configured, and tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.bootstrap.reign import Reign
from gateway.days import day_of
from gateway.policy.decide import Policy
from gateway.policy.lint_age import pack_age
from gateway.telemetry import Sample, Telemetry


@dataclass(slots=True)
class Standing:
    """`failed`: what is configured is not what is in force. `candidate` is None where none is asked."""

    reign: Reign
    failed: bool = False
    candidate: Policy | None = None
    candidate_failed: bool = False

    def show(self, telemetry: Telemetry) -> None:
        """Tell it as metrics, from now on."""
        telemetry.gauge("gateway_policy_info", lambda: _info(self.reign.policy))
        telemetry.gauge("gateway_policy_loaded_timestamp_seconds", self._loaded)
        telemetry.gauge("gateway_policy_reload_failed", lambda: [((), self.failed)])
        telemetry.gauge("gateway_pack_age_days", self._age)
        telemetry.gauge("gateway_candidate_info", lambda: _info(self.candidate))
        telemetry.gauge("gateway_candidate_failed", lambda: [((), self.candidate_failed)])
        self.allow(telemetry)

    def allow(self, telemetry: Telemetry) -> None:
        """Let the labels say what is in force."""
        policies = [policy for policy in (self.reign.policy, self.candidate) if policy]
        telemetry.allow("policy", {policy.name for policy in policies})
        telemetry.allow("version", {policy.version for policy in policies})
        telemetry.allow("fingerprint", {policy.fingerprint for policy in policies})

    def told(self, today: int) -> Mapping[str, object]:
        """What `/readyz` says of it on a day (days since 1970-01-01 UTC)."""
        policy = self.reign.policy
        told: dict[str, object] = {"policy": None}
        if policy.fingerprint:
            told["policy"] = {
                **_named(policy),
                "mode": policy.mode,
                "loaded_at": datetime.fromtimestamp(self.reign.since, UTC).isoformat(timespec="seconds"),
                "pack": {
                    "name": policy.pack.name,
                    "version": policy.pack.version,
                    "age_days": pack_age(policy.pack, today),
                }
                if policy.pack
                else None,
            }
        told["policy_reload_failed"] = self.failed
        if self.candidate or self.candidate_failed:
            named = _named(self.candidate) if self.candidate else None
            told["candidate"] = named
            told["candidate_failed"] = self.candidate_failed
        return told

    def _loaded(self) -> list[Sample]:
        return [((), self.reign.since)] if self.reign.policy.fingerprint else []

    def _age(self) -> list[Sample]:
        age = pack_age(self.reign.policy.pack, day_of(datetime.now(UTC).timestamp()))
        return [] if age is None else [((), age)]


def _named(policy: Policy) -> dict[str, object]:
    return {"name": policy.name, "version": policy.version, "fingerprint": policy.fingerprint}


def _info(policy: Policy | None) -> list[Sample]:
    return [((policy.name, policy.version, policy.fingerprint), 1)] if policy and policy.fingerprint else []
