"""Add the place where a visitor says that he lives to the evidence of where he is.

Laws follow residents, so a site may tell what an account says. It adds a law and never takes one away; whoever makes it
up gets stricter rules and no others.
"""

from gateway.region import iso
from gateway.region.databases import UNKNOWN, Places


def with_residence(evidence: Places, stated: str) -> Places:
    """The evidence with the stated residence (`US-CA`, `FR`) beside it; what is no code may be anywhere."""
    if not stated:
        return evidence
    code = iso.place(stated)
    if not evidence:
        return (UNKNOWN, *iso.evidence(code)) if code else ()
    return tuple(dict.fromkeys((*evidence, *iso.evidence(code or UNKNOWN))))
