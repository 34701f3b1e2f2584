"""Reduce a User-Agent header to browser family, system and device class.

The browser and the system are told by ua-parser, whose rules are read when the first header is; of its answer only
names that many visitors share are kept. What was read once is remembered under a digest, never as text: asked is of
every hit, also of those that are refused and leave nothing.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from ua_parser import Domain, PartialResult
from ua_parser.basic import Resolver
from ua_parser.loaders import load_lazy_builtins

MAX_TEXT = 512
MAX_KNOWN = 2048
CLASSES = ("desktop", "mobile", "tablet", "tv", "bot", "other")

# The library's name of a browser -> ours. What is not here is `Other`, which is the kinder answer to the rare ones: a
# browser that one visitor in a thousand has is half a name.
_BROWSERS = {
    theirs: ours
    for ours, names in {
        "Chrome": (
            "Chrome",
            "Chrome Mobile",
            "Chrome Mobile iOS",
            "Chrome Mobile WebView",
            "Chromium",
            "HeadlessChrome",
        ),
        "Safari": ("Safari", "Mobile Safari", "Mobile Safari UI/WKWebView"),
        "Firefox": ("Firefox", "Firefox Mobile", "Firefox iOS", "Firefox (iOS)", "Firefox Focus", "Firefox Klar"),
        "Edge": ("Edge", "Edge Mobile", "Edge iOS"),
        "Opera": ("Opera", "Opera Mobile", "Opera Mini", "Opera GX", "Opera Touch", "Opera Coast"),
        "Samsung Internet": ("Samsung Internet",),
        "Internet Explorer": ("IE", "IE Mobile"),
        "Vivaldi": ("Vivaldi",),
        "Yandex": ("Yandex Browser", "YandexSearch"),
        "DuckDuckGo": ("DuckDuckGo", "DuckDuckGo Mobile"),
        "UC Browser": ("UC Browser",),
        "QQ Browser": ("QQ Browser", "QQ Browser Mobile"),
        "Silk": ("Amazon Silk",),
        "MIUI Browser": ("MiuiBrowser",),
        "Huawei Browser": ("Huawei Browser",),
        "Android Browser": ("Android",),
        "Google": ("Google",),
        "Instagram": ("Instagram",),
        "Facebook": ("Facebook", "Facebook Messenger"),
        "TikTok": ("TikTok",),
        "Pinterest": ("Pinterest",),
        "Snapchat": ("Snapchat",),
        "LinkedIn": ("LinkedIn",),
        "WeChat": ("WeChat",),
    }.items()
    for theirs in names
}
_SYSTEMS = {
    "Windows": "Windows", "Mac OS X": "macOS", "iOS": "iOS", "Android": "Android", "Chrome OS": "ChromeOS",
    "Linux": "Linux", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux", "Red Hat": "Linux", "SUSE": "Linux",
    "Tizen": "Tizen", "webOS": "webOS", "HarmonyOS": "HarmonyOS", "Harmony": "HarmonyOS", "KaiOS": "KaiOS",
}  # fmt: skip
# What the library does not tell apart, or takes for another system.
_SIGNS = (("Web0S", "webOS"), ("Tizen", "Tizen"), ("iPad", "iPadOS"), ("OpenHarmony", "HarmonyOS"))
_IN_APP = re.compile(r"\b(?:musical_ly_|BytedanceWebview/|trill_)(\d{1,4})")
_BOT = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|scrape|headless|lighthouse|phantomjs|puppeteer|playwright|selenium"
    r"|facebookexternalhit|meta-external|\bwget/|\bcurl/|python-|libwww|go-http-client|java/|okhttp|axios|node-fetch"
    r"|pingdom|uptime|monitor|preview|validator|feedfetcher|apis-google|mediapartners|archiver|check_http|httpx"
    # Who gives an address to complain to, or calls itself compatible and is none of the two old browsers that did.
    r"|https?://|\bcompatible;(?! ?(?:msie|konqueror)\b)"
    r"|google(?:other|-)|facebookcatalog|\A(?:whatsapp|php|ruby|deno|feedly|wordpress|insomnia)\b|synthetic|gtmetrix|\bptst/"
    r"|statuscake|site24x7|zabbix|httrack|http-?client|guzzle|postman|scrapy|aiohttp|undici|reqwest|zgrab|sqlmap|nikto"
    r"|feedburner|alwaysonline|internet-?measurement|palo alto networks|(?:anthropic|cohere)-ai"
    r"|(?:claude|perplexity)-user",
    re.IGNORECASE,
)
_TV = re.compile(r"smart-?tv|\btv\b|\bAFT[A-Z]|hbbtv|appletv|googletv|bravia|web0s|crkey|roku", re.IGNORECASE)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|playbook|sm-t\d", re.IGNORECASE)
_MOBILE = re.compile(r"mobi|iphone|ipod|windows phone", re.IGNORECASE)
_DESKTOP = frozenset(("Windows", "macOS", "Linux", "ChromeOS"))
_FAMILY = re.compile(r"[A-Za-z ]{2,20}(?:/\d{1,4})? \([A-Za-z]{2,10}; ([a-z]{2,8})\)")
_MAJOR = re.compile(r"[0-9]{1,4}")
_VISIBLE = re.compile(r"[\x20-\x7e]{1,512}")


_resolve = Resolver(load_lazy_builtins())

Read = TypeVar("Read", bool, str)


class Remembered(Generic[Read]):
    """What `read` says of a header. Of the header a hash under a key of this process is kept, of MAX_KNOWN at most."""

    def __init__(self, read: Callable[[str], Read]) -> None:
        self._read: Callable[[str], Read] = read
        self.known: dict[int, Read] = {}

    def answer(self, text: str) -> Read:
        """The answer, read or remembered."""
        text = text[:MAX_TEXT]
        key = hash(text)
        answer = self.known.get(key)
        if answer is None:
            if len(self.known) >= MAX_KNOWN:
                del self.known[next(iter(self.known))]
            answer = self.known[key] = self._read(text)
        return answer


def _read_family(text: str) -> str:
    found = _resolve(text, Domain.USER_AGENT | Domain.OS)
    agent, system = found.user_agent, _system(text, found)
    name, major = (_BROWSERS.get(agent.family), agent.major) if agent else (None, None)
    if app := _IN_APP.search(text):
        name, major = "TikTok", app[1]
    version = f"/{major}" if name and major and _MAJOR.fullmatch(major) else ""
    return f"{name or 'Other'}{version} ({system}; {_class(text, system)})"


def _system(text: str, found: PartialResult) -> str:
    signed = next((name for sign, name in _SIGNS if sign in text), "")
    return signed or (_SYSTEMS.get(found.os.family, "Other") if found.os else "Other")


def _class(text: str, system: str) -> str:
    if is_bot(text):
        return "bot"
    if _TV.search(text):
        return "tv"
    if _TABLET.search(text) or (system == "Android" and not _MOBILE.search(text)):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    return "desktop" if system in _DESKTOP else "other"


_bots = Remembered(lambda text: bool(_BOT.search(text)))
_families = Remembered(_read_family)


def is_bot(text: str) -> bool:
    """Whether a client says of itself that it is no person's browser. Saying nothing says nothing."""
    return _bots.answer(text)


def family(text: str) -> str:
    """Browser and its major version, system and class, such as `Chrome/142 (Windows; desktop)`."""
    return _families.answer(text)


def device(text: str) -> str:
    """One of `CLASSES`."""
    return _families.answer(text).rpartition("; ")[2][:-1]


def weaken(text: str, level: str) -> str | None:
    """A User-Agent at a level of the taxonomy; None for `drop`, for no text, and for an unknown level."""
    if not text:
        return None
    if level == "family":
        return _families.answer(text)
    if level == "full":
        return text if _VISIBLE.fullmatch(text) and "@" not in text else None
    return device(text) if level == "class" else None


def weaken_again(value: str, level: str) -> str | None:
    """The class of a value of `family`; None where it is none."""
    found = _FAMILY.fullmatch(value)
    return found[1] if found and level == "class" and found[1] in CLASSES else None
