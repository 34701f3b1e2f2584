import importlib.util

import pytest

from tests.house.tree import ROOT


@pytest.fixture(scope="session")
def chart_tool():
    """The module of tools/chart.py, which is no package."""
    spec = importlib.util.spec_from_file_location("chart_tool", ROOT / "tools/chart.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
