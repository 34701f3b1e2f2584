"""Write the events of a batch as one Parquet file, whole or not at all."""

import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from gateway.sinks.columns import COLUMNS, ITEM, ITEMS, MONEY, PRECISION, SCALE, TEXT, TEXTS, TIME, WHOLE, row
from gateway.sinks.folder import opened, replace


def is_there() -> bool:
    """Whether the package that writes the format is installed."""
    return importlib.util.find_spec("pyarrow") is not None


def write(directory: Path, partition: str, lines: bytes) -> None:
    """A file in the part of the directory that is called `partition`, of the events in `lines` (one JSON object each),
    each event id once. It is named by the ids in it: the same batch once more is the same file.

    OSError where the disk does not take it; then there is no such file.
    """
    events = {event["event"]["id"]: event for event in map(json.loads, lines.splitlines())}
    name = hashlib.sha256("\n".join(sorted(events)).encode()).hexdigest()[:32]
    data = encoded(list(events.values()))
    with opened(directory, partition) as folder:
        replace(folder, f"{name}.parquet", data)


def rewrite(directory: Path, partition: str, name: str, keep: Callable[[Mapping[str, Any]], bool]) -> tuple[int, int]:
    """A file without the rows that are not to be kept, or no file where none is: how many rows it had, and how many are
    gone. OSError where the disk does not take it, ValueError where it is no such file; then it is as it was."""
    arrow, format_ = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    with opened(directory, partition) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)  # whoever else takes rows out of it would put these back
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(file, "rb") as given:
            table = format_.read_table(arrow.BufferReader(given.read()))
        kept = [keep(each) for each in table.to_pylist()]
        if all(kept):
            return len(kept), 0
        if any(kept):
            replace(folder, name, _bytes(table.filter(arrow.array(kept))))
        else:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
    return len(kept), kept.count(False)


def encoded(events: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of a file with a row for each event."""
    arrow = importlib.import_module("pyarrow")
    schema = arrow.schema([(name, _type(arrow, kind)) for name, kind in COLUMNS.items()])
    rows = [_paired(row(event)) for event in events]
    return _bytes(arrow.Table.from_pylist(rows, schema=schema))


def _bytes(table: Any) -> bytes:
    out = BytesIO()
    importlib.import_module("pyarrow.parquet").write_table(table, out, compression="zstd")
    return out.getvalue()


def _type(arrow: Any, kind: str) -> Any:
    plain = {
        TEXT: arrow.string(), TIME: arrow.timestamp("ms", tz="UTC"), MONEY: arrow.decimal128(PRECISION, SCALE),
        WHOLE: arrow.int64(), TEXTS: arrow.map_(arrow.string(), arrow.string()),
    }  # fmt: skip
    return arrow.list_(arrow.struct({name: plain[of] for name, of in ITEM.items()})) if kind == ITEMS else plain[kind]


def _paired(given: dict[str, Any]) -> dict[str, Any]:
    """With its open groups as pairs."""
    open_groups = (name for name, kind in COLUMNS.items() if kind == TEXTS)
    return {**given, **{name: given[name] and list(given[name].items()) for name in open_groups}}
