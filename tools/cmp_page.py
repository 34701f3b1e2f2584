"""Write the page about consent management platforms from their table; with --check, say whether it is written already.

Usage: python tools/cmp_page.py [--check]
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from inspect import getdoc
from pathlib import Path

from gateway.consent.cmp.answers import Answered, Bits, Grouped, Itemised, Levels, Listed, Reader, Switch
from gateway.consent.cmp.forms import FORMS, SEVERAL, read_several
from gateway.consent.cmps import Cmp, parse_cmps
from gateway.consent.meaning import CATEGORIES

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "cmps.html"

# How the ways of finding answers are called on the page.
WAYS: Mapping[type, str] = {
    Answered: "words", Switch: "switch", Listed: "lists", Grouped: "groups", Itemised: "items", Bits: "bits",
    Levels: "levels",
}  # fmt: skip

STYLE = """
:root { color-scheme: light dark; --line: #c8ccd4; --soft: #f2f4f7; --text: #1b1f27; --back: #fff; --link: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --line: #454b57; --soft: #1f242d; --text: #e6e9ef; --back: #14171c; --link: #8ab8f0; }
}
body { font: .95rem/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0 auto;
  max-width: 88rem; padding: 1.5rem; }
a { color: var(--link); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th, tbody th { background: var(--soft); }
tbody th code { display: block; font-weight: 400; }
code { font: .9em ui-monospace, monospace; }
.names code { display: block; }
dl { margin: 0; min-width: 20rem; display: grid; grid-template-columns: max-content 1fr; column-gap: .6rem; }
dd { margin: 0; }
dd code { overflow-wrap: anywhere; }
@media (max-width: 60rem) {
  body { padding: .75rem; }
  thead { display: none; }
  table, tbody, tr, th, td { display: block; }
  tr { margin-bottom: 1rem; }
  td { border-top: 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-head); display: block; font-size: .85em; opacity: .75; }
}
"""


def write(cmps: Mapping[str, Cmp]) -> str:
    """The page of a table."""
    read = [cmp for cmp in cmps.values() if not cmp.opaque]
    opaque = [cmp for cmp in cmps.values() if cmp.opaque]
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Consent management platforms</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        "<h1>Consent management platforms</h1>",
        f"<p>{len(read)} platforms are read from their cookies, and {len(opaque)} are known that cannot be.",
        "A no in any of them counts; a yes counts where the policy trusts the platform, the visitor acted, and the",
        'answer is fresh. What the common categories mean for a policy is told in <a href="signals.md">signals</a>; a',
        'platform is one entry of a table, and <a href="../how-to/add-a-cmp.md">another one is added</a> there. This',
        "page is drawn from it.</p>",
        *table("Platforms that are read", READ, map(row_read, read)),
        *table("Platforms that cannot be read", UNREAD, map(row_unread, opaque)),
        *table("How cookies are written", ("form", "what it is"), map(row_form, forms())),
        *table("How answers are found", ("way", "what it is"), map(row_form, ways())),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


READ = (
    "platform, and its name in a policy", "cookies", "its categories", "an act of the visitor", "it also tells",
    "form; ways; seen in",
)  # fmt: skip
UNREAD = ("platform, and its name in a policy", "cookies", "why, and what to do")


def row_read(cmp: Cmp) -> list[str]:
    """The cells of a platform that is read."""
    ways_used = ", ".join(dict.fromkeys(WAYS[type(reader)] for reader in cmp.plan.readers))
    how = "; ".join(filter(None, (cmp.plan.form, ways_used, cmp.source)))
    return [
        head(cmp), names(cmp), meanings(cmp), escape(cmp.acts), escape(", ".join(told(cmp)) or "nothing"), escape(how),
    ]  # fmt: skip


def row_unread(cmp: Cmp) -> list[str]:
    """The cells of a platform that cannot be read."""
    return [head(cmp), names(cmp), escape(cmp.unread)]


def row_form(named: tuple[str, object]) -> list[str]:
    """The cells of a form, or of a way, in the first line of its own words."""
    name, thing = named
    return [code([name]), escape((getdoc(thing) or "").partition("\n")[0])]


def forms() -> list[tuple[str, Callable[..., object]]]:
    """The forms with what reads them."""
    return [*FORMS.items(), (SEVERAL, read_several)]


def ways() -> list[tuple[str, type[Reader]]]:
    """The ways with what they are."""
    return [(name, way) for way, name in WAYS.items()]


def names(cmp: Cmp) -> str:
    """All cookies of a platform, one a line."""
    listed = [*cmp.cookie_names, *cmp.companions]
    return f'<div class="names">{code(listed, " ")}</div>' if listed else "none"


def head(cmp: Cmp) -> str:
    """What people call a platform, and what a policy does."""
    return f"{escape(cmp.title)} {code([cmp.name])}"


def told(cmp: Cmp) -> Iterable[str]:
    """What a platform's cookies tell besides yes and no."""
    plan = cmp.plan
    if plan.date:
        yield "its time"
    if plan.expires or plan.lasts:
        yield "its end"
    if plan.version:
        yield "its version"
    if plan.gpc:
        yield "GPC"
    for kind in dict.fromkeys(kind for kind, _ in plan.strings):
        yield f"{kind.upper()} string"


def meanings(cmp: Cmp) -> str:
    """For each common category, which of the platform's own mean it; the site maps what is missing."""
    own = [*cmp.categories.items(), *((f"…{ending}", common) for ending, common in cmp.endings.items())]
    if cmp.others != ("unknown",):
        own.append(("any", cmp.others))
    if not own:
        return "the site's own: map them" if cmp.plan.readers else "in the strings"
    meant = {name: [each for each, common in own if name in common] for name in CATEGORIES}
    pairs = [f"<dt>{escape(name)}</dt><dd>{code(words)}</dd>" for name, words in meant.items() if words]
    return f"<dl>{''.join(pairs)}</dl>"


def code(words: Iterable[str], between: str = ", ") -> str:
    """The words as code."""
    return between.join(f"<code>{escape(word)}</code>" for word in words)


def table(caption: str, heads: Sequence[str], rows: Iterable[list[str]]) -> list[str]:
    """A table whose first column heads its rows; on a narrow screen a row is a block whose cells say their heads."""
    heading = "".join(f'<th scope="col">{escape(named)}</th>' for named in heads)
    body = [f'<tr><th scope="row">{row[0]}</th>{cells(heads[1:], row[1:])}</tr>' for row in rows]
    return [
        '<div class="wide" tabindex="0" role="region" aria-label="' + escape(caption) + '">',
        "<table>",
        f"<caption>{escape(caption)}</caption>",
        f"<thead><tr>{heading}</tr></thead>",
        "<tbody>",
        *body,
        "</tbody>",
        "</table>",
        "</div>",
    ]


def cells(heads: Sequence[str], row: Sequence[str]) -> str:
    """The cells beside a row's head."""
    pairs = zip(heads, row, strict=True)
    return "".join(f'<td data-head="{escape(named)}">{cell}</td>' for named, cell in pairs)


def main(arguments: list[str]) -> int:
    """0 where the page is as the table says, or has been written so."""
    page = write(parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8")))
    if arguments == ["--check"]:
        is_same = PAGE.exists() and PAGE.read_text("utf-8") == page
        print("the page is as the table says" if is_same else "the page is out of date: python tools/cmp_page.py")
        return 0 if is_same else 1
    PAGE.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
