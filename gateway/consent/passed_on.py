"""Let Global Privacy Control and Do Not Track vote where a page passes them on: they are what the headers are."""

from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene

GPC, DNT = "gpc", "dnt"

# What a page writes, or reads from `navigator`; a browser that says nothing gives `undefined`, `unspecified` or `null`.
_SET = frozenset(("1", "true", "yes"))


@dataclass(frozen=True, slots=True)
class PassedOnSource:
    """`gpc=1` and `dnt=1` in address and body; in OpenRTB `regs.ext.gpc` and `device.dnt`."""

    cookies: frozenset[bytes] = frozenset()
    carriers: frozenset[str] = frozenset({GPC, DNT})

    def vote(self, scene: Scene) -> Ballot:
        """The flags that are set."""
        return Ballot(gpc=_is_set(GPC, scene), dnt=_is_set(DNT, scene))


def _is_set(name: str, scene: Scene) -> bool:
    return any(value.strip().lower() in _SET for value in scene.carried.get(name, ()))
