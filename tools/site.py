"""Make one site of the documentation, which needs no network to be made or read, and refuse links that lead nowhere.

Usage: python tools/site.py [FOLDER]   (build/site unless it is named)
"""

import argparse
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[1]
START = "docs/README.md"  # the order of the pages, and the first of them
STYLE = (Path(__file__).parent / "site.css").read_text("utf-8")
SHOWN = (".md", ".html")  # what is a page; every other text is shown as it is
COPIED = (".webp", ".png", ".svg")


class Broken(Exception):
    """What keeps the site from being made, one line each."""


@dataclass(frozen=True)
class Page:
    """A page of the repository: its path from the top, its title, its tokens, and what can be linked to in it."""

    path: str
    title: str
    tokens: Sequence[Token]
    anchors: frozenset[str]


@dataclass(frozen=True)
class Site:
    """All pages, the groups of the navigation with their pages in order, and the other files that pages link to."""

    pages: Mapping[str, Page]
    groups: Mapping[str, Sequence[str]]
    files: frozenset[str]


def read(path: str) -> Page:
    """A page of Markdown. Its headings are given ids, and its comments are left out."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse((ROOT / path).read_text("utf-8"))
    for token in parsed:
        for each in (token, *(token.children or ())):
            if each.type.startswith("html") and re.sub(r"<!--.*?-->", "", each.content, flags=re.DOTALL).strip():
                raise Broken(f"{path}: HTML in a page: {each.content.strip()[:60]}")
    tokens = [token for token in parsed if token.type != "html_block"]
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            slug = slug_of(plain(tokens[at + 1]))
            seen[slug] = seen.get(slug, -1) + 1
            token.attrSet("id", f"{slug}-{seen[slug]}" if seen[slug] else slug)
    ids = frozenset(str(token.attrGet("id")) for token in tokens if token.type == "heading_open")
    titles = [plain(tokens[at + 1]) for at, token in enumerate(tokens) if token.tag == "h1" and token.nesting == 1]
    if len(titles) != 1:
        raise Broken(f"{path}: a page has one title, not {len(titles)}")
    return Page(path, titles[0], tokens, ids)


def plain(token: Token) -> str:
    """The text of an inline token, without its marks."""
    return "".join(child.content for child in token.children or () if child.type in ("text", "code_inline"))


def slug_of(title: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def links(page: Page) -> Iterator[tuple[Token, str, str, str]]:
    """Every link and picture: its token, the attribute, the file from the top of the repository, and the anchor."""
    for token in page.tokens:
        for child in token.children or ():
            name = {"link_open": "href", "image": "src"}.get(child.type)
            if name is None:
                continue
            target = str(child.attrGet(name))
            if "://" in target and name == "href":
                continue
            place, _, anchor = target.partition("#")
            found = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), unquote(place)))
            yield child, name, found if place else page.path, anchor


def collect() -> Site:
    """Everything under docs/, and whatever a page there leads to; what is wrong with it is told all at once."""
    waiting = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
    pages: dict[str, Page] = {}
    files: set[str] = {"docs/reference/cmps.html"}
    while waiting:
        page = read(waiting.pop())
        pages[page.path] = page
        for _, _, found, _ in links(page):
            if found.endswith(".md") and (ROOT / found).is_file():
                waiting += [found] if found not in pages else []
            elif (ROOT / found).exists() and not found.startswith(".."):
                files.add(found)
    site = Site(pages, groups(pages[START]), frozenset(files))
    if problems := [*broken(site), *unlisted(site)]:
        raise Broken("\n".join(problems))
    return site


def groups(start: Page) -> dict[str, list[str]]:
    """The navigation: under each heading of the first page the pages that it names, each where it is named first."""
    found: dict[str, list[str]] = {}
    seen = {start.path}
    title = ""
    for at, token in enumerate(start.tokens):
        if token.type == "heading_open" and token.tag == "h2":
            title = plain(start.tokens[at + 1])
        elif token.type == "inline" and title:
            for _, _, path, _ in links(Page(start.path, "", [token], frozenset())):
                if path.endswith(SHOWN) and path not in seen:
                    seen.add(path)
                    found.setdefault(title, []).append(path)
    return found


def broken(site: Site) -> Iterator[str]:
    """Links of pages that lead nowhere, and pictures from elsewhere."""
    for page in site.pages.values():
        for token, name, found, anchor in links(page):
            target = token.attrGet(name)
            if found not in site.pages and found not in site.files:
                yield f"{page.path}: {target} is not there"
            elif anchor and found in site.pages and anchor not in site.pages[found].anchors:
                yield f"{page.path}: {target} has no such heading"


def unlisted(site: Site) -> Iterator[str]:
    """Pages that the navigation does not reach, nor a list of the same folder that it does."""
    listed = {START}.union(*site.groups.values())
    for path in site.pages:
        lists = posixpath.join(posixpath.dirname(path), "README.md")
        if path.startswith("docs/") and path not in listed and (lists == START or lists not in listed):
            yield f"{path}: {START} does not name it"


def address(path: str) -> str:
    """Where a file of the repository stands in the site."""
    if path == START:
        return "index.html"
    place = path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}"
    if place.endswith(COPIED):
        return place
    return f"{place.removesuffix('.md').removesuffix('.html')}.html"


def way(here: str, there: str) -> str:
    """A relative link from one file of the repository to another, in the site."""
    return posixpath.relpath(address(there), posixpath.dirname(address(here)) or ".")


def render(site: Site, page: Page) -> str:
    """The text of a page, its links led to where their targets stand in the site."""
    for token, name, found, anchor in list(links(page)):
        token.attrSet(name, way(page.path, found) + (f"#{anchor}" if anchor else ""))
    name_rows(page.tokens)
    renderer = MarkdownIt("commonmark", {"html": True})
    renderer.renderer.rules["html_inline"] = lambda *_: ""
    body = renderer.renderer.render(list(page.tokens), renderer.options, {})
    return reachable(body)


def name_rows(tokens: Sequence[Token]) -> None:
    """Where a column has no name, the first cell of each row is the head of the others, and an empty head is none."""
    is_nameless = False
    for at, token in enumerate(tokens):
        if token.type == "thead_open":
            heads = list(takewhile(lambda each: each.type != "thead_close", tokens[at:]))
            empty = [place for place, each in enumerate(heads, at) if each.type == "inline" and not each.content]
            for place in empty:
                tokens[place - 1].tag = tokens[place + 1].tag = "td"
            is_nameless = bool(empty)
        elif token.type == "tr_open" and tokens[at + 1].type == "td_open" and is_nameless:
            tokens[at + 1].tag = tokens[at + 3].tag = "th"
            tokens[at + 1].attrSet("scope", "row")


def reachable(body: str) -> str:
    """The same text, of which all that scrolls in a narrow window can be reached by keyboard. A table is called by the
    heading above it."""
    heading = ""

    def marked(found: re.Match[str]) -> str:
        nonlocal heading
        heading = found["heading"] or heading
        marks = {
            "<table>": f'<div class="wide" role="group" aria-labelledby="{heading}" tabindex="0"><table>',
            "</table>": "</table></div>",
            "<pre>": '<pre tabindex="0">',
        }
        return marks.get(found[0], found[0])

    return re.sub(r'<h\d id="(?P<heading>[^"]+)"|</?table>|<pre>', marked, body)


def layout(site: Site, path: str, title: str, body: str) -> str:
    """A whole page: its text, the ways to the pages before and after it, and beside them the navigation."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="{posixpath.relpath("site.css", posixpath.dirname(address(path)) or ".")}">
