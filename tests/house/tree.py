"""The files of this repository, as the house tests see them."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gateway"

# What the repository ignores, plus the folder of git itself; a checkout without git must pass as well.
_MADE = {"__pycache__", "node_modules", "build", "dist", "data", "var"}


def files(*suffixes: str, under: Path = ROOT) -> list[Path]:
    """Every file a person wrote, in order; with `suffixes`, only those that end so."""
    return [path for path in _walk(under) if not suffixes or path.name.endswith(suffixes)]


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            made = path.name in _MADE and (path.name not in ("data", "var") or path.parent == ROOT)
            if not hidden and not made and not path.is_symlink():
                yield from _walk(path)
        elif not path.name.startswith(".coverage"):
            yield path


def modules() -> list[Path]:
    """Every Python module of the package."""
    return files(".py", under=PACKAGE)


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """A path as it is written from the top of the repository."""
    return path.relative_to(ROOT).as_posix()
