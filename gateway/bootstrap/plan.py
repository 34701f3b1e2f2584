"""Read every file together and hold them against each other: nothing runs before all of it fits."""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from gateway.addresses import LOOPBACK
from gateway.anonymise.scrub import SHIPPED as SHIPPED_RULES
from gateway.anonymise.scrub import Scrubber
from gateway.api_keys.book import Book, BookError
from gateway.bootstrap.click_ids import foreign_clicks
from gateway.bootstrap.geo import open_databases
from gateway.bootstrap.issuers import keyless
from gateway.bootstrap.mails import unnamed
from gateway.bootstrap.opendsr import unfit
from gateway.bootstrap.platforms import platforms, unread
from gateway.bootstrap.scrubbing import open_scrubber
from gateway.bootstrap.shipped import manifests, resolver
from gateway.bootstrap.signals import open_vendor_list, untrue_tk, without_list
from gateway.consent.vendor_list import VendorList
from gateway.errors import ConfigurationError, Finding
from gateway.keys import ROOT_BYTES, VENDORS, Keys, keys_of
from gateway.outbound import FILES
from gateway.policy.absent import absent_policy
from gateway.policy.compile import Reading, read_policy
from gateway.policy.decide import Policy
from gateway.region.databases import NO_DATABASES, Databases
from gateway.sender import Route
from gateway.settings.model import DestinationSettings
from gateway.settings.read import Configured, load
from gateway.settings.role import Role
from gateway.sinks import parquet
from gateway.vendors.binding import Binding, problems
from gateway.vendors.catalogue import SHIPPED, Catalogue, load_catalogue
from gateway.vendors.checks import failing
from gateway.vendors.manifest import Manifest
from gateway.vendors.own_events import PIXEL as OWN
from gateway.vendors.request import Destination


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run. `destinations`, and the `routes` they may send by, are those that are connected; another policy
    on the same ground is another plan."""

    configured: Configured
    keys: Keys
    policy: Policy
    catalogue: Catalogue
    destinations: Mapping[str, Destination]
    routes: Mapping[str, Route]
    warnings: tuple[Finding, ...] = ()
    databases: Databases = NO_DATABASES
    vendors: VendorList | None = None
    scrubber: Scrubber = SHIPPED_RULES

    def keys_for(self, label: str) -> list[bytes]:
        """The keys of a purpose, 32 bytes each, the current one first, made of what a worker may have too."""
        vendors = self.configured.vendors or keys_of(self.keys.ring(VENDORS))
        return [Keys(key).derive(label) for key in vendors]

    def fed_by(self) -> dict[str, tuple[str, ...]]:
        """The destinations that the hits of each pixel may reach, in the policy's order; all, where there is none."""
        sources = {name: self.configured.settings.destinations[name].sources for name in self.destinations}
        names = self.policy.destinations if self.policy.fingerprint else sources
        return {
            pixel: tuple(name for name in names if pixel in sources.get(name, ()))
            for pixel in (OWN, *self.catalogue.pixels)
        }


def read_plan(config: Path, role: Role = Role.ALL) -> Plan:
    """Everything `gateway.yaml` names, as far as a role needs it, read and checked. ConfigurationError with every
    finding, in reading order."""
    configured = load(config, role)
    reading = _policy(configured)
    ground, findings = _ground(configured)
    misfits = misfit(configured, reading.policy) if reading.policy else []
    findings = [*configured.warnings, *reading.findings, *findings, *misfits]
    if reading.policy is None or ground is None or has_errors(findings):
        raise ConfigurationError(findings)
    findings += foreign_clicks(reading.policy, ground.destinations)
    return replace(ground, policy=reading.policy, warnings=tuple(findings))


def read_ground(config: Path, role: Role = Role.ALL) -> Plan:
    """The same without the policy, for one role: a plan on which any policy that fits may stand, and that refuses
    everything until one does. ConfigurationError as for `read_plan`."""
    configured = load(config, role)
    ground, findings = _ground(configured)
    findings = [*configured.warnings, *findings]
    if ground is None or has_errors(findings):
        raise ConfigurationError(findings)
    return replace(ground, warnings=tuple(findings))


