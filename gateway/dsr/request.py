"""Say what a request is, which state may follow which, and what its tasks come to.

Nothing personal has a place in a request: identities and subjects are kept apart from it, sealed, and end with it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple


class Type(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    OBJECTION = "objection"
    RESTRICTION = "restriction"
    RECTIFICATION = "rectification"


class State(StrEnum):
    """How far a request has come."""

    RECEIVED = "received"
    AWAITING_VERIFICATION = "awaiting_verification"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING_EXTERNAL = "waiting_external"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETED = "completed"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Outcome(StrEnum):
    """What a completed request came to. `no_match`: nobody held anything of this person."""

    DONE = "done"
    DONE_WITH_EXCEPTIONS = "done_with_exceptions"
    NO_MATCH = "no_match"


class TaskState(StrEnum):
    """How far one target has come. Only `done` says that it is done: `accepted` that a vendor promised it, `not_found`
    that it knows no such person, `unsupported` that it cannot be asked, `skipped` that there was nothing to ask for."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    ACCEPTED = "accepted"
    NOT_FOUND = "not_found"
    UNSUPPORTED = "unsupported"
    MANUAL = "manual"
    FAILED = "failed"
    SKIPPED = "skipped"


# What may follow a state. `denied` goes on where an appeal is upheld.
NEXT: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.AWAITING_VERIFICATION, State.QUEUED, State.DENIED, State.CANCELLED}),
    State.AWAITING_VERIFICATION: frozenset({State.QUEUED, State.DENIED, State.CANCELLED, State.EXPIRED}),
    State.QUEUED: frozenset({State.RUNNING, State.DENIED, State.CANCELLED}),
    State.RUNNING: frozenset({State.WAITING_EXTERNAL, State.NEEDS_ATTENTION, State.COMPLETED}),
    State.WAITING_EXTERNAL: frozenset({State.RUNNING, State.NEEDS_ATTENTION, State.COMPLETED}),
    State.NEEDS_ATTENTION: frozenset({State.RUNNING, State.WAITING_EXTERNAL, State.COMPLETED}),
    State.COMPLETED: frozenset(),
    State.DENIED: frozenset({State.QUEUED, State.AWAITING_VERIFICATION}),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
ENDED = frozenset({State.COMPLETED, State.DENIED, State.CANCELLED, State.EXPIRED})
IN_WORK = frozenset({State.QUEUED, State.RUNNING, State.WAITING_EXTERNAL, State.NEEDS_ATTENTION})

# Of a task. Those that end it short of `done` are exceptions, and are told one by one.
SETTLED = frozenset({
    TaskState.DONE, TaskState.ACCEPTED, TaskState.NOT_FOUND, TaskState.UNSUPPORTED, TaskState.SKIPPED,
})  # fmt: skip
EXCEPTIONS = frozenset({
    TaskState.ACCEPTED, TaskState.NOT_FOUND, TaskState.UNSUPPORTED, TaskState.FAILED, TaskState.MANUAL,
})  # fmt: skip

# How a target is seen to.
METHODS: Mapping[str, str] = {
    "append": "written into the journal that is outlived by no backup",
    "tombstone": "refused from now on",
    "drain": "waited until nothing is under way any more",
    "crypto_shred": "the keys destroyed, then what was sealed under them",
    "api_delete": "deleted by the vendor's own interface",
    "rewrite": "files written anew without the person",
    "compaction": "what was deleted removed from the files as well",
    "retention_expiry": "gone when its time is over",
    "withdrawal": "purposes refused from now on",
    "lift": "refusals ended by a later yes",
    "package": "everything gathered to be handed out",
    "manual": "seen to by a person",
}
IN_ORDER = frozenset(METHODS) - {"api_delete", "rewrite", "compaction", "retention_expiry"}

# Why a request is denied: the words of the Data Rights Protocol 1.0, section 3.03.
DENIALS = (
    "suspected_fraud", "insuf_verification", "no_match", "claim_not_covered", "outside_jurisdiction",
    "too_many_requests", "other",
)  # fmt: skip


class Illegal(ValueError):
    """A state that must not follow the one that a request is in."""


class Identity(NamedTuple):
    """One thing that a person is known by, as it was handed in: `format` is `raw` or `sha256`."""

    type: str
    value: str
    format: str = "raw"

    def __repr__(self) -> str:
        return f"<Identity {self.type}>"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request is limited to. `destinations` are names, none: all; `keep_suppressed` keeps the refusal that an
    erasure begins with, so that whoever comes back has to agree anew."""

    destinations: tuple[str, ...] = ()
    keep_suppressed: bool = True


@dataclass(frozen=True, slots=True)
class Verification:
    """How it was found that the one who asks is the one it is about. `method` is empty where it was not yet;
    `evidence` is a reference of the controller's, no value of a person. `at` is POSIX seconds."""

    method: str = ""
    assurance: str = ""
    by: str = ""
    evidence: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Extension:
    """One more period, why, and until when in POSIX seconds."""

    reason: str
    at: int
    due: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """A denial that is looked at again. `decision` is `upheld` or `rejected`, empty while it is open."""

    id: str
    at: int
    due: int
    by: str
    decision: str = ""
    decided_by: str = ""
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One target of a request, and how far it is. `matched` counts what was found of the person, `deleted` what is gone
    of it. Times are POSIX seconds, 0 for none: `retry_at` is when a failure is tried again (never: 0), `completes_by`
    when what is left ends by itself."""

    target: str
    method: str
    state: TaskState = TaskState.PENDING
    matched: int = 0
    deleted: int = 0
    at: int = 0
    note: str = ""
    vendor_ref: str = ""
    completes_by: int = 0
    retry_at: int = 0
    tries: int = 0
    step: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request was denied, by whom, and when."""

    reason: str
    text: str
    by: str
    at: int


