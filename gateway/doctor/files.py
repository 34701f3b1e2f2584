"""Look at what stands in files: settings, manifests, the policy with its pack, and how long vendors' versions last."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from gateway.bootstrap.fit import fitted
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.source import Source
from gateway.bootstrap.trial import try_policy
from gateway.days import SECONDS_A_DAY
from gateway.doctor.result import Result, Verdict, doubtful, fine, wrong
from gateway.errors import Finding
from gateway.policy.decide import Policy
from gateway.policy.lint_age import OLD_DAYS, pack_age
from gateway.vendors.checks import SUNSET_DAYS, days_left, stale

_DO = "mend the file at that place; docs/reference tells what may stand there"
_UPGRADE = "upgrade the gateway, or bring a manifest of your own (docs/how-to/add-a-vendor.md)"


def of_finding(check: str, finding: Finding) -> Result:
    """A finding of a file, as a result."""
    verdict = Verdict.WRONG if finding.severity == "error" else Verdict.DOUBTFUL
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return Result(check, place, verdict, f"{finding.message} [{finding.code}]", finding.hint or _DO)


def files(plan: Plan) -> Iterator[Result]:
    """What the role reads when it starts; it could be read, or there would be no plan."""
    configured = plan.configured
    connected = len(plan.destinations)
    yield fine("files", configured.document.file, f"read as {configured.role} reads it; {connected} connected")
    yield from (of_finding("files", finding) for finding in plan.warnings)


def policies(plan: Plan, day: int) -> tuple[list[Result], Policy | None]:
    """The policy and its candidate as they would reign on a day (days since 1970-01-01); the policy, if any would."""
    settings = plan.configured.settings
    results, policy = _policy(plan, "policy", day)
    if settings.candidate is not None:
        results += _policy(plan, "candidate", day)[0]
    return results, policy


def _policy(plan: Plan, setting: str, day: int) -> tuple[list[Result], Policy | None]:
    path = plan.configured.beside(getattr(plan.configured.settings, setting))
    text = Source(path).look().policy
    if text is None:
        do = "put it there, for the user that the gateway runs as; until then everything is refused"
        return [wrong("policy", str(path), "cannot be read", do)], None
    tried = fitted(try_policy(text, str(path), resolver(path), day), plan.configured)
    found = [of_finding("policy", finding) for finding in tried.findings]
    if tried.policy is None:
        return found, None
    return [*_state(tried.policy, str(path), day), *found], tried.policy


def _state(policy: Policy, file: str, day: int) -> Iterator[Result]:
    name = " ".join(filter(None, (policy.name, policy.version, f"({policy.fingerprint})")))
    if policy.mode == "observe":
        do = "`mode: enforce` when what it would do is what you want (docs/how-to/change-a-policy.md)"
        yield doubtful("policy", file, f"{name} only observes: nothing is forwarded", do)
    else:
        yield fine("policy", file, f"{name}: its tests and promises hold")
    age, pack = pack_age(policy.pack, day), policy.pack
    if pack is not None and age is None:
        yield doubtful("policy", f"pack {pack.name}", "does not say when it was reviewed", "give it `reviewed:`")
    elif pack is not None and age is not None and age <= OLD_DAYS:
        yield fine("policy", f"pack {pack.name} {pack.version}", f"reviewed {age} days ago")


def versions(plan: Plan, day: int) -> Iterator[Result]:
    """The interface of each connected destination on a day."""
    today = datetime.fromtimestamp(day * SECONDS_A_DAY, UTC).date()
    for name, destination in plan.destinations.items():
        left = days_left(destination.manifest, today)
        about = f"{name} ({destination.manifest.id})"
        if left is not None and left < 0:
            yield wrong("vendors", about, f"its interface ended {-left} days ago", _UPGRADE)
        elif left is not None and left < SUNSET_DAYS:
            yield doubtful("vendors", about, f"its interface ends in {left} days", _UPGRADE)
        else:
            yield fine("vendors", about, "no end is known" if left is None else f"its interface lasts {left} days")
        yield from _unverified(plan, name, today)


def _unverified(plan: Plan, name: str, today: date) -> Iterator[Result]:
    """A manifest that nobody has held against the vendor's words for long (M022)."""
    for finding in stale(plan.destinations[name].manifest, today):
        if finding.code == "M022":
            yield doubtful("vendors", name, f"its manifest was {finding.message}", _UPGRADE)
