"""Look whether each host is reached that the gateway speaks to, by the one way out that deliveries take.

Those are the hosts of destinations, of identity providers, of who is told of requests, and of a collector of traces.
Each gets one `HEAD /` without any field, and nothing of a visitor. Where no answer comes, the steps of a
connection are tried one by one, to say which of them fails.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from gateway.addresses import LOOPBACK
from gateway.bootstrap.plan import Plan
from gateway.doctor.clock import Reading
from gateway.doctor.result import Result, fine, wrong
from gateway.names import Names, ask_the_system
from gateway.outbound import Outbound, Reply
from gateway.sender import Route, Sender, Timeouts
from gateway.settings.model import DestinationSettings, Settings

CHECK = "egress"
TIMEOUTS = Timeouts(connect=3.0, total=6.0)


# Who it is to us, the address that is asked, and where requests to it may go.
Asked = tuple[str, str, Route]


class Reached(NamedTuple):
    """What was seen, and what the hosts told of the time."""

    results: list[Result]
    readings: list[Reading]


class Why(NamedTuple):
    """Which step of a connection fails, and what to do."""

    says: str
    do: str


async def egress(plan: Plan, clock: Callable[[], float], tls: ssl.SSLContext | None = None) -> Reached:
    """Each host that the role speaks to, all at once. `tls` replaces the system's authorities."""
    sender = Sender(clock, TIMEOUTS, tls)
    asked = [*(_vendors(plan) if plan.configured.role.delivers else ()), *beside(plan.configured.settings)]
    reached = Reached([], [])
    try:
        found = await asyncio.gather(*(_ask(sender, clock, url, route) for _, url, route in asked))
    finally:
        await sender.close()
    for (name, url, route), (reply, begun, ended) in zip(asked, found, strict=True):
        about = f"{name}: {urlsplit(url).netloc}"
        if reply.status:
            reached.results.append(fine(CHECK, about, f"answers ({reply.status})"))
            told = _date(reply)
            reached.readings.extend([Reading(about, told, begun, ended)] if told is not None else [])
        else:
            reached.results.append(wrong(CHECK, about, *await why(url, route, tls)))
    files = [name for name, route in plan.routes.items() if route.directory and plan.configured.role.delivers]
    reached.results.extend(fine(CHECK, name, "writes files, and speaks to nobody") for name in files)
    return reached


def beside(settings: Settings) -> Iterator[Asked]:
    """Whom the gateway speaks to beside vendors."""
    hooks, traces = settings.rights.webhooks, settings.traces
    told = [(f"oidc.{name}", each.jwks, each.allow_networks) for name, each in settings.oidc.items()]
    told += [("rights.webhooks", address, hooks.allow_networks) for address in (hooks.url, hooks.codes) if address]
    if traces.endpoint:
        own = (*traces.allow_networks, *(LOOPBACK if traces.allow_loopback else ()))
        told.append(("traces", traces.endpoint, own))
    for name, address, networks in told:
        parts = urlsplit(address)
        if parts.netloc:
            yield name, f"{parts.scheme}://{parts.netloc}/", Route(frozenset((parts.netloc,)), networks)


def _vendors(plan: Plan) -> Iterator[Asked]:
    for name, each in plan.destinations.items():
        route = replace(plan.routes[name], hosts=each.hosts | each.erasure_hosts)
        for url in urls(route, plan.configured.settings.destinations[name]):
            yield name, url, route


def urls(route: Route, settings: DestinationSettings) -> list[str]:
    """The root of each host, without TLS only where the settings say so."""
    given = [settings.endpoint or "", *map(str, settings.settings.values())]
    return [
        f"{'http' if any(value.startswith(f'http://{host}') for value in given) else 'https'}://{host}/"
        for host in sorted(route.hosts)
    ]


async def why(url: str, route: Route, tls: ssl.SSLContext | None = None) -> Why:
    """The first step of a connection that fails."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    try:
        names = Names(route.networks, ask_the_system, own_only=not secure)
        place = (await asyncio.wait_for(names.resolve(host, port), TIMEOUTS.connect))[0]["host"]
    except PermissionError:
        do = "if it is in a network of your own: allow_networks of the destination; else ask who answers for names here"
        return Why("its name stands for no address of the open internet", do)
    except (OSError, TimeoutError):
        return Why("its name cannot be looked up", "see resolv.conf, and networkPolicy.dns in a chart")
    try:
        await _open(place, port)
    except (OSError, TimeoutError):
        return Why(
            f"no connection to port {port}", "let it through: a firewall, networkPolicy.fqdn and hosts in a chart"
        )
    return await _secured(place, port, host, tls) if secure else _SILENT


_SILENT = Why("is connected, and does not answer", "see whether it speaks HTTP there, or what stands between")


async def _secured(place: str, port: int, host: str, tls: ssl.SSLContext | None) -> Why:
    try:
        await _open(place, port, tls or ssl.create_default_context(), host)
    except ssl.SSLCertVerificationError as error:
        do = "is a proxy breaking TLS open? are the system's authorities there (ca-certificates, SSL_CERT_FILE)?"
        return Why(f"its certificate is not taken: {error.verify_message}", do)
    except (OSError, TimeoutError):
        return Why("TLS does not come about", "see what stands between, and whether it lets TLS 1.2 or 1.3 through")
    return _SILENT


async def _open(place: str, port: int, tls: ssl.SSLContext | None = None, name: str | None = None) -> None:
    opening = asyncio.open_connection(place, port, ssl=tls, server_hostname=name)
    _, writer = await asyncio.wait_for(opening, TIMEOUTS.connect)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _ask(sender: Sender, clock: Callable[[], float], url: str, route: Route) -> tuple[Reply, float, float]:
    begun = clock()
    reply = await sender.send(Outbound("HEAD", url, {}), route)
    return reply, begun, clock()


def _date(reply: Reply) -> float | None:
    """The Date of an answer (RFC 9110, section 6.6.1) in POSIX seconds."""
    try:
        return parsedate_to_datetime((reply.headers or {}).get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
