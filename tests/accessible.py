"""What of a page somebody could not use who sees it badly, hears it, or has no mouse: the findings of axe-core, and of
what it does not look at.

axe is a script. It comes with a package, is put into the page and asks nobody for anything. Where a browser runs no
scripts, `with_scripts` opens the same text in one that does: what is looked at is the same, since such a page has none.
"""

from contextlib import contextmanager
from functools import cache
from importlib.resources import files

# Every rule of WCAG 2.0, 2.1 and 2.2 at the levels A and AA, and what is good practice beside it. Some rules of 2.2 are
# only run where their tag is named, and what axe still tries out only by its name: here what a criterion stands behind.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TRIED_OUT = [
    "css-orientation-lock",
    "label-content-name-mismatch",
    "p-as-heading",
    "table-fake-caption",
    "td-has-header",
]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {rule: {"enabled": True} for rule in TRIED_OUT}}
# What depends on how a page is drawn, and not on what stands in it.
DRAWN = {"runOnly": {"type": "rule", "values": ["color-contrast", "scrollable-region-focusable", "target-size"]}}
# A wide window in the light, and the narrowest that has to do (WCAG 1.4.10) in the dark.
SIGHTS = (({"width": 1280, "height": 900}, "light", RULES), ({"width": 320, "height": 640}, "dark", DRAWN))

# A name that nothing bears is for axe a matter of opinion, and so are two titles.
BEYOND_AXE = """() => {
    const found = [];
    for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"])
        for (const each of document.querySelectorAll(`[${name}]`))
            for (const id of each.getAttribute(name).split(/\\s+/))
                if (!document.getElementById(id)) found.push(`${name} names ${id}, which is not there`);
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => each.tagName);
    if (levels[0] !== "H1" || levels.lastIndexOf("H1")) found.push(`one title, and first: ${levels}`);
    for (const table of document.querySelectorAll("table:has(thead)")) {
        const columns = table.tHead.rows[0].cells.length;
        for (const row of table.tBodies[0].rows)
            if (row.cells.length !== columns) found.push(`cells without a header: ${row.innerText}`);
    }
    // What did not come is closed to scripts, like every style of a file.
    const read = (style) => { try { return style.sheet.cssRules.length } catch { return 0 } };
    for (const style of location.protocol === "file:" ? [] : document.querySelectorAll("link[rel=stylesheet]"))
        if (!read(style)) found.push(`shown without its style ${style.href}`);
    if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the window of ${innerWidth}`);
    return found;
}"""


def faults(page):
    """What is wrong with an open page, in each of `SIGHTS`; it is left as it was found."""
    size = page.viewport_size
    page.evaluate(script())
    found = []
    for window, scheme, rules in SIGHTS:
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=scheme)
        told = [*by_axe(page, rules), *page.evaluate(BEYOND_AXE)]
        found += [f"{each} ({window['width']} wide, {scheme})" for each in told]
    page.emulate_media(color_scheme="null")
    page.set_viewport_size(size)
    return found


def by_axe(page, rules):
    results = page.evaluate("(rules) => axe.run(rules)", {**rules, "resultTypes": ["violations"]})
    for violation in results["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {violation['help']}: {node['html'][:200]}"


@cache
def script():
    """axe itself. What the package does with it reads it as this machine happens to write texts."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


@contextmanager
def with_scripts(page):
    """The text that a page without scripts was made from, at its own address, in a browser that runs them."""
    text = page.content()

    def answer(route):
        if route.request.is_navigation_request():
            route.fulfill(body=text, content_type="text/html; charset=utf-8")
        else:
            route.continue_()

    context = page.context.browser.new_context(viewport=page.viewport_size)
    context.route("**/*", answer)
    opened = context.new_page()
    opened.goto(page.url)
    yield opened
    context.close()
