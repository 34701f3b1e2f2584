"""`gateway consent-records`: every record of consent, from the running gateway or from its store."""

import secrets
import sys
from pathlib import Path

import click

from gateway.api_keys.grant import LOCAL
from gateway.bootstrap.admission import write_down
from gateway.bootstrap.collecting import new_id
from gateway.bootstrap.plan import Plan
from gateway.cli.admin_listener import Sent, ask_as_machine
from gateway.cli.ending import fail, well_configured
from gateway.cli.opened_store import in_the_store
from gateway.cli.options import config_option
from gateway.dsr.consent_log import ConsentLog
from gateway.dsr.salts import Salts
from gateway.keys import Subjects
from gateway.settings.read import Configured, load
from gateway.store.protocols import Store
from gateway.web.dsr.consent_records import AT_ONCE, PATH, lines_from


@click.command("consent-records")
@config_option
def command(config: Path) -> None:
    """Print every record of consent, one JSON object a line (ISO/IEC TS 27560:2023).

    The running gateway is asked at its admin listener; where none runs, its store is opened instead. That it was asked
    for is written into the log of evidence first.
    """
    with well_configured():
        configured = load(config)
    sys.stdout.writelines(_lines(configured))


def _lines(configured: Configured) -> list[str]:
    settings = configured.settings
    try:
        status, content = ask_as_machine(
            settings.listeners.admin, configured.beside(settings.data_dir), Sent("GET", PATH)
        )
    except (ConnectionError, TimeoutError) as error:
        return _of_the_store(configured, error)
    if status != 200:
        fail(f"the gateway answers {status}")
    return content.decode().splitlines(keepends=True)


def _of_the_store(configured: Configured, why: Exception) -> list[str]:
    async def work(plan: Plan, store: Store) -> list[str]:
        write_down(configured, "consent.exported", by=LOCAL)
        salts = Salts(store, secrets.token_bytes)
        log = ConsentLog(store, Subjects(plan.keys.ring("subject")), salts.salt, new_id)
        return [lines async for lines in lines_from(log, await log.browse("", AT_ONCE))]

    return in_the_store(configured, why, work)
