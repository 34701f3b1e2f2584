"""What a lane works with: the parts it is given, each by the little that is asked of it."""

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from gateway.decision import Decision, Sends
from gateway.event import Event
from gateway.facts import Facts
from gateway.outbound import Outbound, Outcome, Reply
from gateway.rate import Limit
from gateway.sender import Route, Still
from gateway.store.protocols import Backlog, DeadLetters, Queue, Withdrawals

# What becomes of queued events, as `gateway_deliveries_total` counts it. Some are done with, some buried among the dead
# letters, and `retried` is neither. So what was permitted, or came into the queue from elsewhere (from before the start
# of the process, from among the dead letters), is at every moment done with, buried or queued.
DONE = ("delivered", "refused", "too_old", "skipped", "dropped", "erased")
BURIED = ("rejected", "expired", "unreadable", "crashed", "uncertain")
QUEUED_BESIDES = ("recovered", "replayed")
RESULTS = (*DONE, *BURIED, "retried", *QUEUED_BESIDES)


class Policy(Protocol):
    """The policy of the moment."""

    @property
    def fingerprint(self) -> str:
        """What its decisions are marked with."""

    @property
    def destinations(self) -> Container[str]:
        """The destinations it knows; where there is no policy, none."""

    def keeps(self, facts: Facts, day: int) -> int | None:
        """For how many days an event with these facts may wait, None where nothing says it."""

    def decide(self, facts: Facts, event: str, destinations: Sequence[str], day: int) -> Decision:
        """The verdicts on an event, by destination."""


class Built(Protocol):
    """A request, and the positions of the events in it; those of the batch that are in none are of no use to it."""

    @property
    def outbound(self) -> Outbound | None:
        """The request, or None where no event was left."""

    @property
    def events(self) -> Sequence[int]:
        """Positions of the events it carries."""


class Batch(Protocol):
    """Events that travel together, prepared by the destination as far as it likes."""

    @property
    def events(self) -> Sequence[int]:
        """Their positions."""


class Destination(Protocol):
    """A vendor's manifest, bound to the operator's settings."""

    @property
    def age_limit(self) -> float:
        """How old an event may be when it is sent, in seconds; 0 where the vendor does not mind."""

    @property
    def rate_limit(self) -> Limit:
        """How many requests the vendor takes."""

    @property
    def linger(self) -> float:
        """For how many seconds events may wait for others to share a request with."""

    def prepare(self, event: Event, now: float) -> Any:
        """One event, brought as far as it can be without the others."""

    def batches(self, prepared: Sequence[Any]) -> Sequence[Batch]:
        """Which of the events that `prepare` made ready travel together, by position."""

    def assemble(self, batch: Any, events: Sequence[Event], now: float) -> Built:
        """The request for a batch as `batches` made it; `events` are those of the batch."""

    def build(self, events: Sequence[Event], now: float) -> Built:
        """The request for one batch."""

    def outcome(self, reply: Reply) -> Outcome:
        """What a reply means."""

    def rejected(self, reply: Reply) -> Sequence[int]:
        """For `reject_indices`: positions in the request of the events that the vendor refused."""


class Courier(Protocol):
    """The way out."""

    async def send(self, outbound: Outbound, route: Route, still: Still) -> Reply:
        """The answer to a request. Forbidden where the route does not allow it, Outdated where it is not `still` right
        when it could leave."""


class Counts(Protocol):
    """Whoever counts."""

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Add to a counter."""


class Target(NamedTuple):
    """A destination and where its requests may go."""

    destination: Destination
    route: Route


@dataclass(frozen=True, slots=True)
class Rules:
    """How long events live, in seconds, and how many requests to one destination may be under way together.

    `retry_window` is how long a failing event is tried, `age_limit` how old any event may be when it is sent,
    `dead_letters` and `refusals` how long those are kept. `linger` is how long a lane that has just delivered waits for
    more to send together, where its manifest does not say longer; the first event after a pause never waits. `sweep` is
    the time between two looks for what has outlived its own, `review` between two looks at every single dead letter.
    """

    retry_window: float = 86_400.0
    age_limit: float = 7 * 86_400.0
    dead_letters: float = 7 * 86_400.0
    refusals: float = 400 * 86_400.0
    parallel: int = 16
    sweep: float = 30.0
    review: float = 900.0
    linger: float = 0.05


async def untold(destination: str, events: Sequence[Event]) -> None:
    """Where nobody wants to know who received what."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the lanes work with. `policy` gives the policy of the moment, `clock` POSIX seconds, `steady` those of a
    clock that never goes back, `dice` [0, 1). `fault` is told each exception that nobody expected, `received` which
    events a destination may have received, while they still count as under way."""

    queue: Queue
    backlog: Backlog
    withdrawals: Withdrawals
    dead_letters: DeadLetters
    courier: Courier
    policy: Callable[[], Policy]
    weaken: Callable[[Event, Sends], Event]
    counts: Counts
    clock: Callable[[], float]
    steady: Callable[[], float]
    dice: Callable[[], float]
    fault: Callable[[BaseException], None]
    rules: Rules = Rules()
    received: Callable[[str, Sequence[Event]], Awaitable[None]] = untold
