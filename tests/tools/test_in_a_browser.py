"""Everybody can use the site of the documentation: axe reads pages of each kind."""

import subprocess
import sys

import pytest

from tests.accessible import faults
from tests.house.tree import ROOT

pytestmark = pytest.mark.browser

# The first page, tables with and without a name for each column, what stands as HTML in the repository, and a file.
PAGES = [
    "index.html",
    "contributing.html",
    "how-to/operate.html",
    "reference/weakening.html",
    "reference/cmps.html",
    "repository/gateway/collector.py.html",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("made") / "site"
    subprocess.run([sys.executable, ROOT / "tools/site.py", target], check=True)
    return target


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_documentation_can_be_used_by_everybody(chromium, site, page):
    opened = chromium.new_page()
    opened.goto((site / page).as_uri())
    assert faults(opened) == []
    opened.close()
