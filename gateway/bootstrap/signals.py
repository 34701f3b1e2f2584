"""Say how consent is read on the ground of a plan: for which destinations, with which vendor list, and since when."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from gateway.consent.invalid import Invalid
from gateway.consent.rules import ReadingRules, Recipient
from gateway.consent.vendor_list import VendorList, parse_vendor_list
from gateway.errors import Finding
from gateway.policy.decide import Policy
from gateway.policy.schema import EVERYTHING_ELSE
from gateway.settings.read import Configured
from gateway.vendors.request import Destination

_EPOCH = date(1970, 1, 1)


def reading_rules(
    configured: Configured, policy: Policy, destinations: Mapping[str, Destination], vendors: VendorList | None
) -> ReadingRules:
    """What the policy wants to know of a request, for the destinations that are connected."""
    since = {site: (day - _EPOCH).days for site, day in configured.settings.consent.min_date.items()}
    recipients = tuple(_recipient(policy, name, each) for name, each in destinations.items())
    return ReadingRules(policy.purposes, policy.trust, recipients, vendors, since)


def _recipient(policy: Policy, name: str, destination: Destination) -> Recipient:
    rule = policy.destinations.get(name)
    served = frozenset(rule.served if rule else ())
    return Recipient(name, served, destination.manifest.tcf_vendor, destination.manifest.ac_provider)


def open_vendor_list(configured: Configured) -> tuple[VendorList | None, list[Finding]]:
    """The operator's vendor list, if there is one, and what is wrong with it (G028) or with the sites (G029)."""
    settings = configured.settings
    findings = [
        configured.finding(("consent", "min_date", site), "G029", f'there is no site "{site}"')
        for site in settings.consent.min_date
        if site not in settings.sites
    ]
    path = settings.consent.vendor_list
    if path is None:
        return None, findings
    try:
        listed = parse_vendor_list(configured.beside(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        listed = Invalid("cannot be read")
    if isinstance(listed, Invalid):
        message = f"the vendor list is {listed.reason}" if listed.reason != "cannot be read" else "cannot be read"
        return None, [*findings, configured.finding(("consent", "vendor_list"), "G028", message)]
    return listed, findings


def without_list(configured: Configured, policy: Policy) -> Iterator[Finding]:
    """A policy that takes legitimate interest for enough where nobody can look up who may rest on it (a warning)."""
    if configured.settings.consent.vendor_list is None and any(line.legitimate_interest for line in policy.trust):
        message = "the policy lets vendors rest on legitimate interest, and there is no vendor list: none can"
        hint = "consent.vendor_list names the file of https://vendor-list.consensu.org/v3/vendor-list.json"
        yield replace(configured.finding(("policy",), "G027", message, hint), severity="warning")


def honours(policy: Policy) -> dict[str, bool]:
    """Which of GPC and DNT the policy acts on, wherever the visitor is."""
    return {
        name: bool(rule.refuses)
        and all(region.signal(name)[0] != "ignore" for region in policy.lawbook.regions.values())
        for name, rule in policy.signals.items()
    }


def untrue_tk(configured: Configured, policy: Policy) -> Iterator[Finding]:
    """`Tk: N` says that nobody with Do Not Track is tracked; a policy that does not mean it makes the answer a lie."""
    rule = policy.signals["dnt"]
    heeded = honours(policy)["dnt"] and EVERYTHING_ELSE in rule.refuses and not rule.after_notice
    if configured.settings.consent.tk and not heeded:
        message = (
            "consent.tk answers that nobody is tracked, and the policy does not refuse everything for DNT everywhere"
        )
        hint = "signals: {dnt: {refuses: [everything_else]}} without override, and no region with dnt: ignore"
        yield configured.finding(("consent", "tk"), "G031", message, hint)
