"""Tell whose click ids a vendor's requests may carry: those that its own company issued, and nobody else's."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document
from gateway.taxonomy import ISSUER_OF
from gateway.vendors.flows import Flow, label

# Company -> the domains it takes events at.
_DOMAINS = {
    "google": "google.com googleapis.com google-analytics.com googleadservices.com doubleclick.net",
    "meta": "facebook.com facebook.net instagram.com",
    "microsoft": "bing.com microsoft.com clarity.ms",
    "tiktok": "tiktok.com tiktokapis.com",
    "linkedin": "linkedin.com",
    "x": "x.com twitter.com t.co ads-twitter.com",
    "pinterest": "pinterest.com",
    "snap": "snapchat.com sc-static.net",
    "reddit": "reddit.com redditstatic.com",
    "quora": "quora.com",
    "nextdoor": "nextdoor.com",
    "yandex": "yandex.ru yandex.com yandex.net",
    "yahoo": "yahoo.com yimg.com yahoo.net",
    "taboola": "taboola.com",
    "outbrain": "outbrain.com",
    "rokt": "rokt.com",
    "awin": "awin1.com awin.com zenaps.com dwin1.com",
    "cj": "emjcd.com mczbf.com cj.com",
    "impact": "impact.com impactradius.com pxf.io sjv.io",
    "rakuten": "linksynergy.com rakutenmarketing.com rakutenadvertising.com",
    "shareasale": "shareasale.com",
    "tradedoubler": "tradedoubler.com",
    "appsflyer": "appsflyer.com",
}
_COMPANY_AT = {domain: company for company, domains in _DOMAINS.items() for domain in domains.split()}
_HOST = re.compile(r"https://([a-z0-9.-]+)(?:[:/?#]|\Z)", re.IGNORECASE)


def company_of(metadata: Mapping[str, Any], url: str) -> str:
    """The company behind a manifest: what it says, else whose domain its requests go to; empty where none is told."""
    return str(metadata.get("company", "")) or _at(url)


def issued_by(company: str, flows: Iterable[Flow]) -> frozenset[str]:
    """The click ids (`click.gclid`) among what requests carry that the company issued.

    One that nobody is known to have issued belongs to the manifest that names it.
    """
    sources = {flow.source for flow in flows}
    named = {source for source in sources if source.startswith("click.")}
    every = {f"click.{name}" for name in ISSUER_OF} if "fields" in sources else frozenset[str]()
    return frozenset(field for field in named | every if _may_have(company, field))


def foreign(metadata: Mapping[str, Any], url: str, flows: Iterable[Flow], document: Document) -> list[Finding]:
    """A finding for each click id of another company that a request names, and for a company claimed (M011)."""
    company, owner = company_of(metadata, url), _at(url)
    findings = []
    if owner and company != owner:
        message = f"the requests go to {owner}, not to {company}"
        findings.append(Finding(document.file, *document.at(("metadata", "company")), "M011", message))
    for flow in dict.fromkeys(flows):
        if flow.source.startswith("click.") and not _may_have(company, flow.source):
            issuer = ISSUER_OF[flow.source.removeprefix("click.")]
            message = (
                f"{label(flow.at)}: {flow.source} was issued by {issuer} and goes to {company or 'nobody knows whom'}"
            )
            hint = "a click id goes to nobody but the company that issued it; metadata.company names it"
            findings.append(Finding(document.file, *document.at(flow.at), "M011", message, hint))
    return findings


def _may_have(company: str, field: str) -> bool:
    return ISSUER_OF.get(field.removeprefix("click."), company) == company


def _at(url: str) -> str:
    """Whose domain an address is in; empty where the operator decides on the host, or nobody known has it."""
    found = _HOST.match(url)
    labels = found[1].lower().split(".") if found else []
    return next(filter(None, (_COMPANY_AT.get(".".join(labels[at:])) for at in range(len(labels)))), "")
