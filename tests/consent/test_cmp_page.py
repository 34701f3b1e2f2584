import subprocess
import sys
from html.parser import HTMLParser

import pytest

from tests.consent.test_cmps import CMPS
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/reference/cmps.html").read_text("utf-8")


class Outline(HTMLParser):
    """What a browser would have to fetch, what stands open, and the words of the first two columns."""

    def __init__(self):
        super().__init__()
        self.fetched, self.open, self.cells, self.in_code = [], [], [], False

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "srcset", "data", "action", "poster")]
        self.in_code = tag == "code"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.in_code = False

    def handle_data(self, data):
        if self.in_code:
            self.cells.append(data)


@pytest.fixture(scope="module")
def outline():
    parser = Outline()
    parser.feed(PAGE)
    return parser


def test_the_page_is_what_the_table_says():
    done = subprocess.run(
        [sys.executable, "tools/cmp_page.py", "--check"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_page_names_every_platform_and_its_cookies(outline):
    names = {name for cmp in CMPS.values() for name in (cmp.name, *cmp.cookie_names, *cmp.companions)}
    assert names <= set(outline.cells)


def test_the_page_is_whole_and_fetches_nothing(outline):
    assert (outline.open, outline.fetched) == ([], [])
    assert "http" not in PAGE
    assert "url(" not in PAGE
    assert "<script" not in PAGE
