"""Hold every damaged form of a string against the whole one, and say what is wrong with it.

Each check yields (damaged text, what is wrong); `decode` is there so that the checks themselves can be tried.
"""

from gateway.consent.gpp import TCFCA, TCFEU, USP, decode_gpp
from gateway.consent.gpp_fields import US_LAYOUTS, USNAT_OLD
from gateway.consent.gpp_us import USNAT
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import decode_tcf
from tests.fuzz.damage import cuts, flips
from tests.fuzz.granted import in_section, in_tcf, restricted
from tests.fuzz.places import places

KNOWN = {TCFEU, TCFCA, USP, *US_LAYOUTS}
# What a choice or a list of a US section is read from.
FIELDS = {
    "sale": "SaleOptOut",
    "sharing": "SharingOptOut",
    "targeted_advertising": "TargetedAdvertisingOptOut",
    "sensitive": "SensitiveDataProcessing",
    "child": "KnownChildSensitiveDataConsents",
}


def tcf_cuts(text, decode=decode_tcf):
    """Every cut of a TC string that says more than the whole."""
    whole = decode_tcf(text)
    grants, limits = in_tcf(whole), restricted(whole)
    for cut in cuts(text):
        tc = decode(cut)
        if not isinstance(tc, Invalid) and (in_tcf(tc) - grants or restricted(tc) != limits):
            yield cut, "a cut adds a grant or loses a restriction"


def tcf_flips(text, decode=decode_tcf):
    """Every flipped bit of a TC string that says more than the bit does."""
    whole = decode_tcf(text)
    grants, limits, place_of = in_tcf(whole), restricted(whole), places(text)
    for bit, flipped in flips(text):
        tc = decode(flipped)
        if isinstance(tc, Invalid):
            continue
        place = place_of.get(bit)
        more = in_tcf(tc) - grants
        if more and not _allowed(more, place, tc):
            yield flipped, f"a flip of bit {bit} ({place}) adds {len(more)} grants"
        elif limits - restricted(tc) and (place is None or place[0] != "restriction"):
            yield flipped, f"a flip of bit {bit} ({place}) loses a restriction"


def _allowed(more, place, tc):
    """Whether the flipped bit is the consent to what is added, or is of the range that holds it."""
    if place is None:
        return False
    what, at = place
    if what.startswith("range "):
        kind = what.removeprefix("range ")
        return {each for each, _ in more} == {kind} and {vendor for _, vendor in more} <= _range(tc, kind, at)
    return more == {place}


def _range(tc, kind, at):
    """The ids of one range as it is written now."""
    vendors = {
        "vendor": tc.vendors_consent,
        "vendor interest": tc.vendors_legitimate_interest,
        "disclosed": tc.vendors_disclosed,
        "allowed": tc.vendors_allowed,
    }[kind]
    if hasattr(vendors, "ends"):
        last = int(vendors.ends[at], 2)
        return set(range(int(vendors.starts[at] or vendors.ends[at], 2), last + 1))
    first, last = vendors.intervals[at]
    return set(range(first, last + 1))


def gpp_cuts(text, decode=decode_gpp):
    """Every cut of a GPP string that says more than the whole.

    Only a cut that takes the whole GPC sub-section may lose what it says.
    """
    whole = decode_gpp(text)
    said = {name: in_section(section) for name, section in whole.sections.items()}
    for cut in cuts(text):
        gpp = decode(cut)
        if isinstance(gpp, Invalid):
            continue
        for name, section in gpp.sections.items():
            if in_section(section) - said[name]:
                yield cut, f"a cut adds a grant to {name}"
        for before, after in zip(whole.us, gpp.us, strict=True):
            if before.gpc and not after.gpc and cut.count(".") == text.count("."):
                yield cut, f"a cut ends the GPC of {after.name}"


def gpp_flips(text, decode=decode_gpp):
    """Every flipped bit of a GPP string that says more than the bit does."""
    whole, starts = decode_gpp(text), _starts(text)
    for bit, flipped in flips(text):
        gpp = decode(flipped)
        if isinstance(gpp, Invalid):
            continue
        at = sum(start <= bit for start in starts) - 1
        if at >= 0 and gpp.section_ids != whole.section_ids:
            yield flipped, f"a flip of bit {bit}, of a section, names other sections"
        for index, ((before, name), (after, now)) in enumerate(zip(_placed(whole), _placed(gpp), strict=True)):
            more = in_section(after) - in_section(before) if name == now and name else set()
            if more and (index != at or not _own_bit(text, index, bit - starts[index], more)):
                yield flipped, f"a flip of bit {bit} adds {len(more)} grants to {name}"


def _placed(gpp):
    """(section, name) in the place of its payload; (None, None) for an id that nobody knows."""
    known = iter(gpp.sections.items())
    named = [next(known) if each in KNOWN else (None, None) for each in gpp.section_ids]
    return [(section, name) for name, section in named]


def _starts(text):
    """The bit at which each section's payload begins."""
    header, *payloads = text.split("~")
    starts, at = [], len(header) + 1
    for payload in payloads:
        starts.append(at * 6)
        at += len(payload) + 1
    return starts


def _own_bit(text, index, bit, more):
    """Whether the flipped bit of a section's payload is what all that is added is read from."""
    section, payload = decode_gpp(text).section_ids[index], text.split("~")[1 + index]
    if section == TCFEU:
        return _allowed(more, places(payload).get(bit), decode_tcf(dict(flips(payload))[bit]))
    if section not in US_LAYOUTS:
        return len(more) == 1
    return {(FIELDS[kind], at) for kind, at in more} == {_field_at(section, payload, bit)}


def _field_at(section, payload, bit):
    """The field of a US section that holds a bit, and its index in a list."""
    core, layout = payload.partition(".")[0], US_LAYOUTS[section]
    if section == USNAT and len(core) * 6 < layout.width:
        layout = USNAT_OLD
    if bit > len(core) * 6:
        return layout.part, (bit - (len(core) + 1) * 6) // 2
    at = 0
    for field in layout.core:
        if bit < at + field.width:
            return field.name, (bit - at) // 2
        at += field.width
    return "padding", 0
