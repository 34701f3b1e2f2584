"""Tell how a verdict came about, in the words and places of the policy."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gateway.decision import Reason, Verdict
from gateway.policy.cursor import did_you_mean
from gateway.policy.decide import Policy, Step
from gateway.policy.model import Situation
from gateway.policy.situations import SituationError, facts_of, read_situation

WIDTH = 14


class Explanation(NamedTuple):
    """A verdict and the steps that led to it, as `Policy.judge` took them.

    `would` is the verdict that a policy which only observes would give if it enforced, else None. The steps lead there.
    """

    policy: Policy
    event: str
    verdict: Verdict
    steps: tuple[Step, ...]
    would: Verdict | None = None


def explain(policy: Policy, situation: Situation, destination: str | None, day: int) -> Iterator[Explanation]:
    """Each verdict that the situation asks for: of one destination or all, for one event or all that are listed."""
    facts = facts_of(situation, day)
    for name in policy.destinations if destination is None else [destination]:
        listed = tuple(policy.destinations[name].events) if name in policy.destinations else ()
        for event in listed if situation.event is None else [situation.event]:
            steps: list[Step] = []
            verdict = policy.judge(facts, event, name, day, steps=steps)
            would = None
            if policy.mode != "enforce":
                further: list[Step] = []
                would = policy.enforcing.judge(facts, event, name, day, steps=further)
                steps += further[len(steps) - 1 :] if verdict.reason is Reason.OBSERVE_MODE else []
            yield Explanation(policy, event, verdict, tuple(steps), would)


def explain_words(policy: Policy, words: Mapping[str, object], day: int) -> list[Explanation]:
    """The same for a situation in the words of the command line, `destination` among them.

    Raises SituationError where the words make no situation of this policy.
    """
    situation = read_situation(words, policy.purposes)
    destination = words.get("destination")
    if destination is None:
        return list(explain(policy, situation, None, day))
    if not isinstance(destination, str):
        raise SituationError("destination", "destination must be text")
    if destination not in policy.destinations:
        hint = did_you_mean(destination, policy.destinations)
        message = f'the policy has no destination "{destination}"'
        raise SituationError("destination", f"{message}; {hint}" if hint else message)
    return list(explain(policy, situation, destination, day))


def as_text(explanation: Explanation) -> str:
    """A few lines for people."""
    policy, _, verdict, steps, would = explanation
    answer = "ALLOW" if verdict.allow else "DENY"
    head = f"{verdict.destination}: {answer} ({verdict.reason})"
    lines = [f"{head}   policy {policy.version or policy.name} {policy.fingerprint}"]
    lines += [f"  {step.number} {step.name:<{WIDTH}}{step.text}" for step in steps]
    lines.append(f"  = {answer:<{WIDTH}}{verdict.reason}")
    if would:
        lines.append(f"  ~ {'ALLOW' if would.allow else 'DENY':<{WIDTH}}{would.reason}, if this policy enforced")
    return "\n".join(lines)


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same for machines. `file`, `line` and `column` are null for a step that is written nowhere.

    `policy` is the fingerprint; `would` is there only where the policy observes.
    """
    policy, event, verdict, steps, would = explanation
    told = {
        "policy": policy.fingerprint,
        "destination": verdict.destination,
        "event": event,
        **_outcome(verdict),
        "steps": [_step(step) for step in steps],
    }
    return told | {"would": _outcome(would)} if would else told


def _outcome(verdict: Verdict) -> dict[str, Any]:
    return {
        "allow": verdict.allow,
        "reason": str(verdict.reason),
        "sends": dict(verdict.sends.levels) if verdict.sends else {},
    }


def _step(step: Step) -> dict[str, Any]:
    file, line, column = step.place or (None, None, None)
    return {"step": step.name, "text": step.text, "file": file, "line": line, "column": column}
