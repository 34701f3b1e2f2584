"""Write the events of a batch as one Parquet file, whole or not at all."""

import hashlib
import importlib
import importlib.util
import json
import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from gateway.sinks.columns import COLUMNS, ITEM, ITEMS, MONEY, PRECISION, SCALE, TEXT, TEXTS, TIME, WHOLE, row
from gateway.sinks.folder import opened

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


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
        made = f".{name}.{os.getpid()}"
        try:
            _write(made, data, folder)
            os.rename(made, f"{name}.parquet", src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            _discard(made, folder)
            raise
        os.fsync(folder)


def encoded(events: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of a file with a row for each event."""
    arrow, format_ = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    schema = arrow.schema([(name, _type(arrow, kind)) for name, kind in COLUMNS.items()])
    rows = [_paired(row(event)) for event in events]
    out = BytesIO()
    format_.write_table(arrow.Table.from_pylist(rows, schema=schema), out, compression="zstd")
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


def _write(name: str, data: bytes, folder: int) -> None:
    file = os.open(name, _FLAGS, 0o600, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)


def _discard(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
