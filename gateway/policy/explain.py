"""Tell how a verdict came about, in the words and places of the policy."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.decision import Verdict
from gateway.policy.decide import Policy, Step
from gateway.policy.model import Situation
from gateway.policy.situations import facts_of

WIDTH = 14


class Explanation(NamedTuple):
    """A verdict and the steps that led to it, as `Policy.judge` took them."""

    policy: Policy
    event: str
    verdict: Verdict
    steps: tuple[Step, ...]


def explain(policy: Policy, situation: Situation, destination: str | None, day: int) -> Iterator[Explanation]:
    """Each verdict that the situation asks for: of one destination or all, for one event or all that are listed."""
    facts = facts_of(situation, day)
    for name in policy.destinations if destination is None else [destination]:
        listed = tuple(policy.destinations[name].events) if name in policy.destinations else ()
        for event in listed if situation.event is None else [situation.event]:
            steps: list[Step] = []
            verdict = policy.judge(facts, event, name, day, steps=steps)
            yield Explanation(policy, event, verdict, tuple(steps))


def as_text(explanation: Explanation) -> str:
    """A few lines for people."""
    policy, _, verdict, steps = explanation
    answer = "ALLOW" if verdict.allow else "DENY"
    head = f"{verdict.destination}: {answer} ({verdict.reason})"
    lines = [f"{head}   policy {policy.version or policy.name} {policy.fingerprint}"]
    lines += [f"  {step.number} {step.name:<{WIDTH}}{step.text}" for step in steps]
    lines.append(f"  = {answer:<{WIDTH}}{verdict.reason}")
    return "\n".join(lines)


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same for machines. `file`, `line` and `column` are null for a step that is written nowhere."""
    _, event, verdict, steps = explanation
    return {
        "destination": verdict.destination,
        "event": event,
        "allow": verdict.allow,
        "reason": str(verdict.reason),
        "sends": dict(verdict.sends.levels) if verdict.sends else {},
        "steps": [_step(step) for step in steps],
    }


def _step(step: Step) -> dict[str, Any]:
    file, line, column = step.place or (None, None, None)
    return {"step": step.name, "text": step.text, "file": file, "line": line, "column": column}
