"""A real Chromium without JavaScript walks the visitor's page, and axe looks at each state of it on the way."""

import base64
import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from gateway.web.privacy.speech import LANGUAGES, speeches
from tests.accessible import faults, with_scripts
from tests.blackbox.destination import DOWN, Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, PURPOSES, SITE, Gateway, choose
from tests.chromium import USER_AGENT

pytestmark = pytest.mark.browser

# Into a directory that is named here the pages are drawn for the documentation.
SHOTS = os.environ.get("SCREENSHOTS", "")
# Chromium looks for such a host on this machine, and trusts it like one with TLS.
SHOP = "shop.localhost"
SETTINGS = {"sites": {"shop": [SITE, SHOP]}}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Destination() as meta, Destination() as hook:
        meta.behave(DOWN)
        with Gateway(tmp_path_factory.mktemp("gateway"), {"meta": meta, "hook": hook}, SETTINGS) as running:
            yield running


class Visitor:
    """Somebody with a Chromium of his own. Whatever it asks of others, and each complaint of it, is kept."""

    def __init__(self, chromium, gateway, **context):
        self.gateway, self.address = gateway, f"http://{SHOP}:{gateway.port}"
        settings = {
            "java_script_enabled": False,
            "viewport": {"width": 1000, "height": 700},
            "locale": "en-GB",
            "user_agent": USER_AGENT,
            **context,
        }
        self.context = chromium.new_context(base_url=self.address, **settings)
        self.asked, self.complaints = [], []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))

    def agrees(self):
        """Says yes to everything, and does something that is told to two."""
        cookie = choose(self.gateway, PURPOSES)
        name, _, value = cookie.partition("=")
        self.context.add_cookies([{"name": name, "value": value, "url": f"https://{SHOP}", "secure": True}])
        told = {"Cookie": cookie, COUNTRY_HEADER: "DE", "User-Agent": USER_AGENT}
        hit = f"id={ACCOUNT}&ev=Purchase&cd[value]=9.99&cd[currency]=EUR&dl=https%3A%2F%2Fshop.example%2Fthanks"
        assert self.gateway.ask("GET", f"/g/meta_pixel/tr?{hit}", told).status == 200
        assert (
            self.gateway.ask("GET", "/p.gif?name=page_view&page.url=https%3A%2F%2Fshop.example%2Fa", told).status == 200
        )
        return self

    def cookies(self):
        return {each["name"]: each["value"] for each in self.context.cookies()}

    def named(self, name):
        return self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name)).first

    def click(self, name):
        """Go where a link or a button leads."""
        with self.page.expect_navigation():
            self.named(name).click()

    def take(self, name):
        """Keep what a link hands out: what it is called, and where it lies."""
        with self.page.expect_download() as download:
            self.named(name).click()
        return download.value.suggested_filename, Path(download.value.path())

    def confirm(self, name):
        """Ask for something, read what is asked back, and say yes."""
        self.click(name)
        assert self.page.get_by_role("heading", name="Are you sure?").is_visible()
        self.check()
        self.click("Yes, do it")

    def until(self, text):
        """Load the page again until it says something."""
        for _ in range(200):
            if self.page.get_by_text(text).count():
                return
            self.page.wait_for_timeout(100)
            self.page.reload()
        pytest.fail(f"it never said {text!r}: {self.page.locator('main').inner_text()}")

    def check(self):
        """Whether everybody can use what is shown, and nobody else was asked for anything."""
        with with_scripts(self.page) as shown:
            assert faults(shown) == []
        assert [url for url in self.asked if not url.startswith(f"{self.address}/")] == []
        assert self.complaints == []

    def draw(self, name):
        """Keep a picture of the whole page, small."""
        if SHOTS:
            size = {key: value for key, value in self.page.locator("html").bounding_box().items() if key not in "xy"}
            session = self.context.new_cdp_session(self.page)
            wanted = {"format": "webp", "quality": 60, "captureBeyondViewport": True}
            drawn = session.send("Page.captureScreenshot", {**wanted, "clip": {"x": 0, "y": 0, "scale": 1, **size}})
            (Path(SHOTS) / f"{name}.webp").write_bytes(base64.b64decode(drawn["data"]))
            session.detach()


@pytest.fixture
def visitor(chromium, gateway):
    made = []

    def make(**context):
        made.append(Visitor(chromium, gateway, **context))
        return made[-1]

    yield make
    for each in made:
        each.context.close()


# ---------------------------------------------------------------------- the walk


