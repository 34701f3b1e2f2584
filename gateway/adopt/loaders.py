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


class _Row(NamedTuple):
    """A row of the table below: a Loader whose patterns are still texts; no `calls` are those of its queue."""

    id: str
    vendor: str
    queue: str
    address: str
    calls: str = ""
    tier: str = "C"
    option: str = ""


def _loader(row: _Row) -> Loader:
    queue = re.escape(row.queue)
    usual = rf"(?<![\w$.'\"])(?:window\.)?{queue}\s*(?:\(|\.(?:push|load|page|track|identify|init)\s*\()"
    address = re.compile(row.address, re.IGNORECASE) if row.address else None
    return Loader(row.id, row.vendor, row.queue, address, re.compile(row.calls or usual), row.tier, row.option)


_GTAG = "gtag('config', ID, {{server_container_url: 'https://{host}/g/ga4_collect'}})"
_MATOMO = "_paq.push(['setTrackerUrl', 'https://{host}/g/matomo/matomo.php'])"

_ROWS = (
    _Row("meta", "meta", "fbq", r"connect\.facebook\.net/[^\"'\s]{1,40}/(?:fbevents|sdk)\.js"),
    _Row(
        "google_tag", "ga4", "dataLayer", r"googletagmanager\.com/gtag/js", r"(?<![\w$.'\"])gtag\s*\(\s*['\"]",
        "B", _GTAG,
    ),
    _Row(
        "gtm", "", "dataLayer", r"googletagmanager\.com/(?:gtm\.js|ns\.html)",
        r"(?<![\w$.'\"])(?:window\.)?dataLayer\.push\s*\(\s*[{\[]",
    ),
    _Row("linkedin", "linkedin", "lintrk", r"snap\.licdn\.com/li\.lms-analytics/insight(?:\.beta)?\.min\.js"),
    _Row("x", "x_ads", "twq", r"static\.ads-twitter\.com/(?:uwt|oct)\.js"),
    _Row("tiktok", "tiktok", "ttq", r"analytics\.tiktok\.com/i18n/pixel/(?:events|sdk)\.js"),
    _Row("pinterest", "pinterest", "pintrk", r"s\.pinimg\.com/ct/core\.js"),
    _Row("snap", "snap", "snaptr", r"sc-static\.net/scevent\.min\.js"),
    _Row("reddit", "reddit", "rdt", r"redditstatic\.com/ads/pixel\.js"),
    _Row("uet", "microsoft_uet", "uetq", r"bat\.bing\.(?:com|net)/bat\.js"),
    _Row("quora", "quora", "qp", r"a\.quora\.com/qevents\.js"),
    _Row("taboola", "taboola", "_tfa", r"cdn\.taboola\.com/libtrc/(?:unip/)?[0-9a-z-]{1,60}/tfa\.js"),
    _Row("outbrain", "outbrain", "obApi", r"amplify\.outbrain\.com/cp/obtp\.js"),
    _Row("criteo", "criteo", "criteo_q", r"(?:dynamic|static)\.criteo\.(?:com|net)/js/ld/(?:ld|publishertag)\.js"),
    _Row("ttd", "trade_desk", "ttd_dom_ready", r"js\.adsrvr\.org/up_loader\.[0-9.]{1,10}\.js"),
    _Row("hubspot", "hubspot", "_hsq", r"js(?:-[a-z0-9]{1,5})?\.hs-(?:scripts|analytics)\.(?:com|net)/"),
    _Row("munchkin", "marketo", "Munchkin", r"munchkin\.marketo\.net/(?:[0-9]{1,4}/)?munchkin(?:-beta)?\.js"),
    _Row("klaviyo", "klaviyo", "klaviyo", r"static\.klaviyo\.com/onsite/js/"),
    _Row("matomo", "matomo", "_paq", r"(?:['\"/]|^)(?:matomo|piwik)\.js", "", "B", _MATOMO),
    _Row(
        "plausible", "plausible", "plausible", r"plausible\.io/js/", "", "B",
        'data-api="https://{host}/g/plausible/api/event"',
    ),
    _Row(
        "posthog", "posthog", "posthog", r"\.posthog\.com/static/(?:array|recorder)\.js",
        r"(?<![\w$.])posthog\.(?:init|capture|identify)\s*\(", "B", "api_host: 'https://{host}/g/posthog_capture'",
    ),
    _Row(
        "mixpanel", "mixpanel", "mixpanel", r"cdn\.mxpnl\.com/libs/mixpanel",
        r"(?<![\w$.])mixpanel\.(?:init|track|identify)\s*\(", "B", "api_host: 'https://{host}/g/mixpanel_track'",
    ),
    _Row(
        "amplitude", "amplitude", "amplitude", r"cdn\.(?:eu\.)?amplitude\.com/",
        r"(?<![\w$.])amplitude\.(?:init|track)\s*\(", "B", "serverUrl: 'https://{host}/g/amplitude_httpapi/2/httpapi'",
    ),
    _Row(
        "segment", "segment", "analytics", r"cdn\.segment\.(?:com|io)/analytics\.js/",
        r"(?<![\w$.])analytics\.(?:load|page|track|identify)\s*\(", "B", "apiHost: '{host}/g/segment_pixel/v1'",
    ),
)  # fmt: skip
LOADERS = tuple(map(_loader, _ROWS))
# The queues of loaders whose calls the gateway's own tag takes.
TAKEN = frozenset((
    "fbq", "dataLayer", "lintrk", "twq", "ttq", "pintrk", "snaptr", "rdt", "uetq", "_paq", "_hsq", "plausible",
))  # fmt: skip


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
