"""`gateway policy test` and `prove`: run a policy's own tests, and prove its promises."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.cli.findings import show
from gateway.cli.options import json_option
from gateway.cli.policy_files import files, read, today
from gateway.policy.cases import CaseReport, Failure, Unreached, run_cases
from gateway.policy.decide import Policy
from gateway.policy.promises import PromiseReport, prove


@click.command("test")
@files
@click.option("--require-tests", is_flag=True, help="A policy without tests is wrong.")
@json_option
def test(paths: tuple[Path, ...], require_tests: bool, json_: bool) -> None:
    """Run the tests of policies, and prove their promises over every situation. Exit code 1 where one fails."""
    day = today()
    right = True
    for path in paths:
        reading = read(path, day, require_tests=require_tests)
        if reading.policy is None:
            right = False
            show(reading.findings, json_)
            continue
        cases, (promises, seconds) = run_cases(reading.policy, day), _timed(reading.policy, day)
        right = right and not (cases.failures or promises.failures)
        if json_:
            click.echo(json.dumps(_tested(path, cases, promises), ensure_ascii=False))
        else:
            click.echo("\n".join([*_ran(path, cases), *_proved(path, promises, seconds)]))
    sys.exit(0 if right else 1)


@click.command("prove")
@files
@json_option
def prove_command(paths: tuple[Path, ...], json_: bool) -> None:
    """Prove the promises of policies over every situation, or print one that breaks them. Exit code 1 for any."""
    day = today()
    right = True
    for path in paths:
        reading = read(path, day)
        if reading.policy is None:
            right = False
            show(reading.findings, json_)
            continue
        promises, seconds = _timed(reading.policy, day)
        right = right and not promises.failures
        if json_:
            told = {"file": str(path), "ok": not promises.failures, **_promised(promises), "seconds": seconds}
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            lines = [*_each(reading.policy, promises), *_proved(path, promises, seconds)]
            click.echo("\n".join(lines) or f"{path}: no promises")
    sys.exit(0 if right else 1)


def _timed(policy: Policy, day: int) -> tuple[PromiseReport, float]:
    """The proof and how many seconds it took."""
    start = time.perf_counter()
    report = prove(policy, day)
    return report, round(time.perf_counter() - start, 3)


def _failed(failures: list[Failure]) -> list[dict[str, Any]]:
    return [{"name": one.name, "text": one.text, **one.place._asdict()} for one in failures]


def _promised(report: PromiseReport) -> dict[str, Any]:
    return {
        "promises": report.promises,
        "situations": report.checked,
        "states": report.states,
        "broken": _failed(report.failures),
    }


def _tested(path: Path, cases: CaseReport, promises: PromiseReport) -> dict[str, Any]:
    """What `test --json` prints for one file."""
    return {
        "file": str(path),
        "ok": not (cases.failures or promises.failures),
        "tests": cases.tests,
        "checked": cases.checked,
        "failures": _failed(cases.failures),
        "never_allowed": cases.never_allowed,
        "never_denied": cases.never_denied,
        "unreached": [{"rule": one.rule, **_where(one)} for one in cases.unreached],
        **_promised(promises),
    }


def _where(rule: Unreached) -> dict[str, Any]:
    return rule.place._asdict() if rule.place else {"file": None, "line": None, "column": None}


def _ran(path: Path, cases: CaseReport) -> Iterator[str]:
    for failure in cases.failures:
        yield f"{failure.place}: {failure.name}\n    {failure.text}"
    broken = len({failure.place for failure in cases.failures})
    yield f"{path}: {cases.tests - broken} of {cases.tests} tests hold ({cases.checked} expectations)"
    for word, names in (("allow", cases.never_allowed), ("deny", cases.never_denied)):
        if names:
            yield f"{path}: never tested as {word}: {', '.join(names)}"
    if cases.tests and cases.unreached:
        yield f"{path}: reached by no test: {', '.join(one.rule for one in cases.unreached)}"


def _each(policy: Policy, report: PromiseReport) -> Iterator[str]:
    broken = {failure.place for failure in report.failures}
    for promise in policy.promises:
        if promise.place not in broken:
            yield f"proved   {promise.name}"


def _proved(path: Path, report: PromiseReport, seconds: float) -> Iterator[str]:
    for failure in report.failures:
        yield f"{failure.place}: {failure.name}\n    {failure.text}"
    if report.promises:
        kept = report.promises - len(report.failures)
        tried = f"{report.checked} situations tried for {report.states} states in {seconds:.1f} s"
        yield f"{path}: {kept} of {report.promises} promises hold ({tried})"