class Moment(NamedTuple):
    """A state and when it began."""

    state: str
    at: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request without the person. `id` is a UUID of ours that sorts by time, `subject_request_id` the client's.

    Times are POSIX seconds. `digest_of_body` is a keyed digest of what was asked, `kinds` are the types of its
    identities, `reference` is a short code for people, `by` the id of who handed it in. `protocol` names the one that
    its `callbacks` are told by, where that is not our own. It waits for its verification until `expires`. `holder`
    works on it until `held`.
    """

    id: str
    subject_request_id: str
    type: Type
    regulation: str
    received: int
    due: int
    digest_of_body: str
    kinds: tuple[str, ...] = ()
    reference: str = ""
    by: str = ""
    state: State = State.RECEIVED
    outcome: Outcome | None = None
    extension: Extension | None = None
    verification: Verification = Verification()
    scope: Scope = Scope()
    tasks: tuple[Task, ...] = ()
    denial: Denial | None = None
    appeals: tuple[Appeal, ...] = ()
    history: tuple[Moment, ...] = ()
    callbacks: tuple[str, ...] = ()
    protocol: str = ""
    expires: int = 0
    ended: int = 0
    holder: str = ""
    held: int = 0

    def to(self, state: State, at: int) -> "Request":
        """The request in another state since `at`. Illegal where that must not follow; the same one changes nothing."""
        if state is self.state:
            return self
        if state not in NEXT[self.state]:
            raise Illegal(f"{state} does not follow {self.state}")
        history = (*self.history, Moment(state, at))
        return replace(self, state=state, history=history, ended=at if state in ENDED else 0)

    def task(self, target: str) -> Task | None:
        """The task of a target."""
        return next((task for task in self.tasks if task.target == target), None)

    def with_task(self, task: Task) -> "Request":
        """With a task in the place of the one of the same target, or behind the others."""
        if self.task(task.target) is None:
            return replace(self, tasks=(*self.tasks, task))
        return replace(self, tasks=tuple(task if each.target == task.target else each for each in self.tasks))

    @property
    def appeal(self) -> Appeal | None:
        """The appeal that is to be decided."""
        return next((each for each in self.appeals if not each.decision), None)

    @property
    def waits_until(self) -> int:
        """When somebody has to have an answer, to the request or to the appeal against its denial; 0: has one."""
        if self.state not in ENDED:
            return self.due
        return self.appeal.due if self.appeal else 0

    @property
    def exceptions(self) -> tuple[Task, ...]:
        """The tasks that are or ended otherwise than done."""
        return tuple(task for task in self.tasks if task.state in EXCEPTIONS)

    def to_json(self) -> str:
        """One line of JSON; `from_json` reads it back."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """What `to_json` wrote. ValueError, TypeError or LookupError where it did not."""
        told: dict[str, Any] = json.loads(text)
        return cls(**{name: _READ[name](value) if name in _READ else value for name, value in told.items()})


def outcome_of(tasks: Iterable[Task]) -> Outcome | None:
    """What the tasks come to; None while one of them is not settled."""
    given = tuple(tasks)
    if not all(task.settled for task in given):
        return None
    if not any(task.matched for task in given):
        return Outcome.NO_MATCH
    exceptional = any(task.state in EXCEPTIONS for task in given)
    return Outcome.DONE_WITH_EXCEPTIONS if exceptional else Outcome.DONE


def reachable(tasks: Iterable[Task]) -> tuple[Task, ...]:
    """The tasks that are not settled and have not to wait for one before them."""
    found: list[Task] = []
    for task in tasks:
        if not task.settled:
            found.append(task)
            if task.method in IN_ORDER:
                break
    return tuple(found)


def state_of(tasks: Iterable[Task], now: int) -> State:
    """The state of a request in work: `running` while something can be done now, `needs_attention` where a person must
    do something, `waiting_external` where a time has to pass."""
    given = reachable(tasks)
    if not given:
        return State.COMPLETED
    if any(is_ready(task, now) for task in given):
        return State.RUNNING
    return State.NEEDS_ATTENTION if any(map(is_stuck, given)) else State.WAITING_EXTERNAL


def is_ready(task: Task, now: int) -> bool:
    """Whether a task can be worked on now."""
    match task.state:
        case TaskState.PENDING | TaskState.RUNNING:
            return task.completes_by == 0 or task.completes_by <= now
        case TaskState.FAILED:
            return 0 < task.retry_at <= now
        case _:
            return False


def is_stuck(task: Task) -> bool:
    """Whether nothing becomes of a task until a person does something."""
    return task.state is TaskState.MANUAL or (task.state is TaskState.FAILED and not task.retry_at)


def _maybe(kind: Any) -> Any:
    return lambda value: None if value is None else kind(**value)


_READ: Mapping[str, Any] = {
    "type": Type,
    "state": State,
    "outcome": lambda value: None if value is None else Outcome(value),
    "extension": _maybe(Extension),
    "verification": lambda value: Verification(**value),
    "scope": lambda value: Scope(tuple(value["destinations"]), value["keep_suppressed"]),
    "tasks": lambda rows: tuple(Task(**{**row, "state": TaskState(row["state"])}) for row in rows),
    "denial": _maybe(Denial),
    "appeals": lambda rows: tuple(Appeal(**row) for row in rows),
    "history": lambda rows: tuple(Moment(*row) for row in rows),
    "callbacks": tuple,
    "kinds": tuple,
}
