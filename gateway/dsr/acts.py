"""Say what each act makes of a request, or why the request does not let it.

All of it is pure, so that it can be tried again until nobody else was faster.
"""

from dataclasses import replace

from gateway.days import SECONDS_A_DAY
from gateway.dsr import deadlines
from gateway.dsr.deadlines import Asked
from gateway.dsr.problems import (
    InvalidDraft,
    InvalidState,
    SamePrincipal,
    UnknownRequest,
    VerificationExpired,
    VerificationFailed,
)
from gateway.dsr.request import (
    DENIALS,
    ENDED,
    IN_WORK,
    SETTLED,
    Appeal,
    Denial,
    Extension,
    Illegal,
    Request,
    State,
    TaskState,
    Type,
    Verification,
    is_stuck,
)

# How it may be found that the one who asks is the one it is about, the weakest first. A cookie is enough to refuse and
# to erase, and for what is filed under the cookie alone; what is known of an account is handed out for more.
METHODS = ("cookie", "email_otp", "attested", "oidc")
_HANDS_OUT = (Type.ACCESS, Type.PORTABILITY)
_OF_A_BROWSER = frozenset({"visitor_id"})

APPEAL_SECONDS = 45 * SECONDS_A_DAY
_APPEALABLE = 60 * SECONDS_A_DAY  # after a denial


def is_enough(request: Request, method: str) -> bool:
    """Whether a way of verification is enough for what a request asks."""
    if method not in METHODS:
        return False
    return method != "cookie" or request.type not in _HANDS_OUT or set(request.kinds) <= _OF_A_BROWSER


def verified(request: Request, how: Verification, now: int) -> Request:
    """Its verification is done."""
    if request.state is State.EXPIRED or (request.state is State.AWAITING_VERIFICATION and now > request.expires):
        raise VerificationExpired("the time to verify this request is over")
    if request.state is not State.AWAITING_VERIFICATION:
        raise InvalidState("this request does not wait for a verification")
    if not is_enough(request, how.method):
        raise VerificationFailed("this is not enough for what is asked")
    return replace(request.to(State.QUEUED, now), verification=replace(how, at=now))


def cancelled(request: Request, now: int) -> Request:
    """Who made it does not want it any more."""
    return _moved(request, State.CANCELLED, now)


def denied(request: Request, denial: Denial, now: int) -> Request:
    """It is refused, for a reason of DENIALS and with words for the person. Only once: who denied it first stays the
    one who may not decide the appeal."""
    if request.state is State.DENIED:
        raise InvalidState("this request is denied already")
    if denial.reason not in DENIALS or not denial.text.strip():
        raise InvalidDraft("a denial has a reason of the list and words for the person")
    return replace(_moved(request, State.DENIED, now), denial=replace(denial, at=now))


def extended(request: Request, reason: str, asked: Asked, now: int) -> Request:
    """It takes one more period, once, where its law gives one."""
    more = deadlines.terms_of(deadlines.place_of(request.regulation) or "", asked).more
    if not reason.strip():
        raise InvalidDraft("an extension has a reason")
    if request.extension or request.state in ENDED or not more.amount:
        raise InvalidState("this request cannot be extended")
    due = deadlines.after(request.due, more)
    return replace(request, due=due, extension=Extension(reason, now, due))


def retried(request: Request, target: str, now: int) -> Request:
    """What has failed is tried again now: one target, or all where it is empty."""
    failed = [task for task in request.tasks if task.state is TaskState.FAILED and target in ("", task.target)]
    if not failed or request.state not in IN_WORK:
        raise InvalidState("nothing of this has failed")
    for task in failed:
        request = request.with_task(replace(task, retry_at=now, tries=0))
    return request


def settled(request: Request, target: str, state: TaskState, note: str, now: int) -> Request:
    """A person has seen to a target that waited for one."""
    if state not in SETTLED or not note.strip():
        raise InvalidDraft("a task ends in a state that settles it, and with a note")
    task = request.task(target)
    if task is None:
        raise UnknownRequest("there is no such target")
    if request.state not in IN_WORK or not is_stuck(task):
        raise InvalidState("this target does not wait for a person")
    matched = max(task.matched, int(state is TaskState.DONE))
    return request.with_task(replace(task, state=state, note=note, at=now, retry_at=0, matched=matched))


def appealed(request: Request, id: str, by: str, now: int) -> Request:
    """Its denial is to be looked at again: in time, and one appeal at a time."""
    if request.state is not State.DENIED or request.appeal or now >= request.ended + _APPEALABLE:
        raise InvalidState("there is no denial to appeal against, or not any more")
    return replace(request, appeals=(*request.appeals, Appeal(id, now, now + APPEAL_SECONDS, by)))


def may_reopen(request: Request, now: int) -> bool:
    """Whether a denial may still be undone: whom it is about has to be known until then."""
    return request.state is State.DENIED and (request.appeal is not None or now < request.ended + _APPEALABLE)


def appeal_decided(request: Request, id: str, upheld: bool, by: str, now: int) -> Request:
    """An appeal is decided, by somebody else than who denied: upheld, the request goes on where it was. Who asks is
    verified after it as before it."""
    appeal = next((each for each in request.appeals if each.id == id), None)
    if appeal is None:
        raise UnknownRequest("there is no such appeal")
    if request.state is not State.DENIED or appeal.decision:
        raise InvalidState("this appeal is decided")
    if request.denial and request.denial.by == by:
        raise SamePrincipal("an appeal is decided by somebody else than the one who denied")
    decided = replace(appeal, decision="upheld" if upheld else "rejected", decided_by=by, decided=now)
    appeals = tuple(decided if each is appeal else each for each in request.appeals)
    request = replace(request, appeals=appeals)
    if not upheld:
        return request
    if request.verification.method:
        return request.to(State.QUEUED, now)
    waited = [moment.at for moment in request.history if moment.state == State.AWAITING_VERIFICATION]
    window = request.expires - max(waited, default=request.received)
    return replace(request.to(State.AWAITING_VERIFICATION, now), expires=now + window)


def _moved(request: Request, state: State, now: int) -> Request:
    try:
        return request.to(state, now)
    except Illegal:
        raise InvalidState(f"this request is {request.state}, and stays so") from None
