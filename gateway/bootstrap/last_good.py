"""Keep the texts of the last good policy on disk, for a start on which the configured one is not good."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from gateway import durable
from gateway.bootstrap.trial import Texts

NAME = "last-good-policy.json"


class Kept(NamedTuple):
    """The texts, and the version of the gateway that accepted them."""

    texts: Texts
    version: str


class LastGood:
    """The one file of it in a data directory. Whoever kills the process finds the old one or the new one; each process
    that shares the directory writes apart."""

    def __init__(self, directory: Path, process: int = 0) -> None:
        self._path = directory / NAME
        self._fresh = self._path.with_suffix(f".new{process or ''}")

    def keep(self, kept: Kept) -> None:
        """Return when it is durable. OSError where it cannot be; the one before is then still there."""
        fresh = self._fresh
        told = {"digest": kept.texts.digest, "version": kept.version, "texts": kept.texts._asdict()}
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        durable.keep_names(self._path.parent)

    def read(self) -> Kept | None:
        """What is there; None where that is nothing, or not what was written."""
        try:
            told = json.loads(self._path.read_text("utf-8"))
            texts = Texts(**told["texts"])
            sound = texts.digest == told["digest"]
            return Kept(texts, str(told["version"])) if sound else None
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return None
