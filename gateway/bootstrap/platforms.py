"""Fit the table of consent management platforms to what the operator says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gateway.bootstrap.shipped import cmps
from gateway.consent.cmp.config import CmpConfig, WrongConfig, read_config
from gateway.consent.cmps import Cmp
from gateway.consent.meaning import CATEGORIES
from gateway.errors import Finding
from gateway.facts import ConsentSource
from gateway.settings.read import Configured

SITES = "sites"


def platforms(configured: Configured) -> tuple[dict[str, Cmp], list[Finding]]:
    """The platforms as `consent.cmps` has them, and what is wrong with it (G032). What is wrong changes nothing."""
    known = cmps()
    findings: list[Finding] = []
    for name, config in configured.settings.consent.cmps.items():
        path = ("consent", "cmps", name)
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f'did you mean "{close[0]}"?' if close else "docs/reference/cmps.html lists those there are"
            findings.append(configured.finding(path, "G032", f'there is no consent platform "{name}"', hint))
            continue
        known[name] = _fitted(known[name], config, configured, findings)
    return known, findings


def _fitted(cmp: Cmp, config: Mapping[str, Any], configured: Configured, findings: list[Finding]) -> Cmp:
    """One platform, for all sites and for single ones; a site's words come on top of those for all."""
    path = ("consent", "cmps", cmp.name)
    general = {key: value for key, value in config.items() if key != SITES}
    everywhere = cmp.with_config(_read(general, path, configured, findings))
    sites: dict[str, Cmp] = {}
    single = config.get(SITES) or {}
    for site, words in single.items() if isinstance(single, dict) else [("", single)]:
        if site not in configured.settings.sites or not isinstance(words, dict):
            message = f'sites are those of `sites`, each with words of its own; "{site}" is not'
            findings.append(configured.finding((*path, SITES, site), "G032", message))
            continue
        sites[site] = everywhere.with_config(_read(words, (*path, SITES, site), configured, findings))
    if cmp.plan.version is None and any(each.version for each in (everywhere, *sites.values())):
        message = f"{cmp.title} does not write which version was answered; min_date can tell old answers from new ones"
        findings.append(configured.finding(path, "G032", message))
    return replace(everywhere, sites=sites)


def _read(
    config: Mapping[str, Any], path: tuple[str, ...], configured: Configured, findings: list[Finding]
) -> CmpConfig:
    try:
        return read_config(config, CATEGORIES)
    except WrongConfig as error:
        hint = "cookie, categories, version, min_date, website_id, and sites with the same for single ones"
        where = _place(configured, path, error.key)
        findings.append(configured.finding(where, "G032", f"{path[-1]}.{error.key}: {error}", hint))
        return CmpConfig()


def _place(configured: Configured, path: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Where the key stands: under the path, or in the table of categories there."""
    inner = [each for each in configured.document.keys if each[: len(path)] == path and each[-1] == key]
    return tuple(map(str, inner[0])) if inner else (*path, key)


def unread(known: Mapping[str, Cmp], trust: tuple[ConsentSource, ...]) -> Iterator[tuple[str, str]]:
    """What to tell of platforms that a policy trusts and whose yes can never count: the matter, and what to do."""
    for source in trust:
        cmp = known.get(source.vendor)
        if source.kind == "cmp" and cmp is None:
            readable = ", ".join(sorted(name for name, each in known.items() if not each.opaque))
            yield (
                f'the policy trusts "{source.vendor}", which is not read: its yes does not count',
                f"read are: {readable}, and of the other kinds tcf, gpp, gateway_receipt, mail_token",
            )
        elif source.kind == "cmp" and cmp is not None and cmp.opaque:
            yield (
                f'the policy trusts "{source.vendor}", whose cookies cannot be read: its yes does not count',
                cmp.unread,
            )
