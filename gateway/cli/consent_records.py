"""`gateway consent-records`: every record of consent, from the running gateway or from its store."""

import asyncio
import http.client
import secrets
import sys
from pathlib import Path
from typing import NoReturn

import click

from gateway.api_keys.grant import LOCAL
from gateway.bootstrap.admission import write_down
from gateway.bootstrap.collecting import new_id
from gateway.bootstrap.machine import local_key, read_keys
from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.storing import store_of
from gateway.cli.admin_listener import ask
from gateway.cli.findings import show as show_findings
from gateway.cli.options import config_option
from gateway.dsr.consent_log import ConsentLog
from gateway.dsr.salts import Salts
from gateway.errors import ConfigurationError, LogUnavailable, StoreUnavailable
from gateway.keys import Subjects
from gateway.settings.read import Configured, load
from gateway.web.consent_records import AT_ONCE, PATH, lines_from


@click.command("consent-records")
@config_option
def command(config: Path) -> None:
    """Print every record of consent, one JSON object a line (ISO/IEC TS 27560:2023).

    The running gateway is asked at its admin listener; where none runs, its store is opened instead. That it was asked
    for is written into the log of evidence first.
    """
    try:
        configured = load(config)
        sys.stdout.writelines(_lines(configured))
    except ConfigurationError as error:
        show_findings(error.findings, as_json=False)
        sys.exit(1)
    except (OSError, http.client.HTTPException) as error:
        _fail(f"the gateway does not answer: {type(error).__name__}")
    except StoreUnavailable:
        _fail("the store cannot be read")
    except LogUnavailable:
        _fail("it cannot be evidenced, and was not done: the log cannot be written")


def _lines(configured: Configured) -> list[str]:
    try:
        answer = ask(configured.settings.listeners.admin, "GET", PATH, key=_key(configured))
    except (ConnectionError, TimeoutError) as error:
        return _of_the_store(configured, error)
    if answer.status != 200:
        _fail(f"the gateway answers {answer.status}")
    return answer.text.splitlines(keepends=True)


def _key(configured: Configured) -> str:
    """The machine's own; none where it cannot be read here."""
    try:
        return local_key(read_keys(configured.beside(configured.settings.data_dir)))
    except (OSError, ValueError):
        return ""


def _of_the_store(configured: Configured, why: Exception) -> list[str]:
    directory = configured.beside(configured.settings.data_dir)
    if configured.store is None and not directory.is_dir():
        _fail(f"no gateway answers ({type(why).__name__}), and there is no {directory}")
    plan = read_ground(Path(configured.document.file))

    async def work() -> list[str]:
        store = store_of(plan)
        await store.open()
        try:
            write_down(configured, "consent.exported", by=LOCAL)
            salts = Salts(store, secrets.token_bytes)
            log = ConsentLog(store, Subjects(plan.keys.ring("subject")), salts.salt, new_id)
            return [lines async for lines in lines_from(log, await log.browse("", AT_ONCE))]
        finally:
            await store.close()

    return asyncio.run(work())


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)
