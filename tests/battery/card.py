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
_NOT_YET = "not run yet"


def figures(text: str) -> dict[str, str]:
    """The figure of each row of the table in a page."""
    table = text.partition(BEGIN)[2].partition(END)[0]
    rows = re.findall(r"^\| (.+?) \| .* \| .* \| (.*) \|$", table, re.MULTILINE)
    return {name: figure for name, figure in rows if name not in ("check", "---")}


def written(text: str, found: Mapping[str, Figure], how: str) -> str:
    """The page with the rows of the battery, and the figures that were found in the place of earlier ones."""
    before = figures(text)
    lines = []
    for row in ROWS:
        figure = before.get(row.name, _NOT_YET)
        if row.name in found:
            new = found[row.name]
            figure = f"{'' if new.reached else '**missed**: '}{new.said} ({how})"
        lines.append(f"| {row.name} | {row.done} | {row.passes} | {figure} |\n")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}{_HEAD}{''.join(lines)}{END}{rest.partition(END)[2]}"


def circumstances() -> str:
    """The day, and what the figures were found on."""
    day = datetime.now(UTC).date().isoformat()
    kernel = platform.release().partition("-")[0]
    return (
        f"{day}, {__version__}, {os.cpu_count()} × {_processor()}, Linux {kernel}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.0f}"
    )


def write(found: Mapping[str, Figure], how: str, page: Path = PAGE) -> None:
    """Put the figures into the page."""
    page.write_text(written(page.read_text(), found, how))


def _processor() -> str:
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return re.sub(r"\s+|\(R\)|\(TM\)|CPU|@.*", " ", names[0]).strip() if names else platform.machine()
