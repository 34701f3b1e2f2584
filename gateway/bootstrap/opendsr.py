"""Make of the settings who answers OpenDSR, and say what keeps it from vouching for anything."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.dsr.webhooks import Hooks
from gateway.errors import Finding
from gateway.settings.read import Configured
from gateway.web.opendsr.read import House
from gateway.web.opendsr.signing import Signer, Unfit, signer

_SOON = timedelta(days=30)


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


def house_of(configured: Configured, hooks: Hooks) -> House:
    """What the operator has settled; `hooks` tell where a callback may lead."""
    settings = configured.settings.opendsr
    return House(settings.domain, settings.regulation, hooks.may_call) if settings else House("", "", hooks.may_call)


def unfit(configured: Configured) -> Iterator[Finding]:
    """What keeps answers from being signed, now or soon."""
    try:
        found = signer_of(configured)
    except Unfit as error:
        yield configured.finding(("opendsr",), "G041", str(error), "RSA, in PEM, for the domain, and counting now")
        return
    if found and found.until - _now() < _SOON:
        message = f"the certificate for {found.domain} ends in less than {_SOON.days} days"
        finding = configured.finding(("opendsr", "certificate"), "G042", message, "put another one there, and start anew")
        yield replace(finding, severity="warning")


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
