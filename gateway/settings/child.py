"""Hand on what the interpreter itself needs of the environment, and nothing that is the operator's or secret."""

import os

_PYTHONS = (
    "PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX",
    "VIRTUAL_ENV", "LANG",
)  # fmt: skip


def for_python() -> dict[str, str]:
    """The variables with which another process of ours finds what this one found."""
    return {name: os.environ[name] for name in _PYTHONS if name in os.environ}
