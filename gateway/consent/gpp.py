"""Decode a GPP string (IAB Global Privacy Platform, "Consent String Specification").

`header~section~section`: the header names the sections that follow, in order. One that cannot be read makes the whole
string unreadable. Sections with an id that nobody knows are named and not looked at; the votes refuse for them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.consent.bits import Bits, Malformed
from gateway.consent.fibonacci import read_number
from gateway.consent.gpp_fields import US_LAYOUTS
from gateway.consent.gpp_us import UsSection, read_us
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH, MAX_PADDING, TcString, read_tcf
from gateway.consent.tcf_ca import TcfCaString, read_tcf_ca
from gateway.consent.usp import UsPrivacy, parse_usp

TCFEU, TCFCA, USP = 2, 5, 6
# 25 are defined.
MAX_SECTIONS = 64
# Type6 and Version6 of the header.
_TYPE, _VERSION = 3, 1

_UNKNOWN = re.compile(r"[A-Za-z0-9._-]+")


Section = TcString | TcfCaString | UsPrivacy | UsSection


@dataclass(frozen=True, slots=True)
class GppString:
    """What a GPP string holds: the ids of its sections in ascending order, and those that are known, by name."""

    section_ids: tuple[int, ...]
    sections: Mapping[str, Section]

    @property
    def tcf(self) -> TcString | None:
        """The European TC string in it."""
        section = self.sections.get("tcfeuv2")
        return section if isinstance(section, TcString) else None

    @property
    def canada(self) -> TcfCaString | None:
        """The Canadian section."""
        section = self.sections.get("tcfcav1")
        return section if isinstance(section, TcfCaString) else None

    @property
    def usp(self) -> UsPrivacy | None:
        """The US Privacy string in it: the section `uspv1`, withdrawn."""
        section = self.sections.get("uspv1")
        return section if isinstance(section, UsPrivacy) else None

    @property
    def us(self) -> tuple[UsSection, ...]:
        """The US sections, in ascending order of their ids."""
        return tuple(section for section in self.sections.values() if isinstance(section, UsSection))


def decode_gpp(text: str) -> GppString | Invalid:
    """The GPP string, every known section read whole, or why it is none."""
    if len(text) > MAX_LENGTH:
        return Invalid(f"longer than {MAX_LENGTH} characters")
    try:
        return _decode(text)
    except Malformed as error:
        return Invalid(str(error))


def _decode(text: str) -> GppString:
    header, *payloads = text.split("~", MAX_SECTIONS + 1)
    if len(payloads) > MAX_SECTIONS:
        raise Malformed(f"more than {MAX_SECTIONS} sections")
    ids = _section_ids(Bits(header), len(payloads))
    sections: dict[str, Section] = {}
    for section, payload in zip(ids, payloads, strict=True):
        name = _NAMES.get(section)
        if name:
            sections[name] = _named(section, name, payload)
        elif not _UNKNOWN.fullmatch(payload):
            raise Malformed("character outside base64url")
    return GppString(ids, sections)


_NAMES = {TCFEU: "tcfeuv2", TCFCA: "tcfcav1", USP: "uspv1"} | {each.id: each.name for each in US_LAYOUTS.values()}


def _named(section: int, name: str, payload: str) -> Section:
    """The section; where it is malformed, its name goes with the reason."""
    try:
        return _read(section, payload)
    except Malformed as error:
        raise Malformed(f"{name} {error}") from error


def _read(section: int, payload: str) -> Section:
    if section in US_LAYOUTS:
        return read_us(section, payload)
    if section == TCFEU:
        return read_tcf(payload)
    if section == TCFCA:
        return read_tcf_ca(payload)
    usp = parse_usp(payload)
    if usp is None:
        raise Malformed("not a US Privacy string")
    return usp


def _section_ids(bits: Bits, expected: int) -> tuple[int, ...]:
    """Type6 Version6, then Amount12 x [IsGroup1 distance (length)]: as many ids as there are sections, ascending.

    What a group would add is compared with what may still come before it is spelled out.
    """
    if (bits.number(6), bits.number(6)) != (_TYPE, _VERSION):
        raise Malformed("not a GPP string of version 1")
    ids: list[int] = []
    for _ in range(bits.number(12)):
        is_group = bits.flag()
        first = (ids[-1] if ids else 0) + read_number(bits)
        last = first + read_number(bits) if is_group else first
        if len(ids) + 1 + last - first > expected:
            raise Malformed("fewer sections than the header lists")
        ids.extend(range(first, last + 1))
    bits.finish(MAX_PADDING)
    if len(ids) != expected:
        raise Malformed("more sections than the header lists")
    return tuple(ids)
