"""Learn from `gateway.yaml`, or from the running gateway, where hits go and what the policy would say of them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gateway.bootstrap.plan import Plan
from gateway.canary.deployment import DATA, FILE_OF, Ask, Place
from gateway.canary.fronted import fronted
from gateway.canary.requests import Endpoint, Request
from gateway.canary.wire import Wire
from gateway.keys import Subjects
from gateway.policy.explain import as_json, explain_words
from gateway.region.edge import Edge
from gateway.settings.scalars import Address
from gateway.vendors.own_events import PIXEL as OWN
from gateway.web.explain import PATH as EXPLAIN

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it is listened, not where we listen
_PORTS = {"http": 80, "https": 443}
_FAVOURITE = "page_view"  # what disturbs a report least


class Known(NamedTuple):
    """What a deployment's own file says of it. `destinations_of` has destinations by `host:port` of their endpoint;
    `unwritten` are pixels that feed one and of which no hit could be written; `subject` is that of
    `Deployment`."""

    public: str
    admin: str
    hosts: Mapping[str, Sequence[str]]
    endpoints: Sequence[Endpoint]
    feeds: Mapping[str, Sequence[str]]
    ask: Ask
    edge: Edge | None
    places: Sequence[Place]
    destinations_of: Mapping[str, Sequence[str]]
    unwritten: Sequence[str]
    subject: Callable[[str], str]


def known(plan: Plan, day: int) -> Known:
    """Everything a plan tells. `day` is today, in days since 1970-01-01."""
    settings = plan.configured.settings
    feeds = plan.fed_by()

    def ask(situation: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [as_json(each) for each in explain_words(plan.policy, situation, day)]

    endpoints = [*_endpoints(plan, feeds)]
    return Known(
        public=_url(settings.listeners.public),
        admin=_url(settings.listeners.admin),
        hosts=settings.sites,
        endpoints=endpoints,
        feeds=feeds,
        ask=ask,
        edge=settings.edge,
        places=[*_places(plan)],
        destinations_of=_by_endpoint(plan),
        unwritten=[each for each, fed in feeds.items() if fed and each not in {one.source for one in endpoints}],
        subject=Subjects(plan.keys.ring("subject")).digest,
    )


def asking(admin: Wire | None) -> Ask:
    """Ask the running gateway what its policy says; nobody can say without an admin listener."""

    def ask(situation: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
        if admin is None:
            return None
        body = json.dumps(situation).encode()
        headers = {"Host": f"{admin.host}:{admin.port}", "Content-Type": "application/json"}
        reply = admin.send(Request("explain", "POST", EXPLAIN, {}, body), headers)
        try:
            return [json.loads(line) for line in reply.body.splitlines()] if reply.status == 200 else None
        except ValueError:
            return None

    return ask


def own_endpoint(event: str = _FAVOURITE) -> Endpoint:
    """The gateway's own."""
    return Endpoint("/p.gif", "/e", OWN, event, lambda values: {"id": values["event.id"]})


def wire(url: str, rate: float, key: str = "") -> Wire:
    """Where a URL leads, with an API key to show there. ValueError where it is none of a server."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"{url} is not like http://127.0.0.1:8080")
    return Wire(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "https", rate, key)


def edge_headers(edge: Edge | None, region: str) -> dict[str, str]:
    """How the edge would tell a region (`DE`, `US-CA`); nothing where it is told otherwise than in plain codes."""
    if edge is None or not region or edge.form not in ("country", "country_subdivision"):
        return {}
    country, _, subdivision = region.partition("-")
    headers = {edge.country: country}
    return {**headers, edge.subdivision: subdivision} if subdivision and edge.subdivision else headers


def _endpoints(plan: Plan, feeds: Mapping[str, Sequence[str]]) -> Iterable[Endpoint]:
    """Our own, and that of every pixel that feeds a destination."""
    own = _wanted(plan, feeds.get(OWN, ()))
    yield own_endpoint(own[0] if own else _FAVOURITE)
    settings = plan.configured.settings.destinations
    for pixel_id, destinations in feeds.items():
        pixel = plan.catalogue.pixels.get(pixel_id)
        if pixel is None or not destinations:
            continue
        owner = plan.catalogue.manifests[plan.catalogue.vendor_of(pixel_id)]
        accounts = [str(settings[name].settings.get(owner.account, "")) for name in destinations]
        endpoint = fronted(plan.catalogue, pixel, _wanted(plan, destinations), next(filter(None, accounts), ""))
        if endpoint:
            yield endpoint


def _wanted(plan: Plan, destinations: Iterable[str]) -> list[str]:
    """The events that any of the destinations lists, page views first."""
    listed = {event: None for name in destinations for event in plan.policy.destinations[name].events}
    return sorted(listed, key=lambda event: event != _FAVOURITE)


def _places(plan: Plan) -> Iterable[Place]:
    """The data directory, and each file that events are appended to."""
    configured = plan.configured
    yield Place(DATA, configured.beside(configured.settings.data_dir))
    for name, destination in plan.destinations.items():
        if destination.manifest.api.request.method == "APPEND":
            path = Path(str(configured.settings.destinations[name].settings["path"]))
            yield Place(f"{FILE_OF}{name}", path, may_be_missing=True)


def _by_endpoint(plan: Plan) -> dict[str, list[str]]:
    """The destinations that have another endpoint than their vendor's, by its host and port."""
    found: dict[str, list[str]] = {}
    for name, each in plan.configured.settings.destinations.items():
        if each.endpoint:
            found.setdefault(urlsplit(each.endpoint).netloc, []).append(name)
    return found


def _url(address: Address) -> str:
    host = _EVERYWHERE.get(address.host, address.host)
    return f"http://[{host}]:{address.port}" if ":" in host else f"http://{host}:{address.port}"
