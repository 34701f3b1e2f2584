"""What the public listener answers on its rarer days can be used by everybody too: axe reads each of those pages."""

import pytest

from gateway.errors import StoreUnavailable
from tests.accessible import faults
from tests.web.privacy.visiting import HOST, Browser, Site

pytestmark = pytest.mark.browser

STYLE = "/privacy/style.css"
# What each page is recognised by.
SAYS = {
    "no-signal": "your browser does not send it",
    "signal": "opt-out request honored",
    "programs": "cmp:onetrust",
    "unreadable": "It counts as a no.",
    "no-such-link": "There is no request at this address",
    "known": "What we hold",
    "store-away": "We cannot do this at the moment",
    "not-done": "nothing was done",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The text of each page, and of the style, from a gateway that has ended before a browser begins a loop of its own."""

    async def away(*_):
        raise StoreUnavailable("away", 1)

    with Site(tmp_path_factory.mktemp("site")) as site:
        told = {
            STYLE: Browser(site).get(STYLE),
            "no-signal": Browser(site).get("/signal-status"),
            "signal": Browser(site, **{"sec-gpc": "1"}).get("/signal-status"),
            "no-such-link": Browser(site).get(f"/privacy/r/{'0' * 32}"),
        }
        for name, cookie, value in (
            ("programs", "OptanonConsent", "groups=C0001%3A1%2CC0002%3A0%2CC0004%3A0"),
            ("unreadable", "euconsent-v2", "CP%%%"),
        ):
            stranger = Browser(site)
            stranger.jar[cookie] = value
            told[name] = stranger.get("/privacy")
        known = Browser(site)
        known.choose(visits=True, ads=True)
        told["known"] = known.get("/privacy")
        for name in ("sheets", "add"):
            setattr(site.gateway.store, name, away)
        told["store-away"], told["not-done"] = known.get("/privacy"), known.confirm("object")
        return {name: page.text for name, page in told.items()}


@pytest.fixture(scope="module")
def page(answers, chromium):
    """A page in a browser that gets those answers, each under its name."""
    opened = chromium.new_page()

    def answer(route):
        name = route.request.url.removeprefix(f"https://{HOST}")
        kind = "text/css" if name == STYLE else "text/html"
        text = answers.get(name if name == STYLE else name[1:])
        route.abort() if text is None else route.fulfill(body=text, content_type=f"{kind}; charset=utf-8")

    opened.route("**/*", answer)
    return opened


@pytest.mark.parametrize("name", SAYS)
def test_a_page_of_a_rarer_day_can_be_used_by_everybody(page, name):
    page.goto(f"https://{HOST}/{name}")
    assert SAYS[name] in page.content()
    assert faults(page) == []


# What could not be used, and how it is told.
UNUSABLE = {
    "button-name": "<button></button>",
    "label:": "<input>",
    "label-content-name-mismatch": "<button aria-label='Go on'>Buy now</button>",
    "image-alt": "<img src=data:,>",
    "region": "</main><p>outside</p><main>",
    "landmark-no-duplicate-main": "",
    "heading-order": "<h4>x</h4>",
    "pale</p> (1280 wide, light)": "<p style='color:#999;background:#fff'>pale</p>",
    "dim</p> (320 wide, dark)": "<style>@media(prefers-color-scheme:dark){.d{color:#444;background:#222}}</style><p class=d>dim</p>",
    "thin</p> (320 wide, dark)": "<style>@media(max-width:400px){.t{color:#999;background:#fff}}</style><p class=t>thin</p>",
    "target-size": "<a href=/a style='display:block;height:9px'>a</a><a href=/b style='display:block;height:9px'>b</a>",
    "scrollable-region-focusable": "<div style='height:20px;overflow:scroll'><p style='height:90px'>x</p></div>",
    "aria-labelledby names none": "<section aria-labelledby=none>x</section>",
    "one title, and first": "<h1>x</h1>",
    "cells without a header": "<table><thead><tr><th scope=col>x<tbody><tr><td>x<td>x</table>",
    "shown without its style": "<link rel=stylesheet href=/gone.css>",
    "wider than the window of 320": "<div style='width:400px'>x</div>",
}  # fmt: skip


def test_what_somebody_could_not_use_would_be_found(page):
    page.goto(f"https://{HOST}/signal")
    page.set_content(f"<!doctype html><title>x</title><main><h1>x</h1>{''.join(UNUSABLE.values())}</main>")
    found = faults(page)
    assert [fault for fault in ("html-has-lang", *UNUSABLE) if not any(fault in each for each in found)] == [], found


def test_a_page_that_everybody_could_use_is_left_as_it_is(page):
    page.set_content("<!doctype html><html lang=en><title>x</title><main><h1>x</h1></main></html>")
    size = page.viewport_size
    assert faults(page) == []
    assert page.viewport_size == size
