"""Reduce a User-Agent header to browser family and device class.

A table of substrings instead of a database: it names what most visitors use, and says `Other` for everybody else, which
is the kinder answer to the rare ones.
"""

import re
from functools import lru_cache
from hashlib import blake2b

MAX_TEXT = 512
MAX_KNOWN = 2048
CLASSES = ("desktop", "mobile", "tablet", "tv", "bot", "other")

# The first that matches holds; a browser that imitates another therefore stands above it.
_BROWSERS = (
    ("Instagram", re.compile(r"Instagram (\d{1,4})")),
    ("Facebook", re.compile(r"FB(?:AV|SV)/(\d{1,4})")),
    ("TikTok", re.compile(r"(?:musical_ly_|BytedanceWebview/|trill_)(\d{1,4})")),
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d{1,4})")),
    ("Opera", re.compile(r"\b(?:OPR|OPT|OPX|Opera)/(\d{1,4})")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/(\d{1,4})")),
    ("Vivaldi", re.compile(r"\bVivaldi/(\d{1,4})")),
    ("Yandex", re.compile(r"\bYaBrowser/(\d{1,4})")),
    ("DuckDuckGo", re.compile(r"\b(?:DuckDuckGo|Ddg)/(\d{1,4})")),
    ("UC Browser", re.compile(r"\bUC ?Browser/(\d{1,4})")),
    ("Silk", re.compile(r"\bSilk/(\d{1,4})")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS|Focus)/(\d{1,4})")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium)/(\d{1,4})")),
    ("Safari", re.compile(r"\bVersion/(\d{1,4})[\d.]{0,12} (?:Mobile/\w{1,12} )?Safari/")),
    ("Internet Explorer", re.compile(r"(?:\bMSIE |\bTrident/.{1,60}rv:)(\d{1,4})")),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPadOS", "iPad"),
    ("iOS", "iPhone"),
    ("iOS", "iPod"),
    ("Android", "Android"),
    ("ChromeOS", "CrOS"),
    ("macOS", "Macintosh"),
    ("Tizen", "Tizen"),
    ("webOS", "Web0S"),
    ("Linux", "Linux"),
)
_BOT = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|scrape|headless|lighthouse|phantomjs|puppeteer|playwright|selenium"
    r"|facebookexternalhit|meta-external|\bwget/|\bcurl/|python-|libwww|go-http-client|java/|okhttp|axios|node-fetch"
    r"|pingdom|uptime|monitor|preview|validator|feedfetcher|apis-google|mediapartners|archiver|check_http|httpx",
    re.IGNORECASE,
)
_TV = re.compile(r"smart-?tv|\btv\b|hbbtv|appletv|googletv|bravia|web0s|crkey|roku", re.IGNORECASE)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|playbook|sm-t\d", re.IGNORECASE)
_MOBILE = re.compile(r"mobi|iphone|ipod|windows phone", re.IGNORECASE)
_DESKTOP = frozenset(("Windows", "macOS", "Linux", "ChromeOS"))
_FAMILY = re.compile(r"[A-Za-z ]{2,20}(?:/\d{1,4})? \([A-Za-z]{2,10}; ([a-z]{2,8})\)")
_VISIBLE = re.compile(r"[\x20-\x7e]{1,512}")


# Asked of every hit, also of those that are refused and leave nothing: hence remembered under a digest, not as text.
_known_bots: dict[bytes, bool] = {}


def is_bot(text: str) -> bool:
    """Whether a client says of itself that it is no person's browser. Saying nothing says nothing."""
    text = text[:MAX_TEXT]
    key = blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
    known = _known_bots.get(key)
    if known is None:
        if len(_known_bots) >= MAX_KNOWN:
            del _known_bots[next(iter(_known_bots))]
        known = _known_bots[key] = bool(_BOT.search(text))
    return known


@lru_cache(MAX_KNOWN)
def device(text: str) -> str:
    """One of `CLASSES`."""
    text = text[:MAX_TEXT]
    if is_bot(text):
        return "bot"
    system = _system(text)
    if _TV.search(text):
        return "tv"
    if _TABLET.search(text) or (system == "Android" and not _MOBILE.search(text)):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    return "desktop" if system in _DESKTOP else "other"


@lru_cache(MAX_KNOWN)
def family(text: str) -> str:
    """Browser and its major version, system and class, such as `Chrome/142 (Windows; desktop)`."""
    text = text[:MAX_TEXT]
    system = _system(text)
    for name, pattern in _BROWSERS:
        if found := pattern.search(text):
            return f"{name}/{found[1]} ({system}; {device(text)})"
    return f"Other ({system}; {device(text)})"


def _system(text: str) -> str:
    return next((name for name, sign in _SYSTEMS if sign in text), "Other")


def weaken(text: str, level: str) -> str | None:
    """A User-Agent at a level of the taxonomy; None for `drop`, for no text, and for an unknown level."""
    if not text:
        return None
    if level == "full":
        return text if _VISIBLE.fullmatch(text) and "@" not in text else None
    if level == "family":
        return family(text)
    return device(text) if level == "class" else None


def weaken_again(value: str, level: str) -> str | None:
    """The class of a value of `family`; None where it is none."""
    found = _FAMILY.fullmatch(value)
    return found[1] if found and level == "class" and found[1] in CLASSES else None
