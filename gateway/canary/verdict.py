"""Judge what was found: clean, a leak, or that nobody can say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.canary.artefacts import Find, Unsearched
from gateway.canary.controls import Control

CLEAN, LEAK, UNKNOWN = "clean", "leak", "cannot say"
EXIT = {CLEAN: 0, LEAK: 1, UNKNOWN: 2}
_SHOWN = 40


class Tally(NamedTuple):
    """What was searched of one artefact: how many files, answers or requests, and how many bytes."""

    what: str
    place: str
    items: int
    bytes: int


class Leak(NamedTuple):
    """A mark where it must not be. The value itself is ours; nothing around it is told."""

    hit: str
    kind: str
    form: str
    place: str
    packing: str
    at: int


@dataclass
class Report:
    """Everything that was done and found. `doubts` are the reasons for which nobody can say."""

    sent: int = 0
    hits: int = 0
    visitors: Sequence[str] = ()
    marks: int = 0
    forms: int = 0
    controls: Sequence[Control] = ()
    live: list[str] = field(default_factory=list)
    searched: list[Tally] = field(default_factory=list)
    unsearched: Sequence[Unsearched] = ()
    not_given: Sequence[str] = ()
    exempt: list[str] = field(default_factory=list)
    permitted: Sequence[str] = ()
    leaks: Sequence[Leak] = ()
    doubts: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """A leak is one, whatever else is doubtful; without one, any doubt keeps us from saying that it is clean."""
        if self.leaks:
            return LEAK
        return UNKNOWN if self.doubts else CLEAN

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "verdict": self.verdict,
            "requests": self.sent,
            "hits": self.hits,
            "visitors": list(self.visitors),
            "marks": self.marks,
            "forms": self.forms,
            "controls": {control.name: control.found for control in self.controls},
            "live_controls": self.live,
            "searched": [tally._asdict() for tally in self.searched],
            "unsearched": [each._asdict() for each in self.unsearched],
            "not_given": list(self.not_given),
            "exempt": self.exempt,
            "permitted": list(self.permitted),
            "leaks": [leak._asdict() for leak in self.leaks],
            "doubts": self.doubts,
        }

    def as_text(self) -> str:
        """A page for people."""
        found = sum(control.found for control in self.controls)
        lines = [
            f"sent      {self.sent} requests, {self.hits} of them hits; by {', '.join(self.visitors) or 'nobody'}",
            f"marks     {self.marks} values, each looked for in every encoding and digest: {self.forms} forms",
            f"controls  {found} of {len(self.controls)} planted leaks found",
            *(f"          {each}" for each in self.live),
            *(f"searched  {_tally(each)}" for each in self.searched),
            *(f"NOT READ  {each.place}: {each.why}" for each in self.unsearched[:_SHOWN]),
            *(f"not given {each}" for each in self.not_given),
            *(f"exempt    {each}" for each in self.exempt),
            *(f"permitted {each}" for each in self.permitted[:_SHOWN]),
            *(f"LEAK      {_leak(each)}" for each in self.leaks[:_SHOWN]),
            *([f"          and {len(self.leaks) - _SHOWN} more"] if len(self.leaks) > _SHOWN else []),
            *(f"doubt     {each}" for each in self.doubts),
        ]
        return "\n".join([*lines, self.verdict])


def leaks_of(finds: Sequence[Find], allowed: Mapping[Find, bool]) -> list[Leak]:
    """The finds that nothing allows, in the order of their places."""
    leaks = [
        Leak(find.mark.hit, find.mark.kind, find.form, find.place, find.packing, find.at)
        for find in finds
        if not allowed.get(find, False)
    ]
    return sorted(leaks, key=lambda leak: (leak.place, leak.at, leak.kind))


def _tally(tally: Tally) -> str:
    return f"{tally.what}: {tally.place} ({tally.items}, {tally.bytes} bytes)"


def _leak(leak: Leak) -> str:
    packing = f", {leak.packing}" if leak.packing else ""
    return f"{leak.kind} as {leak.form} in {leak.place}{packing} at byte {leak.at}; of {leak.hit}"
