"""Write a request of a person for the eye: a line, or a page, with its deadline."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.days import SECONDS_A_DAY

_HOUR = 3600


def line(request: Mapping[str, Any], now: float | None = None) -> str:
    """A request in one line."""
    outcome = f"/{request['outcome']}" if request["outcome"] else ""
    state = f"{request['state']}{outcome}"
    return "  ".join([request["id"], request["reference"], request["type"], state, deadline(request, now)])


def page(request: Mapping[str, Any], now: float | None = None) -> str:
    """A request with what is told of it."""
    verification = request["verification"]
    how = f"{verification['state']}" + (f" ({verification['method']})" if verification["method"] else "")
    rows = {
        "id": request["id"],
        "reference": request["reference"],
        "of the client": request["subject_request_id"],
        "type": f"{request['type']}, {request['regulation']}, by {', '.join(request['identity_types'])}",
        "state": request["state"] + (f", {request['outcome']}" if request["outcome"] else ""),
        "received": request["received_at"],
        "deadline": deadline(request, now),
        "verification": how,
    }
    if request["denial"]:
        rows["denied"] = f"{request['denial']['reason']}: {request['denial']['text']}"
    if request["appeals"]:
        appeal = request["appeals"][-1]
        rows["appeal"] = appeal["decision"] or f"due {appeal['due_at']} ({distance(appeal['due_at'], now)})"
    if request["extension"]:
        rows["extended"] = request["extension"]["reason"]
    told = [f"{name:<14}{value}" for name, value in rows.items()]
    return "\n".join([*told, *(f"{'target':<14}{_task(task)}" for task in request["tasks"])])


def task_line(row: Mapping[str, Any], now: float | None = None) -> str:
    """A target with its request in one line."""
    return f"{row['request']}  {_task(row)}  due {row['due_at']} ({distance(row['due_at'], now)})"


def deadline(request: Mapping[str, Any], now: float | None = None) -> str:
    """Until when a request or its appeal is to be answered, and how long that is; or when it has ended."""
    appeal = next((each["due_at"] for each in request["appeals"] if not each["decision"]), None)
    if appeal:
        return f"appeal due {appeal} ({distance(appeal, now)})"
    if request["ended_at"]:
        return f"ended {request['ended_at']}"
    return f"due {request['due_at']} ({distance(request['due_at'], now)})"


def distance(at: str, now: float | None = None) -> str:
    """How far a time is away: `in 12 days`, `overdue by 3 hours`."""
    left = datetime.fromisoformat(at).timestamp() - (time.time() if now is None else now)
    size, unit = (SECONDS_A_DAY, "day") if abs(left) >= SECONDS_A_DAY else (_HOUR, "hour")
    number = int(abs(left) // size)
    told = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"overdue by {told}" if left < 0 else f"in {told}"


def _task(task: Mapping[str, Any]) -> str:
    counts = f"{task['matched']} found, {task['deleted']} gone"
    later = [f"{name} {task[key]}" for name, key in (("again", "retry_at"), ("until", "completes_by")) if task[key]]
    return "  ".join([task["target"], task["state"], counts, *later, *([task["note"]] if task["note"] else [])])
