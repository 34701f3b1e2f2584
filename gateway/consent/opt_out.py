"""Let the cookie of a browser that has opted out for good refuse: it names nobody, and is the same for everybody."""

from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene
from gateway.facts import Vote

NAME = "opt_out"
COOKIE = "__Host-optout"
VALUE = "1"


@dataclass(frozen=True, slots=True)
class OptOutSource:
    """The cookie `__Host-optout`. Whatever its value is and however often it is there, it refuses all `purposes`."""

    purposes: tuple[str, ...]
    name: str = NAME
    cookies: frozenset[bytes] = frozenset({COOKIE.encode()})
    carriers: frozenset[str] = frozenset()

    def vote(self, scene: Scene) -> Ballot:
        """A no to each of the purposes, where the cookie is there."""
        if COOKIE.encode() not in scene.cookies:
            return Ballot()
        votes = tuple(Vote(purpose, NAME, grant=False, trusted=False) for purpose in self.purposes)
        return Ballot(votes, ("opted out",) * len(votes))
