"""The few errors the gateway raises itself.

    GatewayError
    ├── ConfigurationError   a file a person wrote is wrong; carries every finding with place and hint
    ├── BadRequest           a request nobody can answer; carries the HTTP status, never the request's text
    ├── StoreUnavailable     nothing was stored; the client may try again after `retry_after` seconds
    └── LogUnavailable       what was to be done cannot be evidenced, and was not done

Refusals are no errors: a station refuses by value, with a reason of `gateway.decision.Reason`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GatewayError(Exception):
    """What the gateway raises on purpose."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (or doubtful) in a file: printed as `file:line:column: error[CODE]: message`."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        text = f"{place}: {self.severity}[{self.code}]: {self.message}"
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class ConfigurationError(GatewayError):
    """A policy, manifest or gateway file that must not be used. `findings` holds at least one error."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class BadRequest(GatewayError):
    """A request that breaks a limit or a format. Its message is ours alone: it repeats nothing of the request."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class StoreUnavailable(GatewayError):
    """The store is full, failing or away: nothing was kept, and the client is told to come again."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class LogUnavailable(GatewayError):
    """The log of evidence cannot be read or written: what needs evidence is not done."""
