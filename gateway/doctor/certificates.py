"""Look at the certificates that visitors are shown at the sites' own hosts."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

from gateway.days import SECONDS_A_DAY
from gateway.doctor.result import Result, doubtful, fine, unknown, wrong
from gateway.names import Names, ask_the_system

CHECK = "tls"
PORT = 443
SECONDS = 5.0
# Whoever renews by itself does so earlier.
SOON_DAYS = 14
_DO = "renew it where TLS ends, and see that it names this host"
_AWAY = "look from outside, or leave it out: --skip tls"
# A site may be in a network of the operator's own.
_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


async def certificates(
    hosts: list[str], clock: Callable[[], float], tls: ssl.SSLContext | None = None, port: int = PORT
) -> list[Result]:
    """Each host, all at once. `tls` replaces the system's authorities."""
    context = tls or ssl.create_default_context()
    return list(await asyncio.gather(*(_look(host.strip("[]"), clock, context, port) for host in hosts)))


async def _look(host: str, clock: Callable[[], float], tls: ssl.SSLContext, port: int) -> Result:
    try:
        ends = await asyncio.wait_for(_ends(host, tls, port), SECONDS)
    except ssl.SSLCertVerificationError as error:
        return wrong(CHECK, host, f"its certificate is not taken: {error.verify_message}", _DO)
    except (OSError, TimeoutError):
        return unknown(CHECK, host, f"is not reached at port {port} from here", _AWAY)
    days = int((ends - clock()) // SECONDS_A_DAY)
    if days < SOON_DAYS:
        return doubtful(CHECK, host, f"its certificate ends in {days} days", _DO)
    return fine(CHECK, host, f"its certificate lasts {days} days")


async def _ends(host: str, tls: ssl.SSLContext, port: int) -> float:
    """When the certificate of a host ends, in POSIX seconds."""
    place = (await Names(_EVERYWHERE, ask_the_system).resolve(host, port))[0]["host"]
    _, writer = await asyncio.open_connection(place, port, ssl=tls, server_hostname=host)
    shown: dict[str, Any] = writer.get_extra_info("peercert")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return float(ssl.cert_time_to_seconds(shown["notAfter"]))
