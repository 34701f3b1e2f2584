"""What is checked: where the deployment listens, what it keeps, and what its policy would say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gateway.canary.capture import Capture
from gateway.canary.requests import Endpoint
from gateway.canary.wire import Wire

# A situation in the words of `gateway policy explain`; the verdicts as it prints them, or None where nobody can say.
Ask = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]] | None]

# What a place is called that holds the store.
DATA = "data directory"
# And one that events are appended to, in front of the destination's name; and a log.
FILE_OF = "file of "
LOG = "log"


class Place(NamedTuple):
    """Something to look into: what it is to the deployment, and where it lies. Not all comes into being at once: what
    `may_be_missing` is no gap where there is nothing."""

    what: str
    path: Path
    may_be_missing: bool = False


class Caught(NamedTuple):
    """A capture, and the destinations whose requests it gets (none: not known)."""

    capture: Capture
    destinations: Sequence[str] = ()


@dataclass(frozen=True)
class Deployment:
    """One deployment. `feeds` are the destinations that each source's hits may reach, None where that is not known;
    `unwritten` are sources of which no hit could be written. `edge` are the headers with which its edge would tell
    `region`. `subject` gives the pseudonym under which a withdrawal is kept, by the id of a consent record, where its
    keys are known. `day` is today, in days since 1970-01-01; `wait` is how many seconds deliveries may take.
    """

    public: Wire
    host: str
    endpoints: Sequence[Endpoint]
    ask: Ask
    day: int
    admin: Wire | None = None
    feeds: Mapping[str, Sequence[str]] | None = None
    region: str = ""
    edge: Mapping[str, str] | None = None
    places: Sequence[Place] = ()
    captures: Sequence[Caught] = ()
    unwritten: Sequence[str] = ()
    subject: Callable[[str], str] | None = None
    permitted: bool = True
    wait: float = 10.0

    def may_hold(self, file: Path) -> bool:
        """Whether permitted hits may be in a file: one of the store or of a destination, and by no name a log."""
        kinds = [place.what for place in self.places if file.is_relative_to(place.path)]
        return LOG not in kinds and any(kind == DATA or kind.startswith(FILE_OF) for kind in kinds)

    def fed_by(self, source: str) -> Sequence[str] | None:
        """The destinations that a source's hits may reach; None: perhaps all."""
        return None if self.feeds is None else self.feeds.get(source, ())
