"""Know the flags by which vendors' own tags and OpenRTB say that data may only be used in a limited way.

Each is an opt-out of sale, sharing and advertising by profile, never a consent. A page that left such a flag unreplaced
meant to say something: that counts as an opt-out too.
"""

import re

# Parameter -> the values (in lower case) that limit. What else it says is nothing.
LIMITED: dict[str, frozenset[str]] = {
    "dpo": frozenset({"ldu"}),  # Meta's pixel: Limited Data Use; `dpoco` and `dpost` only tell where
    "data_processing_options": frozenset({"ldu", "lmu", "limited_data_use"}),  # Meta's and Reddit's APIs; Snap's LMU
    "dpm": frozenset({"ldu"}),  # Reddit's pixel
    "limited_data_use": frozenset({"1", "true"}),  # TikTok's pixel and API
    "ldu": frozenset({"1", "true"}),
    "rdp": frozenset({"1", "true"}),  # Google: restricted data processing
    "ltd": frozenset({"1", "true"}),  # Google: limited ads
    "restricted_data_use": frozenset({"restrict_optimization", "1", "true"}),  # X
    "opt_out_type": frozenset({"ldp"}),  # Pinterest: Limited Data Processing, one of several words perhaps
    "asc": frozenset({"d"}),  # Microsoft UET: ad_storage denied
    "tfcd": frozenset({"1"}),  # Google: for children, which Floodlight's tags write out
    "tag_for_child_directed_treatment": frozenset({"1"}),
    "tfua": frozenset({"1"}),  # Google: under the age of consent
    "coppa": frozenset({"1", "true"}),  # OpenRTB `regs.coppa`
    "lmt": frozenset({"1", "true"}),  # OpenRTB `device.lmt`: what the phone says of ad tracking
    "dc_lat": frozenset({"1"}),  # the same in Floodlight's tags
}

# Ways in which ad servers and tag managers write what they would put a value for.
_MACRO = re.compile(r'\$\{.*|%24%7b.*|\{\{.*|%7b%7b.*|\[[^\]"]+\]|%%.*%%|undefined|null', re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"[a-z0-9_]+")


def is_unreplaced(value: str) -> bool:
    """Whether a value is the macro that should have been replaced by one."""
    return _MACRO.fullmatch(value.strip()) is not None


def limits(name: str, value: str) -> bool:
    """Whether a flag of LIMITED limits."""
    return not LIMITED[name].isdisjoint(_WORD.findall(value.lower())) or is_unreplaced(value)
