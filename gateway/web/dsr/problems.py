"""Tell what is wrong with a request to the API of rights as RFC 9457 does: a kind of a closed list, never a value."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response

from gateway.dsr.journal import JournalBroken
from gateway.dsr.problems import InvalidIdentity, Problem
from gateway.errors import LogUnavailable, StoreUnavailable

KIND = "application/problem+json"
TYPES = "urn:consent-gateway:problem:"
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Told(NamedTuple):
    """The status of a kind of problem, and its title."""

    status: int
    title: str


# Slug -> what is told of it. The slugs of `gateway.dsr.problems` are all here.
PROBLEMS: Mapping[str, Told] = {
    "malformed-json": Told(400, "The body is not JSON that can be read in one way only"),
    "invalid-parameter": Told(400, "Something that was sent has no such name or no such form"),
    "unauthenticated": Told(401, "This takes an API key that counts"),
    "insufficient-scope": Told(403, "This takes a key with another scope"),
    "no-browsers": Told(403, "No page of a browser may ask this"),
    "verification-failed": Told(403, "What was shown does not verify this request"),
    "same-principal": Told(403, "An appeal is decided by another key than the one that denied"),
    "not-found": Told(404, "There is no such thing"),
    "method-not-allowed": Told(405, "This cannot be asked with this method"),
    "idempotency-conflict": Told(409, "The same id or key came with another body, or is still being worked on"),
    "invalid-state": Told(409, "This does not let itself be treated like this now"),
    "receipt-not-ready": Told(409, "A request has a receipt when it has ended"),
    "verification-expired": Told(410, "The time to show this is over"),
    "package-gone": Told(410, "This package does not exist any more"),
    "too-large": Told(413, "The body is too long"),
    "unsupported-media-type": Told(415, "The body is sent as application/json"),
    "unsupported-identity": Told(422, "An identity of this type or format says nothing here"),
    "unsupported-request-type": Told(422, "A request of this type cannot be treated like this"),
    "invalid-identity": Told(422, "An identity cannot be read"),
    "invalid-cursor": Told(422, "A list does not go on there: this is no cursor of it"),
    "callback-not-allowed": Told(422, "A callback leads to a host that is not on the list"),
    "unknown-destination": Told(422, "A request is limited to a destination that there is not"),
    "consent-not-newer": Told(422, "There is no newer consent that would lift this"),
    "too-many-attempts": Told(429, "It was tried too often"),
    "rate-limited": Told(429, "Too many requests with this key"),
    "internal": Told(500, "Something went wrong here"),
    "key-store-unavailable": Told(503, "The store does not answer, and nothing was done"),
    "keys-unavailable": Told(503, "The API keys cannot be read"),
    "journal-broken": Told(503, "The journal of erasures cannot be read, or is not as it was written"),
    "log-unavailable": Told(503, "It cannot be evidenced, and was not done"),
    "code-not-sent": Told(503, "The code could not be sent"),
    "not-here": Told(503, "This process cannot do this; ask one that has the root key"),
}


class Refused(Exception):
    """A request that is answered with a problem. `errors` are pointers into what was sent (RFC 6901) with codes;
    `detail` are words of ours."""

    def __init__(
        self,
        slug: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        detail: str = "",
    ) -> None:
        self.slug = slug
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}
        super().__init__(slug)


def refused(error: Exception) -> Refused | None:
    """The problem that an exception of the rights, the store or the log stands for; None where it is a fault."""
    match error:
        case Refused():
            return error
        case StoreUnavailable():
            return Refused("key-store-unavailable", headers={"retry-after": str(error.retry_after)})
        case JournalBroken():
            return Refused("journal-broken", headers={"retry-after": "60"})
        case LogUnavailable():
            return Refused("log-unavailable", headers={"retry-after": "5"})
        case Problem():
            return _of_rights(error)
        case _:
            return None


def answered(problem: Refused) -> Response:
    """The answer. It holds the words of the table, and of the request no more than a place in it."""
    told = PROBLEMS[problem.slug]
    body: dict[str, Any] = {"type": TYPES + problem.slug, "title": told.title, "status": told.status}
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [dict(each) for each in problem.errors]
    return Response(json.dumps(body), told.status, {**HEADERS, **problem.headers}, KIND)


def _of_rights(error: Problem) -> Refused:
    where = []
    if isinstance(error, InvalidIdentity):
        where.append({"pointer": f"/subject_identities/{error.place}", "code": error.code})
    slow = {"retry-after": "60"} if PROBLEMS[error.slug].status in (429, 503) else {}
    return Refused(error.slug, where, slow, str(error))
