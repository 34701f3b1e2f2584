"""What a linter looks at, and how it reports."""

from dataclasses import dataclass

from gateway.errors import Finding
from gateway.marked_yaml import Path
from gateway.policy.cursor import Cursor
from gateway.policy.model import Draft, Pack, Place
from gateway.policy.regions import Gazetteer


@dataclass(frozen=True, slots=True)
class Subject:
    """A policy under examination, together with its pack. Findings are added to those of its document.

    `today` is in days since 1970-01-01, or None where nobody wants to hear of dates.
    """

    root: Cursor
    draft: Draft
    pack: Pack | None
    gazetteer: Gazetteer
    today: int | None = None
    require_tests: bool = False

    def error(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Report an error at a place of the policy's file."""
        report(self.root, place, Finding("", 0, 0, code, message, hint))

    def warn(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Report a warning at a place of the policy's file."""
        report(self.root, place, Finding("", 0, 0, code, message, hint, "warning"))

    def at(self, *path: str | int) -> Place:
        """Where a value stands."""
        return self._cursor(path).place

    def key_at(self, *path: str | int) -> Place:
        """Where a key stands."""
        return self._cursor(path).key_place

    def _cursor(self, path: Path) -> Cursor:
        return Cursor(self.root.document, path, None)


def report(root: Cursor, place: Place, finding: Finding) -> None:
    """Add a finding to the document of `root`, at `place`."""
    document = root.document
    told = (finding.code, finding.message, finding.hint, finding.severity)
    document.findings.append(Finding(document.file, place.line, place.column, *told))
