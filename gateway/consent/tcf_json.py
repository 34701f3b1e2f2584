"""Show a TC string as JSON values, under the names that the official JavaScript library uses."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import PublisherTc, TcString, decode_tcf
from gateway.consent.tcf_v1 import TcStringV1, decode_tcf_v1
from gateway.consent.vendor_ids import VendorIds

YEAR = 366 * 864_000  # tenths of seconds
# More than a publisher restricts: every vendor of the list for every purpose. A few hundred characters can say ten
# times that.
MAX_SHOWN_IDS = 65_536

_LATER_ONLY = (
    "policyVersion",
    "isServiceSpecific",
    "useNonStandardTexts",
    "specialFeatureOptins",
    "purposesLegitimateInterest",
    "purposeOneTreatment",
    "publisherCC",
    "vendorsLI",
    "pubRestrictions",
    "vendorsDisclosed",
    "vendorsAllowed",
    "publisherTC",
)


def show_tcf(text: str, now: float = math.inf) -> dict[str, Any] | Invalid:
    """Every field of a TC string of version 2, or of the withdrawn version 1 (null where that has no such field).

    Clocks go wrong, but a string both of whose dates are more than a year after `now` (POSIX seconds) is no CMP's.
    """
    tc = decode_tcf_v1(text) if text.startswith("B") else decode_tcf(text)
    if isinstance(tc, Invalid):
        return tc
    if far_ahead(tc.created, tc.last_updated, now):
        return Invalid("dated in the future")
    if isinstance(tc, TcStringV1):
        return _version_1(tc)
    return too_many(item.vendors for item in tc.restrictions) or _version_2(tc)


def far_ahead(created: int, updated: int, now: float) -> bool:
    """Whether both dates (tenths of seconds) are more than a year after `now` (seconds)."""
    return min(created, updated) > now * 10 + YEAR


def too_many(groups: Iterable[VendorIds | None]) -> Invalid | None:
    """A refusal to spell out vendor ids where they are more than MAX_SHOWN_IDS; told before one is."""
    if sum(vendors.at_most() for vendors in groups if vendors is not None) > MAX_SHOWN_IDS:
        return Invalid(f"more than {MAX_SHOWN_IDS} vendor ids")
    return None


def _common(tc: TcString | TcStringV1) -> dict[str, Any]:
    return {
        "created": show_time(tc.created),
        "lastUpdated": show_time(tc.last_updated),
        "cmpId": tc.cmp_id,
        "cmpVersion": tc.cmp_version,
        "consentScreen": tc.consent_screen,
        "consentLanguage": tc.consent_language,
        "vendorListVersion": tc.vendor_list_version,
        "purposesConsent": list(tc.purposes_consent),
        "vendorsConsent": list(tc.vendors_consent),
    }


def _version_1(tc: TcStringV1) -> dict[str, Any]:
    return {"version": 1, **_common(tc), **dict.fromkeys(_LATER_ONLY), "segments": ["core"]}


def _version_2(tc: TcString) -> dict[str, Any]:
    return {
        "version": 2,
        **_common(tc),
        "policyVersion": tc.policy_version,
        "isServiceSpecific": tc.is_service_specific,
        "useNonStandardTexts": tc.use_non_standard_texts,
        "specialFeatureOptins": list(tc.special_feature_optins),
        "purposesLegitimateInterest": list(tc.purposes_legitimate_interest),
        "purposeOneTreatment": tc.purpose_one_treatment,
        "publisherCC": tc.publisher_cc.upper(),
        "vendorsLI": list(tc.vendors_legitimate_interest),
        "pubRestrictions": [
            {"purposeId": item.purpose, "restrictionType": item.kind, "vendors": list(item.vendors)}
            for item in sorted(tc.restrictions, key=lambda item: (item.purpose, item.kind))
        ],
        "segments": list(tc.segments),
        "vendorsDisclosed": _ids(tc.vendors_disclosed),
        "vendorsAllowed": _ids(tc.vendors_allowed),
        "publisherTC": _publisher(tc.publisher),
    }


def _ids(vendors: VendorIds | None) -> list[int] | None:
    return None if vendors is None else list(vendors)


def _publisher(publisher: PublisherTc | None) -> dict[str, Any] | None:
    if publisher is None:
        return None
    return {
        "purposesConsent": list(publisher.purposes_consent),
        "purposesLegitimateInterest": list(publisher.purposes_legitimate_interest),
        "numCustomPurposes": publisher.custom_purposes,
        "customPurposesConsent": list(publisher.custom_purposes_consent),
        "customPurposesLegitimateInterest": list(publisher.custom_purposes_legitimate_interest),
    }


def show_time(tenths: int) -> str:
    """Tenths of seconds since 1970 as RFC 3339 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(tenths // 10, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{tenths % 10}00Z"
