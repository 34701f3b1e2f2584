"""The table of everything that can be asked about persons: at `/v1/dsr` and what stands beside it."""

from gateway.web.dsr import answers, bodies
from gateway.web.dsr.answers import BASE, RequestTold
from gateway.web.dsr.operation import Operation, scope_of

OPENAPI = "/v1/openapi.json"
CONSENT_RECORDS = "/v1/consent-records"
LINES = "application/x-ndjson"
ATTEST = "dsr:attest"  # in addition, for whoever says that a request is verified

_ONE = f"{BASE}/{{id}}"
_STATE = ("not-found", "invalid-state")
_WHO = ("unsupported-identity", "invalid-identity")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "submit", "POST", BASE, "dsr:submit", "Hand in a request of a person",
        answer=RequestTold, body=bodies.Submission, statuses=(201, 200),
        problems=(*_WHO, "idempotency-conflict", "verification-failed", "callback-not-allowed", "unknown-destination"),
    ),
    Operation(
        "browse", "GET", BASE, "dsr:read", "List requests, the oldest first",
        answer=answers.RequestList, query=bodies.Browsing, problems=("invalid-cursor",),
    ),
    Operation(
        "preview", "POST", "/v1/dsr/preview", "dsr:preview", "Count what is kept of somebody, and change nothing",
        answer=answers.Preview, body=bodies.Somebody, problems=_WHO,
    ),
    Operation(
        "show", "GET", _ONE, "dsr:read", "Read a request", answer=RequestTold, statuses=(200, 304),
        problems=("not-found",), waits=True,
    ),
    Operation(
        "tasks", "GET", f"{_ONE}/tasks", "dsr:read", "Read the targets of a request", answer=answers.TaskList,
        problems=("not-found",),
    ),
    Operation(
        "events", "GET", f"{_ONE}/events", "dsr:read", "Read the states of a request in their order",
        answer=answers.EventList, problems=("not-found",),
    ),
    Operation(
        "complete", "POST", f"{_ONE}/tasks/{{target}}/complete", "dsr:manage", "Say what a person did about a target",
        answer=RequestTold, body=bodies.Completion, statuses=(202,), problems=_STATE, repeats=True,
    ),
    Operation(
        "verify", "POST", f"{_ONE}/verification", "dsr:verify", "Have a code sent, or show what verifies a request",
        answer=RequestTold, body=bodies.Proof, statuses=(200, 202),
        problems=(*_STATE, "verification-failed", "verification-expired", "too-many-attempts", "code-not-sent"),
    ),
    Operation(
        "cancel", "POST", f"{_ONE}/cancel", "dsr:manage", "End a request that nobody works on yet",
        answer=RequestTold, statuses=(202,), problems=_STATE, repeats=True,
    ),
    Operation(
        "extend", "POST", f"{_ONE}/extend", "dsr:manage", "Take one more period, once",
        answer=RequestTold, body=bodies.Reasoned, statuses=(202,), problems=_STATE, repeats=True,
    ),
    Operation(
        "deny", "POST", f"{_ONE}/deny", "dsr:manage", "Deny a request that nobody works on yet",
        answer=RequestTold, body=bodies.Refusal, statuses=(202,), problems=_STATE, repeats=True,
    ),
    Operation(
        "retry", "POST", f"{_ONE}/retry", "dsr:manage", "Try again what has failed",
        answer=RequestTold, body=bodies.Retry, statuses=(202,), problems=_STATE, repeats=True,
    ),
    Operation(
        "appeal", "POST", f"{_ONE}/appeals", "dsr:submit", "Have a denial looked at again",
        answer=RequestTold, statuses=(201,), problems=_STATE, repeats=True,
    ),
    Operation(
        "decide", "POST", f"{_ONE}/appeals/{{appeal}}/decision", "dsr:appeal", "Decide an appeal",
        answer=RequestTold, body=bodies.Ruling, problems=(*_STATE, "same-principal"), repeats=True,
    ),
    Operation(
        "receipt", "GET", f"{_ONE}/receipt", "dsr:read", "Read the signed receipt of a request that has ended",
        kind="application/jose", problems=("not-found", "receipt-not-ready"),
    ),
    Operation(
        "link", "POST", f"{_ONE}/package-links", "dsr:package", "Make a link to what is handed out on a request",
        answer=answers.PackageLink, statuses=(201,), problems=_STATE,
    ),
    Operation(
        "package", "GET", "/v1/dsr/packages/{token}", "dsr:package", "Fetch what is handed out",
        kind="application/zip", problems=("package-gone", "log-unavailable"), spends=True,
    ),
    Operation(
        "check", "POST", "/v1/suppressions/check", "suppress:read", "Tell what is refused of somebody",
        answer=answers.Suppressed, body=bodies.Somebody, problems=_WHO,
    ),
    Operation(
        "suppress", "PUT", "/v1/suppressions/{scope}", "suppress:write", "Refuse somebody's events from now on",
        answer=answers.Suppressed, body=bodies.Suppression, problems=(*_WHO, "not-found"),
    ),
    Operation(
        "unsuppress", "DELETE", "/v1/suppressions/{scope}", "suppress:write", "Let them through after a newer consent",
        answer=answers.Suppressed, body=bodies.Unsuppression, problems=(*_WHO, "not-found", "consent-not-newer"),
    ),
    Operation(
        "journal", "GET", "/v1/erasure-journal/head", "dsr:manage", "Tell where the journal of erasures ends",
        answer=answers.JournalHead, problems=("journal-broken",),
    ),
    Operation(
        "replay", "POST", "/v1/erasure-journal/replay", "dsr:manage", "Apply every erasure of the journal again",
        answer=answers.Replayed, problems=("journal-broken",),
    ),
    Operation(
        "consents", "GET", CONSENT_RECORDS, "consent:read", "Export the records of consent, one a line",
        kind=LINES, problems=("log-unavailable",),
    ),
)  # fmt: skip

# Scope -> what it lets somebody do, as `gateway api-keys create` offers it.
SCOPES = sorted({ATTEST, *(each.scope for each in OPERATIONS)})


def needed(method: str, path: str) -> str | None:
    """The scope that a request takes; None where nothing is at this path."""
    return scope_of(OPERATIONS, method, path)
