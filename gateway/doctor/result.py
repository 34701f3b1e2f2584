"""What was found of one thing: how it is, in words, and what to do."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

# Every check, in the order in which they are told, and what it looks at.
CHECKS: Mapping[str, str] = {
    "files": "gateway.yaml, the environment, manifests, databases: what the role reads when it starts",
    "policy": "the policy with its tests and promises, its candidate, the age of its pack",
    "vendors": "how long the interfaces last that the destinations are spoken to in",
    "secrets": "who can read and change keys, tokens and API keys",
    "store": "the disk, or the server that replicas share: room, durability, version, latency; the journal of erasures",
    "clock": "this machine's clock against that of the server and of the vendors",
    "egress": "whether each host is reached that the gateway speaks to, with its certificate",
    "tls": "the certificates at the sites' own hosts",
    "running": "a gateway that runs: whether it wants traffic, under which policy, and what it could not do",
    "proxies": "whether hits come through proxies that nobody named",
    "edge": "whether the header of the edge is seen",
}


class Verdict(StrEnum):
    """How a thing is."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"
    UNKNOWN = "cannot say"


class Result(NamedTuple):
    """One thing that was looked at. `do` says what to do, and is empty where all is well. No secret is in it."""

    check: str
    about: str
    verdict: Verdict
    says: str
    do: str = ""

    def __str__(self) -> str:
        text = f"{self.verdict:<11}{self.check:<9}{self.about}: {self.says}"
        return f"{text}\n{'':<20}-> {self.do}" if self.do else text


def fine(check: str, about: str, says: str) -> Result:
    """All is well."""
    return Result(check, about, Verdict.FINE, says)


def doubtful(check: str, about: str, says: str, do: str) -> Result:
    """It works, and should be looked at."""
    return Result(check, about, Verdict.DOUBTFUL, says, do)


def wrong(check: str, about: str, says: str, do: str) -> Result:
    """It does not work, or is not safe."""
    return Result(check, about, Verdict.WRONG, says, do)


def unknown(check: str, about: str, says: str, do: str) -> Result:
    """It could not be looked at."""
    return Result(check, about, Verdict.UNKNOWN, says, do)


def chosen(only: Collection[str], skip: Collection[str]) -> tuple[str, ...]:
    """The checks that are to be done, in their order."""
    return tuple(name for name in CHECKS if (not only or name in only) and name not in skip)


def exit_code(results: Iterable[Result]) -> int:
    """1 where anything is wrong, else 2 where anything cannot be said, else 0."""
    verdicts = {result.verdict for result in results}
    return 1 if Verdict.WRONG in verdicts else 2 if Verdict.UNKNOWN in verdicts else 0


def summed(results: Iterable[Result]) -> str:
    """How many of each verdict, in one line."""
    verdicts = [result.verdict for result in results]
    return ", ".join(f"{verdicts.count(each)} {each}" for each in Verdict if each in verdicts)
