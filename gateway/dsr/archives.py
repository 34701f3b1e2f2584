"""Write the operator's files of events anew without a person: without what carries an id that was written of it.

Of a row without an id nobody can say whose it is, and it stays. Files that were moved elsewhere are not seen here.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateway.sinks import lines, parquet
from gateway.sinks.columns import COLUMNS, TEXTS
from gateway.sinks.folder import clear, opened

_GROUPS = ("id", "contact")
_COLUMNS = tuple(name for name in COLUMNS if name.partition("_")[0] in _GROUPS)


class Rewritten(NamedTuple):
    """How many files and rows were looked at, and how many rows are gone."""

    files: int
    rows: int
    gone: int


def rewrite(directory: Path, ids: Collection[str]) -> Rewritten:
    """Every file of a directory, and of the folders in it, without the rows that carry one of these ids. It reads all
    of them. OSError or ValueError where one cannot be read or written; what was done until then is done."""
    wanted, total = frozenset(ids), Rewritten(0, 0, 0)
    for below, name in sorted(_files(directory)):
        if name.endswith(".jsonl"):
            rows, gone = lines.rewrite(directory, below, name, lambda line: not _in_line(line, wanted))
        else:
            rows, gone = parquet.rewrite(directory, below, name, lambda row: not _in_row(row, wanted))
        total = Rewritten(total.files + 1, total.rows + rows, total.gone + gone)
    return total


def _files(directory: Path) -> Iterator[tuple[str, str]]:
    """Each file, once what dead writers have left beside it is gone."""
    for below in ("", *(each.name for each in directory.iterdir() if each.is_dir() and not each.is_symlink())):
        with opened(directory, below) as folder:
            clear(folder)
        for path in (directory / below).iterdir():
            if path.suffix in (".jsonl", ".parquet") and path.is_file() and not path.name.startswith("."):
                yield below, path.name


def _in_line(line: bytes, wanted: frozenset[str]) -> bool:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    groups = [event.get(group) for group in _GROUPS] if isinstance(event, dict) else []
    return any(str(value) in wanted for group in groups if isinstance(group, dict) for value in group.values())


def _in_row(row: Mapping[str, Any], wanted: frozenset[str]) -> bool:
    values = [(name, row[name]) for name in _COLUMNS if row.get(name) is not None]
    return any(
        any(str(each) in wanted for _, each in value) if COLUMNS[name] == TEXTS else str(value) in wanted
        for name, value in values
    )
