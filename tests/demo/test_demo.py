"""A real browser clicks through the demo. No page of it may ask any other host for anything (see `page`)."""

import re

import pytest

from gateway.demo.scenes import EMAIL
from tests.accessible import faults

pytestmark = pytest.mark.browser

CHOICES = {"accept": "Accept all", "refuse": "Refuse all"}


def press(page, name):
    """Press a button that submits, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(page, name):
    """Follow a link."""
    with page.expect_navigation():
        page.get_by_role("link", name=name).click()


def set_visitor(page, place, gpc=False, dnt=False):
    page.goto("/demo")
    page.get_by_label("Visits from").select_option(place)
    page.get_by_label("Sends Global Privacy Control").set_checked(gpc)
    page.get_by_label("Sends Do Not Track").set_checked(dnt)
    press(page, "Set the visitor")


def choose(page, choice):
    page.goto("/demo")
    press(page, CHOICES[choice])


def fire(page, hit):
    """Press a button of the page; the section that shows what became of the hit."""
    page.goto("/demo")
    press(page, hit)
    return page.locator("details.passage").first


def before(passage):
    return passage.locator(".before").inner_text()


def after(passage):
    for headers in passage.locator(".after .request details summary").all():
        headers.click()
    return passage.locator(".after").inner_text()


def personal_values(passage):
    """What the page lists as personal in the hit: rows of kind, place, value, what became of it."""
    passage.locator(".values summary").click()
    return [row.locator("td").all_inner_texts() for row in passage.locator(".values tbody tr").all()]


def test_a_purchase_that_was_agreed_to_loses_the_person_on_its_way(page):
    set_visitor(page, "FR")
    choose(page, "accept")
    passage = fire(page, "Meta: purchase")
    sent = after(passage)
    assert "graph.facebook.com" in sent
    assert re.search(r'"value": 64\.9\b', sent)
    assert "192.0.2.17" in before(passage)
    assert "anna.schmidt%40mail.example" in before(passage)
    fate = {}
    for kind, _, value, now in personal_values(passage):
        fate.setdefault(kind, set()).add(now)
        assert now != "gone" or value not in sent
    assert fate == {
        "e-mail address": {"gone"},
        "hashed contact data": {"gone"},
        "network address": {"gone"},
        "visitor identifier": {"gone"},
        "page with its query": {"gone"},
        "device and browser": {"gone"},
        "ad click identifier": {"gone", "reached meta"},
    }


def test_a_refused_purchase_leaves_nothing(page):
    set_visitor(page, "FR")
    choose(page, "refuse")
    passage = fire(page, "Meta: purchase")
    assert passage.locator(".after .request").count() == 0
    assert "the visitor refused this purpose" in after(passage)
    assert re.search(r"\bmeasure was refused\b", after(passage))
    assert re.search(r"shop\.yaml:\d+:\d+", after(passage))
    assert {now for *_, now in personal_values(passage)} == {"gone"}


def test_whoever_was_not_asked_yet_has_not_agreed(page):
    set_visitor(page, "DE")
    assert "there is none" in after(fire(page, "Google Analytics: purchase"))


def test_the_answer_to_the_page_does_not_depend_on_the_decision(page):
    set_visitor(page, "FR")
    answered = []
    for choice in CHOICES:
        choose(page, choice)
        answered.append(fire(page, "Meta: purchase").get_by_text("the page was answered").inner_text())
    assert answered == ["the page was answered 200"] * 2


@pytest.mark.parametrize(
    ("place", "signals", "words"),
    [
        ("US-CA", {"gpc": True}, "Global Privacy Control says no"),
        ("US-WY", {"dnt": True}, "Do Not Track"),
        ("unknown", {}, "sends nothing to this vendor from here"),
    ],
)
def test_the_switches_decide_what_a_yes_is_worth(page, place, signals, words):
    set_visitor(page, place, **signals)
    choose(page, "accept")
    assert words in after(fire(page, "Meta: purchase"))


def test_a_yes_after_the_notice_of_the_conflict_stands_in_california(page):
    set_visitor(page, "US-CA", gpc=True)
    page.get_by_label("Told that a yes goes against the signal").check()
    press(page, "Accept all")
    assert fire(page, "Meta: purchase").locator(".after .request").count() == 1


def test_one_purpose_can_be_chosen_without_the_others(page):
    set_visitor(page, "FR")
    page.get_by_text("Purpose by purpose").click()
    page.get_by_label("Understanding use with an analytics provider").check()
    press(page, "Save this choice")
    assert fire(page, "Google Analytics: purchase").locator(".after .request").count() == 1
    assert fire(page, "LinkedIn: conversion").locator(".after .request").count() == 0


def test_a_purchase_in_the_shop_goes_the_same_way(page):
    page.goto("/")
    press(page, "Accept all")
    follow(page, "Desk lamp")
    follow(page, "Buy")
    press(page, "Buy now")
    page.wait_for_load_state("networkidle")
    assert "email=" in page.url
    hits = [url for url in page.asked if "/g/meta_pixel/tr/" in url and "ev=Purchase" in url]
    assert len(hits) == 1
    assert "anna.schmidt" in hits[0]
    follow(page, "See what the vendors got")
    passages = page.locator("details.passage")
    for vendor in ("Meta", "Google Analytics", "LinkedIn"):
        assert passages.filter(has_text=f"{vendor}, from the shop").count() >= 1
    for passage in passages.all()[:3]:
        sent = passage.locator(".after").text_content()
        assert EMAIL not in sent
        assert EMAIL.replace("@", "%40") not in sent


def test_the_shop_asks_once_and_remembers_the_answer(page):
    page.goto("/")
    assert page.get_by_role("heading", name="Your choice").is_visible()
    press(page, "Refuse all")
    assert page.url.endswith("/")
    assert page.get_by_role("heading", name="Your choice").count() == 0


def test_everything_can_be_reached_with_the_keyboard_in_reading_order(page):
    page.goto("/demo")
    order = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()")
        if not name or name in order:
            break
        order.append(name.split("\n")[0])
    wanted = [
        "Skip to the content",
        "Shop",
        "Before and after",
        "Your data",
        "gpc",
        "dnt",
        "Set the visitor",
        "Accept all",
    ]
    wanted += ["Refuse all", "New visitor", "notified", "Purpose by purpose", "Meta: purchase", "Our own page view"]
    assert [name for name in order if name in wanted] == wanted


def test_a_hit_can_be_sent_with_the_keyboard_alone(page):
    set_visitor(page, "FR")
    page.get_by_role("button", name="Meta: purchase").focus()
    with page.expect_navigation(url="**/demo#hit-*"):
        page.keyboard.press("Enter")
    assert page.locator("details.passage[open]").count() == 1


def test_the_page_works_without_a_script(chromium, demo):
    context = chromium.new_context(base_url=demo, java_script_enabled=False)
    page = context.new_page()
    page.goto("/demo")
    press(page, "Our own page view")
    assert page.locator("details.passage").count() >= 1
    context.close()


def test_the_shop_can_be_used_by_everybody_from_its_first_page_to_the_last(page):
    page.goto("/")
    assert page.get_by_role("heading", name="Your choice").is_visible()
    page.get_by_text("What for?").click()
    assert faults(page) == []
    press(page, "Accept all")
    for name in ("Desk lamp", "Buy"):
        assert faults(page) == []
        follow(page, name)
    assert faults(page) == []
    press(page, "Buy now")
    assert page.get_by_role("heading", name="Thank you").is_visible()
    assert faults(page) == []


def test_before_and_after_can_be_used_by_everybody_whatever_is_opened(page):
    page.goto("/demo")
    if page.locator("details.passage").count():
        press(page, "Clear the list")
    assert faults(page) == []
    set_visitor(page, "FR", gpc=True)
    choose(page, "refuse")
    fire(page, "Meta: purchase")
    choose(page, "accept")
    fire(page, "Our own page view")
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true })")
    assert page.locator(".denied").count() and page.locator(".allowed").count()
    assert faults(page) == []
