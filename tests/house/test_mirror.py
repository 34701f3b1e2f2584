"""The tests mirror the package: what is decided on a pure floor is tested under its own name."""

import re

import pytest

from tests.house.tree import PACKAGE, ROOT, modules, name

PURE = ("consent", "region", "policy", "anonymise", "vendors", "mail")


def pure_modules():
    return [path for path in modules() if path.relative_to(PACKAGE).parts[0] in PURE and path.name != "__init__.py"]


@pytest.mark.parametrize("path", pure_modules(), ids=name)
def test_a_module_of_a_pure_floor_has_its_own_tests(path):
    folder = ROOT / "tests" / path.relative_to(PACKAGE).parent
    assert list(folder.glob(f"test_{path.stem}*.py")) != []


def test_what_drives_a_browser_stands_where_the_leg_with_a_browser_looks():
    asks = re.compile(r"^def \w+\(.*\bchromium\b", re.MULTILINE)
    drives = [path for path in (ROOT / "tests").rglob("test_*.py") if asks.search(path.read_text())]
    demo = ROOT / "tests" / "demo"
    assert len(drives) > 4
    assert [path for path in drives if demo not in path.parents and path.name != "test_in_a_browser.py"] == []
