"""Say in a receipt what became of a request, target by target, so that anybody can check who says so."""

from typing import Any

from gateway.audit.receipt import sign_receipt
from gateway.dsr.request import Request, State, Task


def receipt(request: Request, issuer: str, now: int, seed: bytes) -> str:
    """The signed receipt of a request that has ended, or whose tasks are settled. It names no person; `seed` signs it.

    `outcome` is what a completed request came to, and the state of one that ended without; of a denial it says why.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "iat": now,
        "jti": request.id,
        "type": str(request.type),
        "regulation": request.regulation,
        "received": request.received,
        "due": request.due,
        "outcome": str(request.outcome or request.state),
        **({"reason": request.denial.reason} if request.denial and request.state is State.DENIED else {}),
        "targets": [_target(task) for task in request.tasks],
    }
    return sign_receipt("dsr", claims, seed)


def _target(task: Task) -> dict[str, Any]:
    told = {"target": task.target, "method": task.method, "state": str(task.state), "at": task.at}
    counts = {"matched": task.matched, "deleted": task.deleted}
    words = {"note": task.note, "vendor_ref": task.vendor_ref}
    return {**told, **counts, **{name: word for name, word in words.items() if word}}
