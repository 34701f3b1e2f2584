import importlib.util

import pytest

from tests.house.tree import ROOT


@pytest.fixture
def tool():
    """A module of tools/, which is no package, by its name."""

    def load(name):
        spec = importlib.util.spec_from_file_location(f"tool_{name}", ROOT / f"tools/{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
