"""Show a GPP string as JSON values, under the names that the official JavaScript library uses."""

import math
from collections.abc import Iterable
from typing import Any

from gateway.consent.gpp import GppString, Section, decode_gpp
from gateway.consent.gpp_fields import CHILDREN, SENSITIVE
from gateway.consent.gpp_us import USNAT, UsSection, Value
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import PublisherTc, Restriction, TcString
from gateway.consent.tcf_ca import TcfCaString
from gateway.consent.tcf_json import far_ahead, show_time, too_many
from gateway.consent.usp import UsPrivacy
from gateway.consent.vendor_ids import VendorIds

# Segment types of the two TCF sections.
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3
# Whether it is version 1 -> how many kinds usnat lists.
_USNAT_LENGTHS = {True: {SENSITIVE: 12, CHILDREN: 2}, False: {SENSITIVE: 16, CHILDREN: 3}}


def show_gpp(text: str, now: float = math.inf) -> dict[str, Any] | Invalid:
    """The ids of the sections, and every field of those that are known. `now` as in `show_tcf`."""
    gpp = decode_gpp(text)
    return gpp if isinstance(gpp, Invalid) else _refusal(gpp, now) or _shown(gpp)


def _refusal(gpp: GppString, now: float) -> Invalid | None:
    dates = [(each.created, each.last_updated) for each in (gpp.tcf, gpp.canada) if each]
    if any(far_ahead(*pair, now) for pair in dates):
        return Invalid("dated in the future")
    return too_many(vendors for section in gpp.sections.values() for vendors in _vendors(section))


def _vendors(section: Section) -> list[VendorIds | None]:
    if isinstance(section, TcString):
        restricted = [item.vendors for item in section.restrictions]
        own = [section.vendors_consent, section.vendors_legitimate_interest, section.vendors_allowed]
        return [*restricted, *own, section.vendors_disclosed]
    if isinstance(section, TcfCaString):
        restricted = [item.vendors for item in section.restrictions]
        return [*restricted, section.vendors_express, section.vendors_implied, section.vendors_disclosed]
    return []


def _shown(gpp: GppString) -> dict[str, Any]:
    sections = {name: _section(section) for name, section in gpp.sections.items()}
    return {"sectionIds": list(gpp.section_ids), "sections": sections}


def _section(section: Section) -> dict[str, Any]:
    if isinstance(section, UsSection):
        return {name: _value(section, name, each) for name, each in section.fields.items()}
    if isinstance(section, UsPrivacy):
        names = ("Version", "Notice", "OptOutSale", "LspaCovered")
        return dict(zip(names, (1, *section), strict=True))
    return _european(section) if isinstance(section, TcString) else _canadian(section)


def _value(section: UsSection, name: str, value: Value) -> Any:
    """A field as it is shown; in usnat the version tells the length of a list, and what was not written is 0."""
    if not isinstance(value, tuple):
        return value
    if section.id != USNAT:
        return list(value)
    length = _USNAT_LENGTHS[section.fields["Version"] == 1][name]
    return [*value, *[0] * length][:length]


def _european(tc: TcString) -> dict[str, Any]:
    return {
        "Version": 2,
        **_common(tc),
        "PolicyVersion": tc.policy_version,
        "IsServiceSpecific": tc.is_service_specific,
        "UseNonStandardStacks": tc.use_non_standard_texts,
        "SpecialFeatureOptins": list(tc.special_feature_optins),
        "PurposeConsents": list(tc.purposes_consent),
        "PurposeLegitimateInterests": list(tc.purposes_legitimate_interest),
        "PurposeOneTreatment": tc.purpose_one_treatment,
        "PublisherCountryCode": tc.publisher_cc,
        "VendorConsents": list(tc.vendors_consent),
        "VendorLegitimateInterests": list(tc.vendors_legitimate_interest),
        "PublisherRestrictions": _restrictions(tc.restrictions),
        **_publisher(
            tc.publisher,
            ("PublisherPurposesSegmentType", "PublisherConsents", "PublisherLegitimateInterests"),
            ("PublisherCustomConsents", "PublisherCustomLegitimateInterests"),
        ),
        **_segment("VendorsAllowed", _ALLOWED, tc.vendors_allowed),
        **_segment("VendorsDisclosed", _DISCLOSED, tc.vendors_disclosed),
    }


def _canadian(section: TcfCaString) -> dict[str, Any]:
    return {
        "Version": 1,
        **_common(section),
        "TcfPolicyVersion": section.policy_version,
        "UseNonStandardStacks": section.use_non_standard_stacks,
        "SpecialFeatureExpressConsent": list(section.special_features_express),
        "PurposesExpressConsent": list(section.purposes_express),
        "PurposesImpliedConsent": list(section.purposes_implied),
        "VendorExpressConsent": list(section.vendors_express),
        "VendorImpliedConsent": list(section.vendors_implied),
        "PubRestrictions": _restrictions(section.restrictions),
        **_publisher(
            section.publisher,
            ("PubPurposesSegmentType", "PubPurposesExpressConsent", "PubPurposesImpliedConsent"),
            ("CustomPurposesExpressConsent", "CustomPurposesImpliedConsent"),
        ),
        **_segment("DisclosedVendors", _DISCLOSED, section.vendors_disclosed),
    }


def _common(section: TcString | TcfCaString) -> dict[str, Any]:
    return {
        "Created": show_time(section.created),
        "LastUpdated": show_time(section.last_updated),
        "CmpId": section.cmp_id,
        "CmpVersion": section.cmp_version,
        "ConsentScreen": section.consent_screen,
        "ConsentLanguage": section.consent_language,
        "VendorListVersion": section.vendor_list_version,
    }


def _restrictions(restrictions: Iterable[Restriction]) -> list[dict[str, Any]]:
    return [{"key": item.purpose, "type": item.kind, "ids": list(item.vendors)} for item in restrictions]


def _publisher(publisher: PublisherTc | None, names: tuple[str, ...], custom: tuple[str, ...]) -> dict[str, Any]:
    if publisher is None:
        return {}
    consent, interest, count, custom_consent, custom_interest = publisher
    values = (_PUBLISHER, list(consent), list(interest), count, list(custom_consent), list(custom_interest))
    return dict(zip((*names, "NumCustomPurposes", *custom), values, strict=True))


def _segment(name: str, kind: int, vendors: VendorIds | None) -> dict[str, Any]:
    return {} if vendors is None else {f"{name}SegmentType": kind, name: list(vendors)}
