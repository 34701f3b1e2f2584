"""The bodies and queries that the API of rights takes: strict, closed, and bounded."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from gateway.dsr.deadlines import PLACES, VOLUNTARY
from gateway.dsr.identities import FORMATS
from gateway.dsr.identities import MOST as MOST_IDENTITIES
from gateway.dsr.request import DENIALS, SETTLED, Identity, State, Type
from gateway.web.dsr.cursor import MOST_CHARACTERS
from gateway.web.dsr.scalars import ClientId, Moment, Name, Reference, Taken, Text, number

MOST_ITEMS = 200
MOST_CALLBACKS = 4
_REGULATION = rf"^(?:{'|'.join([*PLACES, VOLUNTARY])}|us_state:[A-Z]{{2}}|region:[A-Z]{{2}}(?:-[A-Z0-9]{{1,3}})?)$"

# Name -> what a value of it looks like, for whoever sent another one. What has no name here is told by a code alone.
_A_TIME, _WORDS = "written as 2026-11-23T10:00:00Z", "words, of at most 1000 characters"
FORMS = {
    "code": "ten digits",
    "due_before": _A_TIME,
    "evidence_ref": "one word of letters, digits and ._:/#-",
    "identity_type": f"one of {', '.join(FORMATS)}, or a field such as id.ga_client_id",
    "note": _WORDS,
    "reason": f"{_WORDS}, and of a denial one of {', '.join(DENIALS)}",
    "reference": "the code of a request",
    "regulation": f"one of {', '.join([*PLACES, VOLUNTARY])}, or written as us_state:VA or region:BR",
    "subject_request_id": "a UUID of version 4 in lower case",
    "submitted_time": _A_TIME,
    "text": _WORDS,
}

_SOMEBODY: JsonDict = {
    "subject_identities": [{"identity_type": "email", "identity_value": "jane@shop.example", "identity_format": "raw"}]
}
_EXAMPLE: JsonDict = {
    **_SOMEBODY,
    "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
    "subject_request_type": "erasure",
    "regulation": "gdpr",
    "verification": {"method": "attested", "assurance": "substantial", "evidence_ref": "crm-991"},
}

Assurance = Literal["low", "substantial", "high"]


class IdentityBody(Taken):
    """One thing that a person is known by. Which types and formats say something: docs/how-to/answer-requests.md."""

    identity_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,40})?$")]
    identity_value: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\x00-\x1f\x7f]+$")]
    identity_format: Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}$")] = "raw"

    def identity(self) -> Identity:
        """As the desk takes it."""
        return Identity(self.identity_type, self.identity_value, self.identity_format)

    def __repr__(self) -> str:
        return f"<IdentityBody {self.identity_type}>"


Identities = Annotated[list[IdentityBody], Field(min_length=1, max_length=MOST_IDENTITIES)]


class ScopeBody(Taken):
    """What a request is limited to; `keep_suppressed` keeps the refusal that an erasure begins with."""

    destinations: Literal["all"] | Annotated[list[Name], Field(min_length=1, max_length=200)] = "all"
    keep_suppressed: bool = True


class Shown(Taken):
    """What was found already before a request was handed in: by the controller itself (`attested`, which takes the
    scope `dsr:attest`), or by the visitor's own cookie among the identities."""

    method: Literal["attested", "cookie"]
    assurance: Assurance = "low"
    evidence_ref: Reference | None = None


class Submission(Taken):
    """A request as it is handed in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    subject_request_id: ClientId
    subject_request_type: Type
    subject_identities: Identities
    regulation: Annotated[str, Field(pattern=_REGULATION)] = VOLUNTARY
    submitted_time: Moment | None = None
    scope: ScopeBody = ScopeBody()
    verification: Shown | None = None
    status_callback_urls: Annotated[
        list[Annotated[str, Field(max_length=1000, pattern=r"^https?://[!-~]+$")]], Field(max_length=MOST_CALLBACKS)
    ] = Field(default_factory=list)


class Somebody(Taken):
    """Identities, and nothing else."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SOMEBODY]})

    subject_identities: Identities


class Proof(Taken):
    """What is shown to verify a request. `email_otp` without a code has one sent to the address among its identities;
    `attested` takes the scope `dsr:attest`."""

    method: Literal["email_otp", "attested"]
    code: Annotated[str, Field(pattern=r"^[0-9]{10}$")] | None = None
    assurance: Assurance = "substantial"
    evidence_ref: Reference | None = None


class Reasoned(Taken):
    """Words for the person why."""

    reason: Text


class Refusal(Taken):
    """Why a request is denied: a word of the Data Rights Protocol's list, and a text for the person."""

    reason: Literal[DENIALS]  # type: ignore[valid-type]
    text: Text


class Retry(Taken):
    """Which target to try again; without one, all that failed."""

    target: Name | None = None


class Completion(Taken):
    """What a person has done about a target, and what it came to."""

    note: Text
    state: Literal[tuple(sorted(SETTLED))] = "done"  # type: ignore[valid-type]


class Ruling(Taken):
    """How an appeal is decided."""

    upheld: bool


class Suppression(Somebody):
    """Whose events are refused from now on."""


class Unsuppression(Taken):
    """Whose events are let through again. A newer consent is shown as the value of the visitor's own consent cookie."""

    subject_identities: Identities
    consent_record: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[!-~]+$")]


class Browsing(Taken):
    """Which requests to list."""

    state: State | None = None
    type: Type | None = None
    due_before: Moment | None = None
    reference: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$")] | None = None
    cursor: Annotated[str, Field(max_length=MOST_CHARACTERS, pattern=r"^[A-Za-z0-9_=-]*$")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS), BeforeValidator(number)] = 50
