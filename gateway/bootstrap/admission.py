"""Make of a plan what stands at the door of the admin listener, and what is written down of those who came in."""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import closing

from gateway.api_keys.book import Book, Used
from gateway.api_keys.grant import LOCAL, Grant
from gateway.audit.leaf import Value, leaf
from gateway.audit.sqlite import SqliteLog
from gateway.bootstrap.evidence import Evidence
from gateway.bootstrap.machine import local_grant, log_seeds, machine_keys
from gateway.bootstrap.plan import Plan
from gateway.errors import LogUnavailable
from gateway.settings.read import Configured
from gateway.web.keyed import Doorman

Fault = Callable[[BaseException], None]


def evidence_of(plan: Plan, fault: Fault) -> Evidence:
    """The evidence of a process, whose log is begun when there is something to write."""
    return Evidence(lambda: log_of(plan.configured), fault)


def log_of(configured: Configured) -> SqliteLog:
    """The log in the data directory. OSError or ValueError where there is no key to sign it with."""
    directory = configured.beside(configured.settings.data_dir)
    hosts = next(iter(configured.settings.sites.values()))
    host = re.sub(r"[^a-z0-9.-]", "", hosts[0].replace(":", "-"))
    return SqliteLog(directory, log_seeds(machine_keys(directory)), lambda: f"{host}/log/{secrets.token_hex(4)}")


def write_down(configured: Configured, act: str, **fields: Value) -> None:
    """Have one leaf in the log, for a command. LogUnavailable where that cannot be."""
    try:
        with closing(log_of(configured)) as log:
            log.append(leaf(act, time.time(), **fields))
            log.checkpoint()
    except (OSError, ValueError) as error:
        raise LogUnavailable(f"the log of evidence cannot be begun: {type(error).__name__}") from error


def doorman_of(plan: Plan, fault: Fault) -> Doorman:
    """Who asks the file of API keys, and believes who works at the machine."""
    configured = plan.configured
    directory = configured.beside(configured.settings.data_dir)
    book, used = Book(configured.beside(configured.settings.api_keys)), Used(directory)
    local: list[Grant] = []

    def grants() -> Iterable[Grant]:
        try:
            if not local:
                local.append(local_grant(machine_keys(directory)))
        except (OSError, ValueError) as error:
            fault(error)
        return (*book.grants(), *local)

    def note(id_: str, day: str) -> None:
        if id_ == LOCAL:
            return
        try:
            used.note(id_, day)
        except OSError as error:
            fault(error)

    return Doorman(grants, note, time.time, time.monotonic)