def test_a_stranger_is_told_that_nothing_can_be_linked_and_opts_out(visitor):
    stranger = visitor()
    stranger.page.goto("/privacy")
    assert stranger.page.get_by_text("We hold nothing that we can link to this browser.").is_visible()
    stranger.check()
    stranger.confirm("Object and opt out")
    assert stranger.page.get_by_role("status").inner_text().startswith("Done.")
    assert stranger.cookies() == {"__Host-optout": "1"}
    stranger.check()
    stranger.page.reload()
    assert stranger.page.get_by_text("This browser has opted out.").is_visible()


def test_a_visitor_takes_a_receipt_and_takes_a_yes_back(visitor):
    known = visitor().agrees()
    known.page.goto("/privacy")
    known.until("events that wait to be passed on")
    known.until("what happened and when")
    known.check()
    known.draw("privacy-overview")
    name, receipt = known.take(re.compile("Receipt of"))
    assert re.fullmatch(r"consent-\d{4}-\d\d-\d\d\.jws", name)
    assert receipt.read_text().count(".") == 2
    known.confirm("Withdraw consent")
    assert known.page.get_by_role("status").inner_text() == "Done. Every yes of this browser is taken back."
    assert known.page.get_by_role("row", name="Understanding use").get_by_text("no", exact=True).is_visible()
    assert known.page.get_by_text("You took something back").is_visible()
    known.check()


def test_a_visitor_gets_a_copy(visitor):
    known = visitor().agrees()
    known.page.goto("/privacy")
    known.confirm("Get a copy")
    known.until("Download the copy")
    known.check()
    with zipfile.ZipFile(known.take("Download the copy")[1]) as archive:
        told = json.loads(archive.read("data.json"))
    assert [event["destination"] for event in told["events"]] == ["meta"]
    assert [record["event"]["event_state"] for record in told["consents"]] == ["given"]


def test_a_visitor_erases_everything_and_follows_what_becomes_of_it(visitor):
    known = visitor().agrees()
    known.page.goto("/privacy")
    known.click("Erase everything")
    known.draw("privacy-confirm")
    known.click("No, go back")
    known.confirm("Erase everything")
    assert known.cookies() == {"__Host-optout": "1"}
    assert re.fullmatch(rf"{re.escape(known.address)}/privacy/r/[0-9a-f]{{32}}\?lang=en", known.page.url)
    known.until("what we hold")
    known.until(re.compile("State: (completed|something did not work|waits for others)"))
    assert known.page.get_by_role("row", name="what we hold").get_by_text("done", exact=True).is_visible()
    known.check()
    known.draw("privacy-status")
    known.page.goto("/privacy")
    assert known.page.get_by_text("We hold nothing that we can link to this browser.").is_visible()


def test_a_form_of_another_origin_is_refused(visitor):
    known = visitor().agrees()
    known.page.goto("/privacy/erase")
    token = known.page.locator("input[name=token]").get_attribute("value")
    before = known.cookies()
    form = f'<form method="post" action="{known.address}/privacy/erase"><input name="token" value="{token}"><button>Go</button></form>'
    known.context.route("http://evil.example/**", lambda route: route.fulfill(body=form, content_type="text/html"))
    known.page.goto("http://evil.example/")
    with known.page.expect_response("**/privacy/erase") as answer:
        known.click("Go")
    assert answer.value.status == 403
    assert known.page.get_by_text("Nothing was done.").is_visible()
    with with_scripts(known.page) as shown:
        assert faults(shown) == []
    assert known.cookies() == before


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_is_one_click_away(visitor, code):
    known = visitor().agrees()
    speech = speeches()[code]
    known.page.goto("/privacy")
    known.click(speech.say("language"))
    assert known.page.title() == speech.say("page_title", host=SHOP)
    assert known.page.locator("html").get_attribute("lang") == code
    known.check()
    known.click(speech.say("act_erase"))
    assert known.page.get_by_role("heading", name=speech.say("confirm_title")).is_visible()


def test_the_keyboard_alone_is_enough(visitor):
    known = visitor().agrees()
    known.page.goto("/privacy")
    known.page.keyboard.press("Tab")
    assert known.page.locator(":focus").inner_text() == "Skip to the content"
    for _ in range(40):
        known.page.keyboard.press("Tab")
        if known.page.locator(":focus").inner_text() == "Withdraw consent":
            break
    known.page.keyboard.press("Enter")
    known.page.wait_for_url("**/privacy/withdraw?lang=en")
    for _ in range(40):
        known.page.keyboard.press("Tab")
        if known.page.locator(":focus").inner_text() == "Yes, do it":
            break
    known.page.keyboard.press("Enter")
    known.page.wait_for_url("**/privacy?done=withdraw&lang=en")
