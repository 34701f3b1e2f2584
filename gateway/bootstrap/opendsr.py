"""Make of the settings who answers OpenDSR, and say what keeps it from vouching for anything."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from starlette.routing import Route

from gateway.dsr.notices import Voice
from gateway.dsr.webhooks import Hooks
from gateway.errors import Finding
from gateway.sender import Sender
from gateway.settings.read import Configured
from gateway.web.opendsr.callbacks import Callbacks
from gateway.web.opendsr.read import House
from gateway.web.opendsr.routes import Desk, Front, OpenDsr
from gateway.web.opendsr.signing import Signer, Unfit, signer
from gateway.web.opendsr.words import PROTOCOL

_SOON = timedelta(days=30)


class Needs(NamedTuple):
    """What the protocol is spoken over: the way out, the one door for requests, how long a key has to wait, and who
    hears of faults."""

    sender: Sender
    desk: Desk
    take: Callable[[str], float]
    fault: Callable[[BaseException], None]


class Spoken(NamedTuple):
    """Its routes, and the voice that callbacks are told in."""

    routes: Sequence[Route]
    voices: Mapping[str, Voice]


def signer_of(configured: Configured) -> Signer | None:
    """Who signs; None where the settings name nobody, and in a process that takes no requests. Unfit where what is
    there cannot."""
    settings = configured.settings.opendsr
    if settings is None or not configured.role.collects:
        return None
    try:
        certificate = configured.beside(settings.certificate).read_bytes()
    except OSError:
        raise Unfit("the certificate cannot be read") from None
    return signer(settings.domain, configured.opendsr_key.encode(), certificate, _now())


def spoken(configured: Configured, hooks: Hooks, needs: Needs) -> Spoken:
    """The protocol as this process speaks it: not at all where nobody can sign. Unfit as for `signer_of`."""
    settings, found = configured.settings.opendsr, signer_of(configured)
    if settings is None or found is None:
        return Spoken((), {})
    house = House(settings.domain, settings.regulation, hooks.may_call)
    front = Front(needs.take, needs.fault, time.time, settings.echo_request)
    voice = Callbacks(needs.sender, found, hooks.networks)
    return Spoken(OpenDsr(needs.desk, found, house, front).routes(), {PROTOCOL: voice})


def unfit(configured: Configured) -> Iterator[Finding]:
    """What keeps answers from being signed, now or soon."""
    try:
        found = signer_of(configured)
    except Unfit as error:
        yield configured.finding(("opendsr",), "G041", str(error), "RSA, in PEM, for the domain, and counting now")
        return
    if found and found.until - _now() < _SOON:
        message = f"the certificate for {found.domain} ends in less than {_SOON.days} days"
        finding = configured.finding(
            ("opendsr", "certificate"), "G042", message, "put another one there, and start anew"
        )
        yield replace(finding, severity="warning")


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
