"""Say of an act of choice what proves it later: what was asked and shown, what was answered, where, when and how.

The shape is that of a consent record of ISO/IEC TS 27560:2023. Of the person it holds a commitment alone, whose salt
stands beside it: whoever has both and the pseudonym can show whose it is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gateway.audit.commitment import commit
from gateway.audit.receipt import sign_receipt
from gateway.consent.receipt import ConsentRecord
from gateway.policy.model import DestinationRule, Purpose

SCHEMA = "ISO/IEC TS 27560:2023"

# What an act of choice came to: a first yes, a first no, less than before, at least as much as before.
STATES = ("given", "refused", "withdrawn", "renewed")

# How a choice was made: at `/consent`, or on the page where a visitor looks after what is known.
METHODS = ("consent", "privacy_page")


class Notice(NamedTuple):
    """What a page says that it showed: the name of the notice, the SHA-256 of its text in hexadecimal digits, and its
    language. Empty where nothing was said."""

    id: str = ""
    digest: str = ""
    language: str = ""


class Around(NamedTuple):
    """What stood around a choice: the site and its host, the evidence of the place, the opt-out signals of the browser,
    how it was made, and what was shown."""

    site: str
    host: str
    regions: tuple[str, ...] = ()
    gpc: bool = False
    dnt: bool = False
    method: str = "consent"
    notice: Notice = Notice()


class Offer(NamedTuple):
    """What there was to choose, under one version of the policy."""

    fingerprint: str
    purposes: Mapping[str, Purpose]
    destinations: Mapping[str, DestinationRule]


class Act(NamedTuple):
    """One act of choice, and the record before it."""

    chosen: ConsentRecord
    before: ConsentRecord | None
    around: Around
    offer: Offer


class Marks(NamedTuple):
    """What makes one record out of many: ids, the pseudonym with its salt, the record before it, and until when it is
    kept (POSIX seconds)."""

    record: str
    receipt: str
    subject: str
    salt: bytes
    previous: str
    until: int


def state_of(before: ConsentRecord | None, chosen: ConsentRecord) -> str:
    """One of STATES: what a choice is beside the one before it."""
    had, has = _granted(before), _granted(chosen)
    if had - has:
        return "withdrawn"
    if had:
        return "renewed"
    return "given" if has else "refused"


def conflict_of(act: Act) -> str:
    """Whether a yes met an opt-out signal of the browser, and whether the visitor was told so: `none`, `shown` or
    `not_shown` (11 CCR 7025(c)(3))."""
    if not (act.around.gpc and _granted(act.chosen)):
        return "none"
    return "shown" if act.chosen.notified else "not_shown"


def record_of(act: Act, marks: Marks) -> dict[str, Any]:
    """The record of an act. Times are RFC 3339 in UTC."""
    chosen, around = act.chosen, act.around
    return {
        "schema_version": SCHEMA,
        "record_id": marks.record,
        "receipt_id": marks.receipt,
        "previous_record_id": marks.previous or None,
        "pii_principal_id": {"commitment": commit(marks.salt, marks.subject), "salt": marks.salt.hex()},
        "pii_processing": {
            "privacy_notice": {"id": around.notice.id, "sha256": around.notice.digest} if around.notice.id else None,
            "language": around.notice.language or None,
            "purposes": [
                _purpose(act.offer, choice.purpose, choice.granted, choice.terms) for choice in chosen.choices
            ],
            "pii_controllers": [around.site],
            "storage_location": f"https://{around.host}",
            "retention_until": _time(marks.until),
            "jurisdiction": list(around.regions),
            "withdrawal_method": f"https://{around.host}/privacy/withdraw",
            "collection_method": around.method,
        },
        "party_identification": [
            {"party_id": around.site, "party_type": "pii_controller", "party_contact": f"https://{around.host}/privacy"}
        ],
        "event": {
            "event_time": _time(chosen.given),
            "valid_until": _time(chosen.expires),
            "entity_id": "pii_principal",
            "event_type": "explicit",
            "event_state": state_of(act.before, chosen),
        },
        "policy": act.offer.fingerprint,
        "signals": {"gpc": around.gpc, "dnt": around.dnt},
        "conflict_notice": conflict_of(act),
    }


def receipt_of(record: Mapping[str, Any], seed: bytes) -> str:
    """The record as its visitor takes it home: signed with the key `seed`, 32 bytes."""
    given = datetime.fromisoformat(record["event"]["event_time"])
    claims = {
        "iss": record["pii_processing"]["storage_location"],
        "iat": int(given.timestamp()),
        "jti": record["receipt_id"],
        "consent": record,
    }
    return sign_receipt("consent", claims, seed)


def _purpose(offer: Offer, name: str, granted: bool, terms: str) -> dict[str, Any]:
    """A purpose as it was asked for. One that the policy no longer has is told by its name."""
    purpose = offer.purposes.get(name)
    serving = [rule for rule in offer.destinations.values() if name in rule.served]
    return {
        "purpose": name,
        "label": purpose.label if purpose else name,
        "family": purpose.family if purpose else None,
        "terms": terms,
        "granted": granted,
        "lawful_basis": "consent",
        "pii_information": sorted({field for rule in serving for field in rule.fields}),
        "recipient_third_parties": [rule.label or rule.name for rule in serving],
    }


def _granted(record: ConsentRecord | None) -> set[str]:
    return {choice.purpose for choice in record.choices if choice.granted} if record else set()


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
