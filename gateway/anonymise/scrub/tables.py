"""Read the tables of names that ship with the scrubber, once."""

from importlib.resources import files
from typing import Any

from gateway import marked_yaml

_FOLDER = files("gateway.anonymise.scrub")


def shipped(name: str) -> Any:
    """A table of this package as plain values."""
    return marked_yaml.load((_FOLDER / name).read_text("utf-8"), name).value
