"""Tell what a decoded string grants, as a set; and what it restricts."""

from gateway.consent.gpp_fields import CHILDREN, SENSITIVE
from gateway.consent.gpp_us import UsSection
from gateway.consent.tcf import TcString
from gateway.consent.usp import UsPrivacy

CHOICES = ("sale", "sharing", "targeted_advertising")
LISTS = {"sensitive": SENSITIVE, "child": CHILDREN}


def in_tcf(tc):
    return {
        (kind, each)
        for kind, ids in (
            ("purpose", tc.purposes_consent),
            ("interest", tc.purposes_legitimate_interest),
            ("feature", tc.special_feature_optins),
            ("vendor", tc.vendors_consent),
            ("vendor interest", tc.vendors_legitimate_interest),
            ("disclosed", tc.vendors_disclosed or ()),
            ("allowed", tc.vendors_allowed or ()),
        )
        for each in ids
    } | _publisher(tc.publisher)


def _canadian(section):
    return {
        (kind, each)
        for kind, ids in (
            ("purpose", section.purposes_express),
            ("interest", section.purposes_implied),
            ("feature", section.special_features_express),
            ("vendor", section.vendors_express),
            ("vendor interest", section.vendors_implied),
            ("disclosed", section.vendors_disclosed or ()),
        )
        for each in ids
    } | _publisher(section.publisher)


def _publisher(publisher):
    if publisher is None:
        return set()
    purposes, interests, _, custom, custom_interests = publisher
    kinds = {"own": purposes, "own interest": interests, "custom": custom, "custom interest": custom_interests}
    return {(kind, each) for kind, ids in kinds.items() for each in ids}


def in_section(section):
    """What a section of a GPP string grants. For a US section that is what it does not refuse."""
    if isinstance(section, TcString):
        return in_tcf(section)
    if isinstance(section, UsPrivacy):
        return set() if section.opted_out else {("sale", 0)}
    if not isinstance(section, UsSection):
        return _canadian(section)
    open_choices = {(choice, 0) for choice in CHOICES if not getattr(section, choice)}
    lists = {kind: section.withheld(name) for kind, name in LISTS.items()}
    return open_choices | {(kind, at) for kind, withheld in lists.items() for at, no in enumerate(withheld) if not no}


def restricted(tc):
    return {(item.purpose, item.kind, vendor) for item in tc.restrictions for vendor in item.vendors}
