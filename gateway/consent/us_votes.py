"""Let opt-outs of sale vote that are neither a header nor a GPP string: US Privacy strings and vendors' own flags."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Place, Scene, joined, refuse
from gateway.consent.invalid import Invalid
from gateway.consent.limited import LIMITED, limits
from gateway.consent.usp import COOKIE, decode_usp

USP_PLACES = (Place(COOKIE), Place("us_privacy", carried=True))


@dataclass(frozen=True, slots=True)
class UspSource:
    """The US Privacy strings of one place: an opt-out of sale or nothing. One that cannot be read counts as one."""

    place: Place
    sold: tuple[str, ...]

    @property
    def cookies(self) -> frozenset[bytes]:
        """The one cookie, where it is one."""
        return frozenset() if self.place.carried else frozenset({self.place.name.encode()})

    @property
    def carriers(self) -> frozenset[str]:
        """The one carrier, where it is one."""
        return frozenset({self.place.name}) if self.place.carried else frozenset()

    def vote(self, scene: Scene) -> Ballot:
        """A refusal of what an opt-out of sale refuses, where one of the strings is one."""
        return ask_usp(f"usp:{self.place.name}", self.place.texts(scene), self.sold)


def ask_usp(source: str, texts: Sequence[str], sold: tuple[str, ...]) -> Ballot:
    """The votes of the strings in one place, bare or in the object that a platform wraps them in."""
    strings = [decode_usp(text) for text in texts if text]
    for string in strings:
        if isinstance(string, Invalid):
            return refuse(source, sold, string.reason)
    if any(not isinstance(string, Invalid) and string.opted_out for string in strings):
        return refuse(source, sold, "opted out of sale", unreadable=False)
    return Ballot()


@dataclass(frozen=True, slots=True)
class LimitedSource:
    """The flags of `limited.LIMITED`."""

    sold: tuple[str, ...]
    cookies: frozenset[bytes] = frozenset()
    carriers: frozenset[str] = frozenset(LIMITED)

    def vote(self, scene: Scene) -> Ballot:
        """A refusal of what is sold for each flag that limits."""
        found = [
            refuse(f"limited:{name}", self.sold, "limited use", unreadable=False)
            for name, values in scene.carried.items()
            if name in LIMITED and any(limits(name, value) for value in values)
        ]
        return joined(found) if found else Ballot()
