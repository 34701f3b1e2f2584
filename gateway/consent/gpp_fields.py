"""The fields of the US sections of a GPP string, as their own specifications list them.

IAB Global Privacy Platform, "US Privacy sections", one specification a state. A field is two bits wide unless its row
says otherwise: `Version:6`; `Name*9` is nine fields of two bits, shown as one list.
"""

from typing import NamedTuple


class Field(NamedTuple):
    """The bits from `start` up to `end`. `times` is None for one number, else the length of a list, two bits each."""

    name: str
    start: int
    end: int
    times: int | None

    @property
    def width(self) -> int:
        """All its bits."""
        return self.end - self.start


class UsLayout(NamedTuple):
    """A section: `version` is the newest that is known, `part` what a second segment holds, if there may be one."""

    id: int
    name: str
    version: int
    core: tuple[Field, ...]
    part: str

    @property
    def width(self) -> int:
        """The bits of the core without padding."""
        return self.core[-1].end


GPC = "Gpc"
SENSITIVE = "SensitiveDataProcessing"
CHILDREN = "KnownChildSensitiveDataConsents"

# The values of the last three fields of most sections.
_MSPA = "MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode"
_CHOICES = "SaleOptOut TargetedAdvertisingOptOut"
_SHARING = f"Version:6 SharingNotice SaleOptOutNotice TargetedAdvertisingOptOutNotice {_CHOICES}"
_PROCESSING = f"Version:6 ProcessingNotice SaleOptOutNotice TargetedAdvertisingOptOutNotice {_CHOICES}"
_ADDITIONAL = f"AdditionalDataProcessingConsent {_MSPA}"
# The sections of October 2025 begin with the agreement instead of ending with it.
_MSPA_FIRST = (
    "MspaVersion:6 MspaCoveredTransaction MspaMode "
    f"ProcessingNotice SaleOptOutNotice TargetedAdvertisingOptOutNotice {_CHOICES}"
)
_MSPA_CHILDREN = f"{_MSPA_FIRST} {CHILDREN} AdditionalDataProcessingConsent"
_NATIONAL = (
    "Version:6 SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice "
    "SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice "
    "SaleOptOut SharingOptOut TargetedAdvertisingOptOut"
)

# Id, name, newest version, core, second segment.
_ROWS = (
    (7, "usnat", 2, f"{_NATIONAL} {SENSITIVE}*16 {CHILDREN}*3 PersonalDataConsents {_MSPA}", GPC),
    (8, "usca", 1, "Version:6 SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut"
     f" {SENSITIVE}*9 {CHILDREN}*2 PersonalDataConsents {_MSPA}", GPC),
    (9, "usva", 1, f"{_SHARING} {SENSITIVE}*8 {CHILDREN} {_MSPA}", ""),
    (10, "usco", 1, f"{_SHARING} {SENSITIVE}*7 {CHILDREN} {_MSPA}", GPC),
    (11, "usut", 1, "Version:6 SharingNotice SaleOptOutNotice TargetedAdvertisingOptOutNotice"
     f" SensitiveDataProcessingOptOutNotice {_CHOICES} {SENSITIVE}*8 {CHILDREN} {_MSPA}", ""),
    (12, "usct", 1, f"{_SHARING} {SENSITIVE}*8 {CHILDREN}*3 {_MSPA}", GPC),
    (13, "usfl", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN}*3 {_ADDITIONAL}", ""),
    (14, "usmt", 1, f"{_SHARING} {SENSITIVE}*8 {CHILDREN}*3 {_ADDITIONAL}", GPC),
    (15, "usor", 1, f"{_PROCESSING} {SENSITIVE}*11 {CHILDREN}*3 {_ADDITIONAL}", GPC),
    (16, "ustx", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN} {_ADDITIONAL}", GPC),
    (17, "usde", 1, f"{_PROCESSING} {SENSITIVE}*9 {CHILDREN}*5 {_ADDITIONAL}", GPC),
    (18, "usia", 1, "Version:6 ProcessingNotice SaleOptOutNotice TargetedAdvertisingOptOutNotice"
     f" SensitiveDataOptOutNotice {_CHOICES} {SENSITIVE}*8 {CHILDREN} {_MSPA}", GPC),
    (19, "usne", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN} {_ADDITIONAL}", GPC),
    (20, "usnh", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN}*3 {_ADDITIONAL}", GPC),
    (21, "usnj", 1, f"{_PROCESSING} {SENSITIVE}*10 {CHILDREN}*5 {_ADDITIONAL}", GPC),
    (22, "ustn", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN} {_ADDITIONAL}", GPC),
    (23, "usmn", 1, f"{_PROCESSING} {SENSITIVE}*8 {CHILDREN} {_ADDITIONAL}", GPC),
    (24, "usmd", 1, f"{_MSPA_FIRST} AdditionalDataProcessingConsent", GPC),
    (25, "usin", 1, _MSPA_CHILDREN, SENSITIVE),
    (26, "usky", 1, _MSPA_CHILDREN, SENSITIVE),
    (27, "usri", 1, _MSPA_CHILDREN, SENSITIVE),
)  # fmt: skip


def _core(words: str) -> tuple[Field, ...]:
    found: list[Field] = []
    for word in words.split():
        name, _, times = word.partition("*")
        name, _, width = name.partition(":")
        start = found[-1].end if found else 0
        found.append(Field(name, start, start + int(width or 2) * int(times or 1), int(times) if times else None))
    return tuple(found)


US_LAYOUTS = {row[0]: UsLayout(row[0], row[1], row[2], _core(row[3]), row[4]) for row in _ROWS}
# usnat, version 1: twelve kinds of sensitive data and two of children.
USNAT_OLD = US_LAYOUTS[7]._replace(
    core=_core(f"{_NATIONAL} {SENSITIVE}*12 {CHILDREN}*2 PersonalDataConsents {_MSPA}"),
)
SENSITIVE_PART = _core(f"{SENSITIVE}*8")