def misfit(configured: Configured, policy: Policy) -> list[Finding]:
    """Where a policy and `gateway.yaml` do not fit each other."""
    signals = (*_unread(configured, policy), *without_list(configured, policy), *untrue_tk(configured, policy))
    return [*signals, *unnamed(configured, policy), *_unmatched(configured, policy)]


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings keeps what was read from being used."""
    return any(finding.severity == "error" for finding in findings)


def unreadable(configured: Configured, setting: str, path: Path) -> Finding:
    """What is told of a policy that is not there; `setting` names its file."""
    return configured.finding((setting,), "G020", f"cannot read the policy {path}")


def _policy(configured: Configured) -> Reading:
    path = configured.beside(configured.settings.policy)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return Reading([unreadable(configured, "policy", path)])
    return read_policy(text, str(path), resolver(path))


def _ground(configured: Configured) -> tuple[Plan | None, list[Finding]]:
    """Manifests and bindings, and what is wrong with them; no plan where no manifests can be read."""
    catalogue, findings = _catalogue(configured)
    if catalogue is None:
        return None, findings
    keys = _keys(configured)
    bindings = dict(_bindings(configured, keys))
    databases, doubts = open_databases(configured)
    vendors, flaws = open_vendor_list(configured)
    scrubber, wrong = open_scrubber(configured)
    findings += [*doubts, *flaws, *wrong, *platforms(configured)[1], *_misbound(configured, catalogue, bindings)]
    findings += [*_api_keys(configured), *keyless(configured), *unfit(configured), *_blind(configured)]
    if has_errors(findings):
        return None, findings
    settings = configured.settings.destinations
    destinations = {
        name: Destination(catalogue.manifests[settings[name].vendor], binding) for name, binding in bindings.items()
    }
    routes = {name: _route(destination, settings[name]) for name, destination in destinations.items()}
    plan = Plan(configured, keys, absent_policy(), catalogue, destinations, routes, databases=databases)
    return replace(plan, vendors=vendors, scrubber=scrubber), findings


def _api_keys(configured: Configured) -> Iterator[Finding]:
    """A file of keys that nobody can use: hits do not need one."""
    try:
        Book(configured.beside(configured.settings.api_keys)).grants()
    except BookError as error:
        hint = "make it anew with `gateway api-keys create`; until then no key of it counts"
        yield replace(configured.finding(("api_keys",), "G038", str(error), hint), severity="warning")


def _blind(configured: Configured) -> Iterator[Finding]:
    """A worker that could open nothing of what is queued."""
    if not configured.role.collects and not configured.vendors:
        hint = "`gateway keys vendors root.key vendors.key`, then keys: {vendors: {file: vendors.key}}"
        yield configured.finding(("keys", "vendors"), "G037", "a worker has no key to open what is queued", hint)


def _unread(configured: Configured, policy: Policy) -> Iterator[Finding]:
    """Platforms that the policy trusts and that nobody here can read: their yes would never count."""
    for message, hint in unread(platforms(configured)[0], policy.trust):
        yield replace(configured.finding(("policy",), "G027", message, hint), severity="warning")


def _catalogue(configured: Configured) -> tuple[Catalogue | None, list[Finding]]:
    own = configured.settings.vendors_dir
    try:
        texts = manifests(configured.beside(own) if own else None)
        catalogue = load_catalogue(texts)
        # Ours were tested before they were shipped.
        return catalogue, failing(catalogue, texts, texts.keys() - set(SHIPPED))
    except ConfigurationError as error:
        return None, list(error.findings)
    except (OSError, UnicodeDecodeError):
        return None, [configured.finding(("vendors_dir",), "G020", "a manifest cannot be read")]


def _keys(configured: Configured) -> Keys:
    """Of the root keys; a worker, which has none, makes do with one that opens nothing."""
    roots = configured.roots or (secrets.token_bytes(ROOT_BYTES),)
    return Keys(roots[0], roots[1:])


def _bindings(configured: Configured, keys: Keys) -> Iterator[tuple[str, Binding]]:
    vendors = Keys(configured.vendors[0] if configured.vendors else keys.derive(VENDORS))
    for name, each in configured.settings.destinations.items():
        if each.enabled:
            given = configured.secrets.get(name, {})
            key = vendors.derive(f"vendor/{name}")
            yield name, Binding(name, each.settings, given, each.endpoint or "", key, each.test)


def _unmatched(configured: Configured, policy: Policy) -> Iterator[Finding]:
    """Destinations that only one of the two files knows."""
    ours, theirs = configured.settings.destinations, policy.destinations
    for name in theirs:
        if name not in ours:
            message = f'the policy\'s destination "{name}" is missing here'
            hint = f"say how it is reached, or write `{name}: {{enabled: false}}`"
            yield configured.finding(("destinations",), "G021", message, hint)
    for name in ours:
        if name not in theirs:
            message = f'the policy has no destination "{name}"'
            yield configured.finding(("destinations", name), "G022", message, _did_you_mean(name, theirs))


def _misbound(configured: Configured, catalogue: Catalogue, bindings: Mapping[str, Binding]) -> Iterator[Finding]:
    """Vendors and sources that do not exist, and settings and secrets that a manifest does not want like this."""
    known = (OWN, *catalogue.pixels)
    for name, binding in bindings.items():
        path = ("destinations", name)
        each = configured.settings.destinations[name]
        manifest = catalogue.manifests.get(each.vendor)
        if manifest is None:
            hint = _did_you_mean(each.vendor, catalogue.manifests)
            yield configured.finding((*path, "vendor"), "G023", f'there is no vendor "{each.vendor}"', hint)
            continue
        for index, source in enumerate(each.sources):
            if source not in known:
                hint = _did_you_mean(source, known)
                yield configured.finding((*path, "sources", index), "G024", f'there is no pixel "{source}"', hint)
        if manifest.api.request.method in FILES:
            yield from _files(configured, name, manifest.api.request.method)
        yield from _unfit(configured, manifest, binding)
        yield from _endpoint(configured, name, each)
        yield from _repeated(configured, name, manifest)


def _unfit(configured: Configured, manifest: Manifest, binding: Binding) -> Iterator[Finding]:
    """What the manifest does not want like this, as far as the role has it."""
    path, role = ("destinations", binding.name), configured.role
    for problem in problems(manifest, binding):
        if role.delivers or problem.path[0] != "secrets":
            message = f"{'.'.join(problem.path)} {problem.message}"
            yield configured.finding((*path, *problem.path), "G025", message)


def _files(configured: Configured, name: str, method: str) -> Iterator[Finding]:
    """A format that nobody here can write, and a directory that is not there: events would wait, and then be old."""
    path, each = ("destinations", name), configured.settings.destinations[name]
    if method == "PARQUET" and not parquet.is_there():
        hint = "pip install 'consent-gateway[parquet]'"
        yield configured.finding((*path, "vendor"), "G034", f'"{each.vendor}" needs the package pyarrow', hint)
    directory = Path(str(each.settings.get("directory", "")))
    if directory.is_absolute() and not os.access(directory, os.W_OK | os.X_OK):
        message, place = "no directory that can be written to here", (*path, "settings", "directory")
        hint = "make it, for the user that the gateway runs as alone"
        yield replace(configured.finding(place, "G036", message, hint), severity="warning")


def _repeated(configured: Configured, name: str, manifest: Manifest) -> Iterator[Finding]:
    """An event that is sent again after its vendor has forgotten it counts twice there."""
    window = manifest.api.dedup_window
    if 0 < window < configured.settings.delivery.retry_for:
        message = f"{name} tells repeats for {window // 3600} hours, and delivery is tried for longer"
        hint = "what is sent again after that may count twice there"
        yield replace(configured.finding(("delivery", "retry_for"), "G035", message, hint), severity="warning")


def _endpoint(configured: Configured, name: str, each: DestinationSettings) -> Iterator[Finding]:
    """Another endpoint than the vendor's is for this machine, or for TLS."""
    own = each.allow_loopback or each.allow_networks
    if each.endpoint and not own and urlsplit(each.endpoint).scheme != "https":
        path = ("destinations", name, "endpoint")
        hint = "allow_loopback: true lets it be on this machine"
        yield configured.finding(path, "G026", "an endpoint without TLS is reached on this machine only", hint)


def _route(destination: Destination, each: DestinationSettings) -> Route:
    """Where the destination's requests may go: its own hosts, or its own directory."""
    if destination.manifest.api.request.method in FILES:
        return Route(directory=Path(str(each.settings["directory"])))
    networks = (*each.allow_networks, *(LOOPBACK if each.allow_loopback else ()))
    return Route(destination.hosts, networks, token=destination.access)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    listed = sorted(known)
    close = get_close_matches(word, listed, 1)
    return f'did you mean "{close[0]}"?' if close else f"known: {', '.join(listed)}"
