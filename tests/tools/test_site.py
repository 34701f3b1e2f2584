"""The documentation becomes one site without a network, every link of which leads somewhere, and a broken one keeps it from being made."""

import importlib.util
import posixpath
import shutil
import socket
import sys
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from tests.house.tree import ROOT, files, name

spec = importlib.util.spec_from_file_location("site_of_the_documentation", ROOT / "tools/site.py")
site = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = site
spec.loader.exec_module(site)


class Read(HTMLParser):
    """What a page links to, what it loads, and what can be linked to in it."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids, self.tags = [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.add(tag)
        self.ids += [found["id"]] if "id" in found else []
        if tag == "a":
            self.links.append(found["href"])
        elif "src" in found or "href" in found:
            self.loads.append(found.get("src") or found.get("href"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, made while no connection can be opened; its pages by their places."""
    target = tmp_path_factory.mktemp("made") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", None)
        assert site.main([str(target)]) == 0
    return target, {
        path.relative_to(target).as_posix(): Read(path.read_text("utf-8")) for path in target.rglob("*.html")
    }


def test_every_page_of_the_documentation_is_in_it(built):
    _, pages = built
    documents = [name(path) for path in files(".md", ".html", under=ROOT / "docs")]
    assert [path for path in documents if site.address(path) not in pages] == []


def test_every_link_leads_to_a_page_and_a_heading_that_are_there(built):
    target, pages = built
    broken = []
    for place, page in pages.items():
        for link in (*page.links, *page.loads):
            path, _, anchor = link.partition("#")
            found = posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(path))) if path else place
            if "://" in link:
                continue
            if not (target / found).is_file() or (anchor and anchor not in pages[found].ids):
                broken.append(f"{place}: {link}")
    assert broken == []


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(built):
    _, pages = built
    for place, page in pages.items():
        assert [each for each in page.loads if ":" in each or each.startswith("//")] == [], place
        assert page.tags & {"script", "iframe", "object", "form", "base"} == set(), place


def test_no_id_is_given_twice(built):
    _, pages = built
    assert [place for place, page in pages.items() if len(page.ids) != len(set(page.ids))] == []


def test_every_page_can_be_reached_from_the_first(built):
    _, pages = built
    reached, waiting = set(), ["index.html"]
    while waiting:
        place = waiting.pop()
        if place in reached or place not in pages:
            continue
        reached.add(place)
        here = posixpath.dirname(place)
        waiting += [
            posixpath.normpath(posixpath.join(here, link.partition("#")[0]))
            for link in pages[place].links
            if "://" not in link and not link.startswith("#")
        ]
    assert sorted(pages.keys() - reached) == []


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A repository of two pages; a function that makes its site and returns what was said."""
    (tmp_path / "docs/reference").mkdir(parents=True)
    shutil.copy(ROOT / "docs/reference/cmps.html", tmp_path / "docs/reference")
    (tmp_path / "docs/reference/signals.md").write_text("# Signals\n")
    (tmp_path / "docs/how-to").mkdir()
    (tmp_path / "docs/how-to/add-a-cmp.md").write_text("# Add\n\n## A part\n")
    monkeypatch.setattr(site, "ROOT", tmp_path)
    start = "# Start\n\n## Pages\n\n[a](reference/signals.md) [b](how-to/add-a-cmp.md#a-part)\n"

    def write(more):
        (tmp_path / "docs/README.md").write_text(start + more)
        return site.main([str(tmp_path / "site")])

    return write


def test_a_whole_one_is_made_twice_into_the_same_folder(small, tmp_path):
    assert (small(""), small("")) == (0, 0)
    assert '<h2 id="a-part">' in (tmp_path / "site/how-to/add-a-cmp.html").read_text()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[c](gone.md)", "gone.md is not there"),
        ("[c](how-to/add-a-cmp.md#gone)", "no such heading"),
        ("![c](https://pictures.example/a.png)", "is not there"),
        ("[c](../../outside.md)", "is not there"),
        ("<script>alert(1)</script>", "HTML in a page"),
        ("# Another title", "has one title, not 2"),
    ],
)
def test_what_is_wrong_on_a_page_keeps_it_from_being_made(small, tmp_path, capsys, more, told):
    assert small(more) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_page_that_the_first_one_does_not_name_is_told(small, tmp_path, capsys):
    (tmp_path / "docs/lonely.md").write_text("# Lonely\n")
    assert small("") == 1
    assert "docs/lonely.md: docs/README.md does not name it" in capsys.readouterr().err


def test_a_folder_that_is_no_site_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert site.main([str(tmp_path)]) == 1
    assert (tmp_path / "mine.txt").exists()
    assert "is no site" in capsys.readouterr().err
