"""Know the scripts of vendors by their addresses and by the calls that a page makes to them."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Loader(NamedTuple):
    """A vendor's script: `address` finds it in a page's text, `queue` is what pages call it through.

    `calls` finds such a call. `vendor` is a manifest, or empty where several hang on it. `tier` is how it is adopted:
    B by a setting of its own (`option`, with `{host}`), C by a replacement of its queue.
    """

    id: str
    vendor: str
    queue: str
    address: re.Pattern[str] | None
    calls: re.Pattern[str]
    tier: str = "C"
    option: str = ""


def _loader(  # noqa: PLR0913, PLR0917 - a row of the table below
    id_: str, vendor: str, queue: str, address: str, calls: str = "", tier: str = "C", option: str = ""
) -> Loader:
    name = re.escape(queue)
    pattern = calls or rf"(?<![\w$.'\"])(?:window\.)?{name}\s*(?:\(|\.(?:push|load|page|track|identify|init)\s*\()"
    return Loader(
        id_, vendor, queue, re.compile(address, re.IGNORECASE) if address else None, re.compile(pattern), tier, option
    )


_GTAG = "gtag('config', ID, {{server_container_url: 'https://{host}/g/ga4_collect'}})"
_MATOMO = "_paq.push(['setTrackerUrl', 'https://{host}/g/matomo/matomo.php'])"

LOADERS = (
    _loader("meta", "meta", "fbq", r"connect\.facebook\.net/[^\"'\s]{1,40}/(?:fbevents|sdk)\.js"),
    _loader(
        "google_tag", "ga4", "dataLayer", r"googletagmanager\.com/gtag/js", r"(?<![\w$.'\"])gtag\s*\(\s*['\"]",
        "B", _GTAG,
    ),
    _loader(
        "gtm", "", "dataLayer", r"googletagmanager\.com/(?:gtm\.js|ns\.html)",
        r"(?<![\w$.'\"])(?:window\.)?dataLayer\.push\s*\(\s*[{\[]",
    ),
    _loader("linkedin", "linkedin", "lintrk", r"snap\.licdn\.com/li\.lms-analytics/insight(?:\.beta)?\.min\.js"),
    _loader("x", "x_ads", "twq", r"static\.ads-twitter\.com/(?:uwt|oct)\.js"),
    _loader("tiktok", "tiktok", "ttq", r"analytics\.tiktok\.com/i18n/pixel/(?:events|sdk)\.js"),
    _loader("pinterest", "pinterest", "pintrk", r"s\.pinimg\.com/ct/core\.js"),
    _loader("snap", "snap", "snaptr", r"sc-static\.net/scevent\.min\.js"),
    _loader("reddit", "reddit", "rdt", r"redditstatic\.com/ads/pixel\.js"),
    _loader("uet", "microsoft_uet", "uetq", r"bat\.bing\.(?:com|net)/bat\.js"),
    _loader("quora", "quora", "qp", r"a\.quora\.com/qevents\.js"),
    _loader("taboola", "taboola", "_tfa", r"cdn\.taboola\.com/libtrc/(?:unip/)?[0-9a-z-]{1,60}/tfa\.js"),
    _loader("outbrain", "outbrain", "obApi", r"amplify\.outbrain\.com/cp/obtp\.js"),
    _loader("criteo", "criteo", "criteo_q", r"(?:dynamic|static)\.criteo\.(?:com|net)/js/ld/(?:ld|publishertag)\.js"),
    _loader("ttd", "trade_desk", "ttd_dom_ready", r"js\.adsrvr\.org/up_loader\.[0-9.]{1,10}\.js"),
    _loader("hubspot", "hubspot", "_hsq", r"js(?:-[a-z0-9]{1,5})?\.hs-(?:scripts|analytics)\.(?:com|net)/"),
    _loader("munchkin", "marketo", "Munchkin", r"munchkin\.marketo\.net/(?:[0-9]{1,4}/)?munchkin(?:-beta)?\.js"),
    _loader("klaviyo", "klaviyo", "klaviyo", r"static\.klaviyo\.com/onsite/js/"),
    _loader("matomo", "matomo", "_paq", r"(?:['\"/]|^)(?:matomo|piwik)\.js", "", "B", _MATOMO),
    _loader(
        "plausible", "plausible", "plausible", r"plausible\.io/js/", "", "B",
        'data-api="https://{host}/g/plausible/api/event"',
    ),
    _loader(
        "posthog", "posthog", "posthog", r"\.posthog\.com/static/(?:array|recorder)\.js",
        r"(?<![\w$.])posthog\.(?:init|capture|identify)\s*\(", "B", "api_host: 'https://{host}/g/posthog_capture'",
    ),
    _loader(
        "mixpanel", "mixpanel", "mixpanel", r"cdn\.mxpnl\.com/libs/mixpanel",
        r"(?<![\w$.])mixpanel\.(?:init|track|identify)\s*\(", "B", "api_host: 'https://{host}/g/mixpanel_track'",
    ),
    _loader(
        "amplitude", "amplitude", "amplitude", r"cdn\.(?:eu\.)?amplitude\.com/",
        r"(?<![\w$.])amplitude\.(?:init|track)\s*\(", "B", "serverUrl: 'https://{host}/g/amplitude_httpapi/2/httpapi'",
    ),
    _loader(
        "segment", "segment", "analytics", r"cdn\.segment\.(?:com|io)/analytics\.js/",
        r"(?<![\w$.])analytics\.(?:load|page|track|identify)\s*\(", "B", "apiHost: '{host}/g/segment_pixel/v1'",
    ),
)  # fmt: skip


class Seen(NamedTuple):
    """A loader's script (`tag`) or calls to it (`call`) at a place of a text."""

    loader: Loader
    kind: str
    at: int


def loaded(text: str) -> Iterator[Seen]:
    """The vendors' scripts whose addresses stand in a text, each once."""
    plain = text.replace("\\/", "/")
    for loader in LOADERS:
        match = loader.address.search(plain) if loader.address else None
        if match:
            yield Seen(loader, "tag", min(match.start(), len(text)))


def called(text: str) -> Iterator[Seen]:
    """The vendors' queues that a script calls, each once."""
    for loader in LOADERS:
        if match := loader.calls.search(text):
            yield Seen(loader, "call", match.start())
