"""Write what is told of a request as OpenDSR does (sections 7.3 to 9.2), with the true state in our extension.

The protocol knows four states and no failure. What it cannot say, that nobody was found, that a vendor cannot delete,
that a request was denied and why, stands beside it and is never left out.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.dsr.request import Request, State, Task
from gateway.web.opendsr.words import STATUSES, TYPES, VERSION, VISITORS, supported, written

Body = dict[str, Any]


def discovery(domain: str, certificate: str) -> Body:
    """What is understood here; `certificate` is the address of the one that answers are signed with."""
    return {
        "api_version": VERSION,
        "supported_identities": supported(),
        "supported_subject_request_types": [str(type_) for type_ in TYPES],
        "processor_certificate": certificate,
        "extensions": {domain: {"identities": [VISITORS]}},
    }


def received(request: Request, domain: str, warnings: Sequence[str] = (), echo: bytes | None = None) -> Body:
    """That a request was taken. `echo` is its whole body, where it is to be sent back."""
    body = {**_named(request), "received_time": written(request.received)}
    if echo is not None:
        body["encoded_request"] = base64.b64encode(echo).decode()
    truth = {**_truth(request), **({"warnings": list(warnings)} if warnings else {})}
    return {**body, "api_version": VERSION, "extensions": {domain: truth}}


def status(request: Request, domain: str) -> Body:
    """How far a request is."""
    return {
        **_named(request),
        "request_status": STATUSES[request.state],
        "api_version": VERSION,
        "extensions": {domain: _truth(request)},
    }


def change(request: Request, domain: str, place: int, url: str) -> Body:
    """What a callback tells of the change at this place of a request's history."""
    state, last = State(request.history[place].state), place == len(request.history) - 1
    truth = _truth(request) if last else {"state": str(state)}
    at = written(request.history[place].at)
    return {
        **_named(request),
        "request_status": STATUSES[state],
        "status_callback_url": url,
        "api_version": VERSION,
        "extensions": {domain: {**truth, "at": at}},
    }


def cancelled(request: Request, domain: str, at: int) -> Body:
    """That a request was cancelled, at a time in POSIX seconds."""
    return {
        "controller_id": request.by,
        "subject_request_id": request.subject_request_id,
        "received_time": written(at),
        "api_version": VERSION,
        "extensions": {domain: _truth(request)},
    }


def error(code: int, reason: str, message: str) -> Body:
    """Why something is not taken (section 7.6)."""
    detail = {"domain": "Validation" if code < 500 else "Service", "reason": reason, "message": message}
    return {"error": {"code": code, "message": message, "errors": [detail]}}


def _named(request: Request) -> Body:
    return {
        "controller_id": request.by,
        "expected_completion_time": written(request.due),
        "subject_request_id": request.subject_request_id,
    }


def _truth(request: Request) -> Body:
    truth: Body = {"request": request.id, "reference": request.reference, "state": str(request.state)}
    if request.outcome:
        truth["outcome"] = str(request.outcome)
    if request.denial:
        truth |= {"reason": request.denial.reason, "explanation": request.denial.text}
    if request.extension:
        truth["extended"] = {"reason": request.extension.reason, "until": written(request.extension.due)}
    if request.tasks:
        truth["tasks"] = [_task(task) for task in request.tasks]
    return truth


def _task(task: Task) -> Mapping[str, Any]:
    told: Body = {"target": task.target, "state": str(task.state), "matched": task.matched, "deleted": task.deleted}
    if task.completes_by:
        told["completes_by"] = written(task.completes_by)
    return told
