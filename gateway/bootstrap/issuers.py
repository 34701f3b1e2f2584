"""Make of the settings who is believed beside our own keys, and get their keys from a file or from themselves."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from gateway.api_keys.issuers import Fetch, Issuers, Source
from gateway.api_keys.jwk import KeySetError, parse_keys
from gateway.api_keys.oidc import Issuer
from gateway.errors import Finding
from gateway.outbound import Outbound
from gateway.sender import Forbidden, Route, Sender
from gateway.settings.oidc import IssuerSettings
from gateway.settings.read import Configured

_MOST_BYTES = 1 << 18
_ASKED = {"Accept": "application/jwk-set+json, application/json"}


def issuers_of(configured: Configured, sender: Sender) -> Issuers | None:
    """Who is believed; None where the settings name nobody."""
    sources = [
        Source(
            Issuer(each.issuer, each.audience, each.scopes, each.networks, each.algorithms),
            _of_address(each, sender) if _is_address(each) else _of_file(configured.beside(Path(each.jwks))),
        )
        for each in configured.settings.oidc.values()
    ]
    return Issuers(sources, time.monotonic) if sources else None


def keyless(configured: Configured) -> Iterator[Finding]:
    """Files of keys that nobody can use. Hits do not need one, and it may be mended while the gateway runs."""
    for name, each in configured.settings.oidc.items():
        flaw = "" if _is_address(each) else _flaw(configured.beside(Path(each.jwks)))
        if flaw:
            finding = configured.finding(("oidc", name, "jwks"), "G039", flaw, "until then no token of it counts")
            yield replace(finding, severity="warning")


def _flaw(path: Path) -> str:
    """What is wrong with a file of keys."""
    try:
        return "" if parse_keys(_read(path)) else "there is no key for signatures in it"
    except KeySetError as error:
        return str(error)


def _is_address(settings: IssuerSettings) -> bool:
    return "://" in settings.jwks


def _of_file(path: Path) -> Fetch:
    async def fetch() -> bytes:
        return await asyncio.to_thread(_read, path)

    return fetch


def _of_address(settings: IssuerSettings, sender: Sender) -> Fetch:
    """Asks an address. No redirect is followed, and only that host is asked."""
    route = Route(frozenset({urlsplit(settings.jwks).netloc}), settings.allow_networks)

    async def fetch() -> bytes:
        try:
            reply = await sender.send(Outbound("GET", settings.jwks, _ASKED), route)
        except Forbidden as error:
            raise KeySetError(str(error)) from None
        if reply.status != 200:
            raise KeySetError("the keys of an issuer cannot be had")
        return reply.body

    return fetch


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        raise KeySetError("the file of an issuer's keys cannot be read") from None
