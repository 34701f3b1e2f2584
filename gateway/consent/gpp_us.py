"""Read a US section of a GPP string: its fields, and what they refuse.

Rule 1: a section refuses or says nothing: the values 0 (not applicable) and 2 (consent) refuse nothing.
Rule 2: what is not defined refuses: the value 3, a version that is not known, a list that is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.consent.bits import Bits, Malformed
from gateway.consent.gpp_fields import (
    GPC,
    SENSITIVE,
    SENSITIVE_PART,
    US_LAYOUTS,
    USNAT_OLD,
    Field,
    UsLayout,
)

Value = int | bool | tuple[int, ...] | None

USNAT = 7
# GpcSegmentType2 of the sub-section "GPC".
GPC_TYPE = 1
# "0 not applicable, 1 opted out, 2 did not opt out"; consents: "0 not applicable, 1 no consent, 2 consent".
NOT_APPLICABLE, YES = 0, 2
_PAIRS = {"00": 0, "01": 1, "10": 2, "11": 3}


@dataclass(frozen=True, slots=True)
class UsSection:
    """A section: `fields` under their official names, in order.

    Where a GPC sub-section is possible and not there, `Gpc` is None; `SensitiveDataProcessing` in a segment of its own
    is absent with it. In `usnat` the lists are as long as they are written, whatever the version.
    """

    id: int
    name: str
    fields: Mapping[str, Value]

    @property
    def sale(self) -> bool:
        """Whether it is an opt-out of sale."""
        return self._refuses("SaleOptOut")

    @property
    def sharing(self) -> bool:
        """Whether it is an opt-out of sharing; where the law knows no sharing, sale or targeted advertising is."""
        return self._refuses("SharingOptOut")

    @property
    def targeted_advertising(self) -> bool:
        """Whether it is an opt-out of targeted advertising; California says sharing instead."""
        return self._refuses("TargetedAdvertisingOptOut")

    @property
    def gpc(self) -> bool:
        """Whether GPC was seen when the section was written. A section without the sub-section says nothing of it."""
        return self.fields.get(GPC) is True

    @property
    def is_known(self) -> bool:
        """Whether its version is one whose fields are known. In one that is not, everything refuses."""
        newest = US_LAYOUTS[self.id].version
        version = self.fields.get("Version", self.fields.get("MspaVersion"))
        return isinstance(version, int) and 1 <= version <= newest

    def _refuses(self, name: str) -> bool:
        """1 is an opt-out, 3 means nothing."""
        return not self.is_known or self.fields.get(name, NOT_APPLICABLE) not in (NOT_APPLICABLE, YES)

    def withheld(self, name: str) -> tuple[bool, ...]:
        """Whether consent is refused, or says what is not defined, for each item of a list, in the section's own order.

        Nothing where the section has no such list; one that it should have and leaves out is withheld.
        """
        value = self.fields.get(name)
        if value is None:
            return (True,) if US_LAYOUTS[self.id].part == name else ()
        values = value if isinstance(value, tuple) else (value,)
        return tuple(not self.is_known or each not in (NOT_APPLICABLE, YES) for each in values)


def read_us(section: int, text: str) -> UsSection:
    """The section with this id. Malformed where it is not exactly its segments, each as long as its fields."""
    core, *others = text.split(".", 2)
    layout = US_LAYOUTS[section]
    if len(others) > (1 if layout.part else 0):
        raise Malformed("more segments than the section has")
    bits = Bits(core)
    layout = _usnat(bits) if section == USNAT else layout
    fields = _read_fields(bits, layout.core)
    _refuse_other_layout(layout, fields)
    return UsSection(section, layout.name, fields | _part(layout.part, others))


def _usnat(bits: Bits) -> UsLayout:
    """The layout that its length tells, since version 1 is written over both. Malformed for version 2 in the old one.

    The old layout ends six bits before its text does: were they not zero, the text would be a cut one of the new.
    """
    old, new = USNAT_OLD, US_LAYOUTS[USNAT]
    if bits.left >= new.width:
        return new
    if bits.peek(old.width, 6).strip("0") or bits.peek(0, 6) == "000010":
        raise Malformed("shorter than its fields")
    return old


def _read_fields(bits: Bits, layout: tuple[Field, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    text = bits.skip(layout[-1].end)
    bits.finish_section()
    for name, start, end, times in layout:
        if times is not None:
            found[name] = tuple([_PAIRS[text[at : at + 2]] for at in range(start, end, 2)])
        else:
            found[name] = int(text[start:end], 2)
    return found


def _refuse_other_layout(layout: UsLayout, fields: Mapping[str, Value]) -> None:
    """The texts of the newest sections put a header with the section's id first; libraries write none.

    A section in that layout would be read as one that is not opted out.
    """
    if fields.get("MspaVersion") == layout.id:
        raise Malformed("a section with a header of its own")


def _part(kind: str, texts: list[str]) -> dict[str, Value]:
    """The second segment: GpcSegmentType2 Gpc1, or the kinds of sensitive data."""
    if kind == SENSITIVE:
        return _read_fields(Bits(texts[0]), SENSITIVE_PART) if texts else {}
    if not texts:
        return {GPC: None} if kind else {}
    bits = Bits(texts[0])
    if bits.number(2) != GPC_TYPE:
        raise Malformed("a segment of an undefined type")
    gpc = bits.flag()
    bits.finish_section()
    return {"GpcSegmentType": GPC_TYPE, GPC: gpc}
