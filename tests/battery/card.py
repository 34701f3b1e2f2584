"""Write what the battery found into the table of the reliability card, and read it from there."""

import os
import platform
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway import __version__
from tests.battery.rows import ROOT, ROWS, Figure

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- card: written by python -m tests.battery --write -->\n", "<!-- /card -->\n"
_HEAD = "| check | what is done | passes when | figure |\n| --- | --- | --- | --- |\n"
_ON = "The last of them on "
_MACHINE = re.compile(rf"^{_ON}.*\.\n\n", re.MULTILINE)
_NOT_YET = "not run yet"


def figures(text: str) -> dict[str, str]:
    """The figure of each row of the table in a page."""
    table = text.partition(BEGIN)[2].partition(END)[0]
    rows = re.findall(r"^\| (.+?) \| .* \| .* \| (.*) \|$", table, re.MULTILINE)
    return {name: figure for name, figure in rows if name not in ("check", "---")}


def written(text: str, found: Mapping[str, Figure], how: str, machine: str = "") -> str:
    """The page with the rows of the battery, and the figures that were found in the place of earlier ones; `machine` is
    the one of this run, where there was one."""
    before, last = figures(text), _MACHINE.search(text)
    told = f"{_ON}{machine}.\n\n" if machine else (last[0] if last else "")
    lines = []
    for row in ROWS:
        figure = before.get(row.name, _NOT_YET)
        if row.name in found:
            new = found[row.name]
            figure = f"{'' if new.reached else '**missed**: '}{new.said} ({how})"
        lines.append(f"| {row.name} | {row.done} | {row.passes} | {figure} |\n")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}{told}{_HEAD}{''.join(lines)}{END}{rest.partition(END)[2]}"


def circumstances() -> str:
    """The day, and how many processes wanted the machine's processors."""
    return f"{datetime.now(UTC).date().isoformat()}, load {os.getloadavg()[0]:.0f}"


def machine() -> str:
    """What the figures are found on."""
    kernel = platform.release().partition("-")[0]
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, gateway {__version__}"
    return f"{os.cpu_count()} × {_processor()}, Linux {kernel}, {versions}"


def write(found: Mapping[str, Figure], how: str, page: Path = PAGE) -> None:
    """Put the figures into the page."""
    page.write_text(written(page.read_text(), found, how, machine()))


def _processor() -> str:
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return re.sub(r"\s+|\(R\)|\(TM\)|CPU|@.*", " ", names[0]).strip() if names else platform.machine()
