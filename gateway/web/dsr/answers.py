"""The answers of the API of rights: what may be told of a request, which holds nothing personal."""

from collections.abc import Collection

from gateway.dsr.desk import Counted
from gateway.dsr.request import (
    ENDED,
    EXCEPTIONS,
    Appeal,
    Denial,
    Extension,
    Outcome,
    Request,
    State,
    Task,
    TaskState,
    Type,
)
from gateway.web.dsr.scalars import Given, Id, Time, maybe, shown

BASE = "/v1/dsr/requests"
EXPIRED = "expired"


class VerificationTold(Given):
    """How it was found that the one who asks is the one it is about."""

    state: str
    method: str | None
    assurance: str | None
    at: Time | None
    until: Time | None


class ExtensionTold(Given):
    """One more period, and why."""

    reason: str
    at: Time
    due_at: Time


class DenialTold(Given):
    """Why it was denied, and when."""

    reason: str
    text: str
    at: Time


class AppealTold(Given):
    """A denial that is looked at again."""

    id: Id
    at: Time
    due_at: Time
    decision: str | None
    decided_at: Time | None


class Progress(Given):
    """How many targets there are, and how far they are."""

    targets: int
    done: int
    pending: int
    exceptions: int


class TaskTold(Given):
    """One target, and how far it is."""

    target: str
    method: str
    state: TaskState
    matched: int
    deleted: int
    at: Time | None
    note: str | None
    vendor_ref: str | None
    confirms_completion: bool
    completes_by: Time | None
    retry_at: Time | None


class Links(Given):
    """Where more of a request is."""

    request: str
    tasks: str
    events: str
    receipt: str | None


class RequestTold(Given):
    """A request as it is now."""

    id: Id
    subject_request_id: str
    type: Type
    regulation: str
    state: State
    outcome: Outcome | None
    reference: str
    received_at: Time
    due_at: Time
    ended_at: Time | None
    identity_types: list[str]
    extension: ExtensionTold | None
    verification: VerificationTold
    denial: DenialTold | None
    appeals: list[AppealTold]
    progress: Progress
    tasks: list[TaskTold]
    links: Links


class RequestList(Given):
    """A page of requests; where there is more, the cursor that it goes on with."""

    items: list[RequestTold]
    next_cursor: str | None


class TaskList(Given):
    """The targets of a request."""

    items: list[TaskTold]


class Event(Given):
    """A state, and when it began."""

    state: State
    at: Time


class EventList(Given):
    """The states of a request in their order."""

    items: list[Event]


class Preview(Given):
    """What is kept of somebody, in numbers."""

    queued: int
    dead_letters: int
    recipients: int
    refusals: int


class PackageLink(Given):
    """A link to a package, told this once."""

    url: str
    expires_at: Time
    downloads: int


class Suppressed(Given):
    """What is refused of somebody: everything, or some purposes."""

    everything: bool
    purposes: list[str]


class JournalHead(Given):
    """The name of the journal, how many erasures it holds, and when the last one was."""

    journal: str
    entries: int
    last_at: Time | None


class Replayed(Given):
    """How many erasures were applied again: those that the store did not know of."""

    replayed: int


def told(request: Request) -> RequestTold:
    """What is answered about a request."""
    here = f"{BASE}/{request.id}"
    return RequestTold(
        id=request.id,
        subject_request_id=request.subject_request_id,
        type=request.type,
        regulation=request.regulation,
        state=request.state,
        outcome=request.outcome,
        reference=request.reference,
        received_at=shown(request.received),
        due_at=shown(request.due),
        ended_at=maybe(request.ended),
        identity_types=list(request.kinds),
        extension=_extension(request.extension) if request.extension else None,
        verification=_verification(request),
        denial=_denial(request.denial) if request.denial else None,
        appeals=[_appeal(each) for each in request.appeals],
        progress=_progress(request.tasks),
        tasks=tasks(request),
        links=Links(
            request=here,
            tasks=f"{here}/tasks",
            events=f"{here}/events",
            receipt=f"{here}/receipt" if request.state in ENDED else None,
        ),
    )


def tasks(request: Request) -> list[TaskTold]:
    """What is answered about its targets."""
    return [_task(task) for task in request.tasks]


def events(request: Request) -> EventList:
    """Its states."""
    return EventList(items=[Event(state=State(each.state), at=shown(each.at)) for each in request.history])


def preview(counted: Counted) -> Preview:
    """What is kept of somebody."""
    return Preview(
        queued=counted.queued, dead_letters=counted.dead, recipients=counted.recipients, refusals=counted.refusals
    )


def _verification(request: Request) -> VerificationTold:
    how = request.verification
    waits = request.state is State.AWAITING_VERIFICATION
    state = "verified" if how.method else "awaited" if waits else EXPIRED if request.state is State.EXPIRED else "none"
    return VerificationTold(
        state=state,
        method=how.method or None,
        assurance=how.assurance or None,
        at=maybe(how.at),
        until=maybe(request.expires) if waits else None,
    )


def _extension(extension: Extension) -> ExtensionTold:
    return ExtensionTold(reason=extension.reason, at=shown(extension.at), due_at=shown(extension.due))


def _denial(denial: Denial) -> DenialTold:
    return DenialTold(reason=denial.reason, text=denial.text, at=shown(denial.at))


def _appeal(appeal: Appeal) -> AppealTold:
    return AppealTold(
        id=appeal.id,
        at=shown(appeal.at),
        due_at=shown(appeal.due),
        decision=appeal.decision or None,
        decided_at=maybe(appeal.decided),
    )


def _progress(given: Collection[Task]) -> Progress:
    return Progress(
        targets=len(given),
        done=sum(task.state is TaskState.DONE for task in given),
        pending=sum(not task.settled for task in given),
        exceptions=sum(task.state in EXCEPTIONS for task in given),
    )


def _task(task: Task) -> TaskTold:
    return TaskTold(
        target=task.target,
        method=task.method,
        state=task.state,
        matched=task.matched,
        deleted=task.deleted,
        at=maybe(task.at),
        note=task.note or None,
        vendor_ref=task.vendor_ref or None,
        confirms_completion=task.state is not TaskState.ACCEPTED,
        completes_by=maybe(task.completes_by),
        retry_at=maybe(task.retry_at),
    )
