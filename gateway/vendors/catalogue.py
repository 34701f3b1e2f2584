"""The catalogue: every vendor the gateway ships, and how a third-party pixel is recognised among them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import BadRequest, ConfigurationError, Finding
from gateway.vendors import multipart
from gateway.vendors.manifest import Manifest, load_manifest
from gateway.vendors.pixel import Pixel
from gateway.vendors.query import inner_pairs, json_pairs, pairs

# Every manifest we ship, in reading order; `_fixtures.yaml` are the events their tests share.
SHIPPED = (
    "meta.yaml", "ga4.yaml", "linkedin.yaml", "webhook.yaml", "jsonl.yaml", "parquet.yaml", "clickhouse.yaml",
    "kafka.yaml", "shopify.yaml", "magento.yaml",
    "google_ads.yaml", "google_remarketing.yaml", "google_ccm.yaml", "google_signals.yaml", "floodlight.yaml",
    "x_ads.yaml", "tiktok.yaml", "pinterest.yaml", "snap.yaml", "reddit.yaml", "microsoft_uet.yaml",
    "microsoft_capi.yaml", "linkedin_conversions.yaml",
    "quora.yaml", "taboola.yaml", "outbrain.yaml", "trade_desk.yaml", "adform.yaml", "adroll.yaml", "amazon_ads.yaml",
    "indeed.yaml", "stackadapt.yaml", "criteo.yaml", "nextdoor.yaml", "xandr.yaml", "yahoo.yaml", "seznam.yaml",
    "teads.yaml", "openai_ads.yaml", "google_data_manager.yaml", "quantcast.yaml", "comscore.yaml",
    "zoominfo.yaml", "google_landing.yaml", "vk.yaml", "rtb_house.yaml", "spotify.yaml", "tatari.yaml", "sixsense.yaml",
    "bizible.yaml", "adobe_audience_manager.yaml",
    "awin.yaml", "cj.yaml", "rakuten.yaml", "partnerize.yaml", "impact.yaml", "shareasale.yaml", "tradedoubler.yaml",
    "tradetracker.yaml", "admitad.yaml", "webgains.yaml", "tune.yaml", "everflow.yaml", "adcell.yaml",
    "matomo.yaml", "piwik_pro.yaml", "plausible.yaml", "posthog.yaml", "segment.yaml", "mixpanel.yaml",
    "amplitude.yaml", "snowplow.yaml", "adobe_analytics.yaml", "adobe_websdk.yaml",
    "universal_analytics.yaml", "yandex.yaml", "baidu.yaml", "piano.yaml", "heap.yaml", "chartbeat.yaml",
    "parsely.yaml", "clarity.yaml", "hotjar.yaml",
    "hubspot.yaml", "marketo.yaml", "marketo_activities.yaml", "klaviyo.yaml", "pardot.yaml", "brevo.yaml", "sfmc.yaml",
    "sfmc_journeys.yaml", "mailchimp.yaml", "mailchimp_events.yaml",
    "email_opens.yaml",
)  # fmt: skip
FIXTURES = "_fixtures.yaml"

_URL = re.compile(r"(?:https?:)?//([A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?", re.DOTALL)


class Fronted(NamedTuple):
    """A third-party request as the gateway would front it: `/g/<pixel><path>?<query>`."""

    pixel: str
    path: str
    query: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The manifests by id, and their pixels by id."""

    manifests: Mapping[str, Manifest]
    pixels: Mapping[str, Pixel]

    def recognise(self, method: str, url: str, body: str = "") -> Fronted | None:
        """The pixel that a request to a vendor is, or None. Named hosts come before hosts of the customers' own.

        `url` may be protocol-relative and in any case; `body` is a form's, where the vendor lets it name the account.
        """
        match = _URL.fullmatch(url)
        if not match:
            return None
        host, path, query = match[1].lower().rstrip("."), match[2] or "/", match[3] or ""
        try:
            parameters = _parameters(query, body)
        except BadRequest:  # not one of those that say who they are in a parameter
            parameters = {}
        for pixel in sorted(self.pixels.values(), key=lambda pixel: pixel.route.branded):
            if method in pixel.route.methods and pixel.route.matches(host, path, parameters):
                return Fronted(pixel.id, path, query)
        return None

    def vendor_of(self, pixel: str) -> str:
        """The id of the manifest a pixel belongs to, or empty."""
        owners = (manifest.id for manifest in self.manifests.values() if pixel in [each.id for each in manifest.pixels])
        return next(owners, "")


def load_catalogue(texts: Mapping[str, str]) -> Catalogue:
    """The catalogue from the texts of its files (`name.yaml` to content). ConfigurationError carries every finding.

    The manifests' own tests are run by `gateway.vendors.checks`; a release ships none whose tests fail.
    """
    findings: list[Finding] = []
    manifests: dict[str, Manifest] = {}
    for file, text in texts.items():
        if file == FIXTURES:
            continue
        try:
            manifest = load_manifest(text, file)
        except ConfigurationError as error:
            findings += error.findings
            continue
        if manifest.id in manifests or file.rpartition("/")[2] != f"{manifest.id}.yaml":
            place = manifest.document.at(("metadata", "id"))
            findings.append(Finding(file, *place, "M001", f'"{manifest.id}" must be the name of its file, and unique'))
        manifests[manifest.id] = manifest
    pixels = [pixel for manifest in manifests.values() for pixel in manifest.pixels]
    findings += _twice(pixels)
    if findings:
        raise ConfigurationError(findings)
    return Catalogue(manifests, {pixel.id: pixel for pixel in pixels})


def _twice(pixels: Iterable[Pixel]) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for pixel in pixels:
        if pixel.id in seen:
            findings.append(Finding("catalogue", 1, 1, "M001", f'pixel "{pixel.id}" is in two manifests'))
        seen.add(pixel.id)
    return findings


def _parameters(query: str, body: str) -> dict[str, str]:
    """What a request says where the vendor's routes look for it; a body may be JSON or a form, and hold queries."""
    form, given = body.partition("\n")[0], [*pairs(query)] if query else []
    if kind := multipart.kind_of(body):
        given += multipart.pairs(kind, body.encode("utf-8", "surrogatepass"))
    elif body.lstrip()[:1] in ("{", "["):
        said = [*json_pairs(body.encode("utf-8", "surrogatepass"))]
        given += [*said, *(pair for _, value in said if value.startswith("?") for pair in inner_pairs(value[1:]))]
    elif form:
        given += pairs(form)
    return dict(reversed(given))
