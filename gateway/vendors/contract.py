"""Hold a manifest's promises against the least that any may make: a class has a guard, a request goes to its vendor."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.taxonomy import GRANTS_OF
from gateway.vendors.patterns import is_public_host
from gateway.vendors.shapes import wrong

# What tells nothing of one person, and may go without a yes.
_OPEN = frozenset(("jurisdiction", "page_url_clean"))
# By which an advertising vendor finds the person again.
_FINDS = frozenset(("contact_hash", "ip"))
_ADS = frozenset(("ad_storage", "ad_user_data", "ad_personalization"))

_HOST = re.compile(r"https://([^/?#]*)")
_HOLE = re.compile(r"\{\{.*?\}\}")
# The ends of names under which anybody may have one.
_SHARED = frozenset(("co", "com", "net", "org", "ac", "gov", "edu"))
# Makers of clouds, under whose names everybody's machines are: only a whole host is one vendor's there.
_HOSTED = (
    ".amazonaws.com", ".appspot.com", ".azureedge.net", ".azurefd.net", ".azurewebsites.net", ".cloudfront.net",
    ".cloudfunctions.net", ".fastly.net", ".github.io", ".herokuapp.com", ".netlify.app", ".pages.dev", ".run.app",
    ".vercel.app", ".web.app", ".windows.net", ".workers.dev",
)  # fmt: skip


def problems(value: Mapping[str, Any], url: str, document: Document) -> Iterator[Finding]:
    """Everything a manifest promises too little of; `url` is where its events go."""
    if not (_is_operators(url) and "necessary" in value["privacy"]["purposes"]):
        yield from _guards(value["privacy"], url, document)
    yield from _strangers(value, document)


def _guards(privacy: Mapping[str, Any], url: str, document: Document) -> Iterator[Finding]:
    """A vendor's own consent types stand before each class (M014); where nothing is asked at all, none leaves whole."""
    purposes = privacy["purposes"]
    fitting = _ADS.union(*(GRANTS_OF[purpose] for purpose in purposes))
    for data, guards in privacy.get("sends", {}).items():
        if data not in _OPEN and not fitting & set(guards):
            message = f"{data} needs a guard of [{', '.join(sorted(fitting))}]"
            yield wrong(document, ("privacy", "sends", data), "M014", message)
        if data in _FINDS and "advertising" in purposes and "ad_user_data" not in guards:
            message = f"{data} goes to an advertising vendor under ad_user_data alone"
            yield wrong(document, ("privacy", "sends", data), "M014", message)
    limited = privacy.get("on_denied") == "limited" and "advertising" not in purposes
    if not (limited or fitting & set(privacy.get("requires", ())) or _is_operators(url)):
        message = f"nothing is asked for: it needs one of [{', '.join(sorted(fitting))}]"
        yield wrong(document, ("privacy", "requires"), "M014", message)


def _is_operators(url: str) -> bool:
    """Whether the operator alone says where an address is: a setting, or a file."""
    return url.startswith(("{{", "file:"))


def _strangers(value: Mapping[str, Any], document: Document) -> Iterator[Finding]:
    """An address at a host that neither the vendor's pixels nor `metadata.domains` show to be the vendor's (M006)."""
    named = value["metadata"].get("domains", [])
    patterns = list(_patterns(value))
    for at, url in _addresses(value):
        host = _HOST.match(url)
        domain = _domain(host[1]) if host else ""
        if not host or not domain or domain in named or any(_shows(each, host[1], domain) for each in patterns):
            continue
        hint = "name it in metadata.domains, if it is the vendor's"
        yield wrong(document, at, "M006", f'nothing shows that "{domain}" is the vendor\'s', hint)


def _patterns(value: Mapping[str, Any]) -> Iterator[str]:
    pixels = value.get("pixel") or []
    for section in pixels if isinstance(pixels, list) else [pixels]:
        yield from (route["host"] for route in section["routes"] if not route.get("branded"))


def _addresses(value: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every address that something is sent to."""
    api, erasure = value["api"], value.get("erasure", {})
    for side, given in (("api", api), ("erasure", erasure)):
        for name in ("request", "relay", "test_mode", "auth"):
            made = given.get(name, {})
            yield from [((side, name, "url"), made["url"])] if "url" in made else []
            yield from [((side, name, "token", "url"), made["token"]["url"])] if "token" in made else []
        for index, step in enumerate(given.get("steps", [])):
            yield (side, "steps", index, "url"), step["url"]


def _domain(host: str) -> str:
    """What of a host is one owner's alone; empty where the operator says it, or it is no public name."""
    name = _HOLE.sub("x", host).lower()
    labels = name.split(".")
    if name.endswith(_HOSTED):
        return name
    kept = 3 if len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _SHARED else 2
    return ".".join(labels[-kept:]) if is_public_host(name) and "}}" not in ".".join(host.split(".")[-kept:]) else ""


def _shows(pattern: str, host: str, domain: str) -> bool:
    """Whether a host that a pixel is at, as its pattern says, is of the same domain."""
    if re.fullmatch(pattern, host):
        return True
    written = re.escape(domain.replace(".", r"\."))  # as a pattern spells it
    return bool(re.search(rf"(?<![A-Za-z0-9-]){written}\)*(?:\||\Z)", pattern))