</head>
<body>
<a class="list" href="#the-list">All pages</a>
<main>
{body}
{neighbours(site, path)}</main>
<nav id="the-list" aria-label="All pages">
{navigation(site, path)}</nav>
</body>
</html>
"""


def navigation(site: Site, here: str) -> str:
    """The list of all pages, by group."""
    lines = [entry(site, here, START)]
    for title, paths in site.groups.items():
        lines += [f"<h2>{escape(title)}</h2>", "<ul>"]
        lines += [f"<li>{entry(site, here, path)}</li>" for path in paths]
        lines.append("</ul>")
    return "\n".join(lines) + "\n"


def entry(site: Site, here: str, path: str) -> str:
    """A link to a page by its title."""
    current = ' aria-current="page"' if path == here else ""
    return f'<a href="{way(here, path)}"{current}>{escape(title_of(site, path))}</a>'


def title_of(site: Site, path: str) -> str:
    """How a page calls itself."""
    if path in site.pages:
        return site.pages[path].title
    found = re.search(r"<h1>(.*?)</h1>", (ROOT / path).read_text("utf-8"))
    return found[1] if found else path


def neighbours(site: Site, here: str) -> str:
    """The links to the page before and the page after."""
    order = [START, *(path for paths in site.groups.values() for path in paths)]
    if here not in order:
        return ""
    at = order.index(here)
    before = f"<span>← {entry(site, here, order[at - 1])}</span>" if at else "<span></span>"
    after = f"<span>{entry(site, here, order[at + 1])} →</span>" if at + 1 < len(order) else ""
    return f'<p class="neighbours">{before}{after}</p>\n'


def drawn(site: Site, path: str) -> str:
    """A page that stands as HTML in the repository: its text, its own style, its links led into the site."""
    text = (ROOT / path).read_text("utf-8")
    body = text[text.index("<main>") + len("<main>") : text.index("</main>")]
    for target in re.findall(r'href="([^":#]+)"', body):
        found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if found not in site.pages:
            raise Broken(f"{path}: {target} is not there")
        body = body.replace(f'href="{target}"', f'href="{way(path, found)}"')
    return layout(site, path, title_of(site, path), body)


def shown(site: Site, path: str) -> str:
    """A file that is no page, as it is; of a folder, what is in it."""
    place = ROOT / path
    if place.is_dir():
        text = "\n".join(sorted(f"{each.name}/" if each.is_dir() else each.name for each in place.iterdir()))
    else:
        text = place.read_text("utf-8")
    body = f"<h1><code>{escape(path)}</code></h1>\n<pre><code>{escape(text)}</code></pre>"
    return layout(site, path, path, reachable(body))


def build(target: Path) -> int:
    """Write the site, and say how many pages it has. The folder is made anew."""
    site = collect()
    texts = {path: layout(site, path, page.title, render(site, page)) for path, page in site.pages.items()}
    for path in sorted(site.files):
        if path.endswith(".html"):
            texts[path] = drawn(site, path)
        elif not path.endswith(COPIED):
            texts[path] = shown(site, path)
    shutil.rmtree(target, ignore_errors=True)
    for path, text in texts.items():
        place = target / address(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    for path in site.files:
        if path.endswith(COPIED):
            (target / address(path)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target / address(path))
    (target / "site.css").write_text(STYLE, "utf-8")
    return len(texts)


def main(arguments: list[str]) -> int:
    """0 where the site was made; 1 where it was not, with the reasons."""
    parser = argparse.ArgumentParser(
        prog="./run docs", description="Make one site of the documentation, to be read without a network."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT / "build" / "site", help="where (default: build/site)"
    )
    target: Path = parser.parse_args(arguments).folder
    if target.exists() and not (target / "site.css").exists():
        print(f"{target} is there and is no site: name another folder", file=sys.stderr)
        return 1
    try:
        count = build(target)
    except Broken as problems:
        print(problems, file=sys.stderr)
        return 1
    print(f"{count} pages: {target / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
