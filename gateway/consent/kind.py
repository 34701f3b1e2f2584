"""Tell what kind of consent string a text is by the way it begins.

No text has two kinds. `npa`, `dma` and `dma_cps` are a digit or a few letters, which nobody can tell apart: they are of
no kind here.
"""

import re

# In this order; the first that matches from the beginning is the kind.
_SIGNS = (
    ("ac", re.compile(r"[0-9]~")),
    ("gpp", re.compile(r"D|[A-Za-z0-9_-]+~")),
    ("usp", re.compile(r'[0-9][A-Za-z-]{1,3}\Z|\{"uspString"')),
    ("gcs", re.compile(r"G[0-9-]{1,4}\Z")),
    ("gcd", re.compile(r"1[0-9A-Za-z_-]{9,}\Z")),
    # The first character of a TC string of version 1 or 2.
    ("tcf", re.compile(r"[BC]")),
)


def kind_of(text: str) -> str | None:
    """The kind, a key of `gateway.consent.string_json.KINDS`; None where it looks like none of them."""
    return next((kind for kind, sign in _SIGNS if sign.match(text)), None)
