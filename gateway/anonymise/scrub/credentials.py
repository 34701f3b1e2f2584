"""Find tokens, keys and the identifiers of browsers that are known by their form."""

import re
from collections.abc import Iterator

Found = Iterator[tuple[int, int]]

_JWT = re.compile(r"eyJ(?<![\w-]eyJ)[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,4}")
_KEY = re.compile(
    r"(?<![\w-])(?:[srp]k_(?:live|test)_\w{8,}|whsec_\w{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}"
    r"|xox[abeprs]-[\w-]{8,}|(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{12,}|AIza[\w-]{20,}|ya29\.[\w.-]{10,}|1//0[\w-]{20,}"
    r"|EAA[A-Za-z0-9]{30,}|SG\.[\w-]{10,}\.[\w-]{10,}|key-[0-9a-f]{32}|sq0[a-z]{3}-[\w-]{10,}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-f]{16,}|npm_\w{20,}|hf_\w{20,}|dop_v1_\w{20,}|sk-[\w-]{20,}|lin_api_\w{20,}"
    r"|v2\.local\.[\w-]{20,})"
)
_PAT = re.compile(r"pat(?<![\w-]pat)[A-Za-z0-9]{14}\.[0-9a-f]{32,}")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}-----)?")
# One of these stands in every key; that is seen sooner than that no key does.
_HINTS = (
    "glpat-", "xox", "AKIA", "ASIA", "AROA", "AIDA", "AIza", "ya29.", "1//0", "EAA", "SG.", "key-", "sq0", "sk-",
    "v2.local.",
)  # fmt: skip
_HINTS_WITH_LINE = (
    "k_live_", "k_test_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "shpat_", "shpca_", "shppa_",
    "shpss_", "npm_", "hf_", "dop_v1_", "lin_api_",
)  # fmt: skip
_CARRIED = ("bearer", "basic", "token")
_BEARER = re.compile(r"[BbTt](?<!\w[BbTt])(?:(?<=[Bb])(?i:earer|asic)|(?<=[Tt])(?i:oken))\s+([\w.~+/=-]{12,})")
_MIXED = re.compile(r"(?=[\w.~+/=-]*\d)(?=[\w.~+/=-]*[A-Za-z])")
_NAMED = re.compile(
    r"(?<![\w.])(?:E\.C\.[PT]\.[\w-]{20,}|fb\.[0-3]\.\d{10,13}\.[\w-]{6,}|GA\d\.\d{1,2}\.\d{5,12}\.\d{9,11}|GS\d\.\d\.[\w.$]{10,}|IwA[RYZ][\w-]{20,})"
)
_NAMES = ("fb.", "GA", "GS", "IwA", "E.C.")
_CARD = re.compile(r"[0-9A-Fa-f](?<![\w.][0-9A-Fa-f])[0-9A-Fa-f]([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![:\w-])")
_IN_CARD = re.compile(r"[:-][0-9A-Fa-f]{2}[:-]")  # seen sooner: few texts have it
_EXPERIENCE = re.compile(r"[0-9](?<![0-9][0-9])[0-9]{37}(?![0-9])")
_AMP = re.compile(r"amp-(?<![\w-]amp-)[\w-]{20,}")


def jwts(text: str) -> Found:
    """JSON Web Tokens (RFC 7519), signed or not."""
    return (found.span() for found in _JWT.finditer(text))


def private_keys(text: str) -> Found:
    """Private keys as PEM (RFC 7468)."""
    return (found.span() for found in _PRIVATE.finditer(text))


def secrets(text: str) -> Found:
    """Keys of well-known services, and what follows `Bearer`."""
    has = text.__contains__
    if any(map(has, _HINTS)) or ("_" in text and any(map(has, _HINTS_WITH_LINE))):
        yield from _spans(_KEY, text)
    yield from _spans(_PAT, text)
    if any(map(text.lower().__contains__, _CARRIED)):
        for found in _BEARER.finditer(text):
            if _MIXED.match(found[1]):
                yield found.span(1)


def browser_ids(text: str) -> Found:
    """Identifiers of browsers and network cards that are told by their form."""
    if any(map(text.__contains__, _NAMES)):
        yield from _spans(_NAMED, text)
    if _IN_CARD.search(text):
        yield from _spans(_CARD, text)
    if len(text) >= 38:
        yield from _spans(_EXPERIENCE, text)
    if "amp-" in text:
        yield from _spans(_AMP, text)


def _spans(pattern: re.Pattern[str], text: str) -> Found:
    return (found.span() for found in pattern.finditer(text))
