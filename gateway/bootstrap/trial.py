"""Try a policy as it would reign: read it with its pack, run its tests, prove its promises."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gateway.errors import Finding
from gateway.policy.cases import Failure, run_cases
from gateway.policy.compile import Resolver, read_policy
from gateway.policy.decide import Policy
from gateway.policy.promises import prove


class Texts(NamedTuple):
    """All that a policy is made of. `extends` is what it calls its pack; without one the last three are empty."""

    file: str
    policy: str
    extends: str = ""
    pack_file: str = ""
    pack: str = ""

    def resolve(self, name: str) -> tuple[str, str] | None:
        """What `extends` means: the pack that is here, and no other."""
        return (self.pack, self.pack_file) if self.extends and name == self.extends else None

    @property
    def digest(self) -> str:
        """The digest of a policy that is made of these, as `gateway.policy.decide.Policy` has it."""
        return hashlib.sha256((self.policy + self.pack).encode("utf-8", "surrogatepass")).hexdigest()


class Tried(NamedTuple):
    """What was tried, and what was found. `policy` is None where any finding is an error."""

    texts: Texts
    findings: tuple[Finding, ...]
    policy: Policy | None = None


@dataclass(slots=True)
class _Asked:
    """Remembers what a policy asked for, and what it got."""

    resolve: Resolver
    name: str = ""
    file: str = ""
    text: str = ""

    def __call__(self, name: str) -> tuple[str, str] | None:
        self.name = name
        try:
            found = self.resolve(name)
        except (OSError, UnicodeDecodeError):
            found = None
        self.text, self.file = found or ("", "")
        return found


def try_policy(text: str, file: str, resolve: Resolver, day: int, proved: str = "") -> Tried:
    """Read, check, test and prove on `day` (days since 1970-01-01).

    What has the digest `proved` is not proved again.
    """
    asked = _Asked(resolve)
    reading = read_policy(text, file, asked)
    texts = Texts(file, text, asked.name, asked.file, asked.text)
    findings = list(reading.findings)
    if reading.policy is None:
        return Tried(texts, tuple(findings))
    broken = list(failures(reading.policy, file, day, prove_too=reading.policy.digest != proved))
    return Tried(texts, (*findings, *broken), None if broken else reading.policy)


def failures(policy: Policy, file: str, day: int, *, prove_too: bool = True) -> Iterator[Finding]:
    """The tests that do not hold and the promises that can be broken.

    A proof looks ahead, at every change of law that is known; one of an earlier day is still one.
    """
    for failure in run_cases(policy, day).failures:
        yield _finding(file, failure, "G050", "test")
    for failure in prove(policy, day).failures if prove_too else ():
        yield _finding(file, failure, "G051", "promise")


def _finding(file: str, failure: Failure, code: str, kind: str) -> Finding:
    place = failure.place
    known = file if place.file == Path(file).name else place.file
    return Finding(known, place.line, place.column, code, f'the {kind} "{failure.name}" does not hold: {failure.text}')
