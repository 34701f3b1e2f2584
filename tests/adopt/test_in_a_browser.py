import json
import random
from html.entities import html5
from pathlib import Path

import pytest

from gateway.adopt.page import adopt
from gateway.adopt.references import read_attribute
from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue

pytestmark = pytest.mark.browser

HOST = "t.example.org"
CATALOGUE = load_catalogue(manifests())
SNIPPETS = [json.loads(line) for line in (Path(__file__).parent / "data" / "snippets.jsonl").read_text().splitlines()]
META = "https://www.facebook.com/tr?id=123456789012345&copy=1&amp;x=2&lt=3"
WRITTEN = [
    f"<img srcset='{META} 1x'>",
    f"<div style='width:9px;height:9px;background:url({META})'></div>",
    f"<style>b{{display:block;width:9px;height:9px;background:url({META})}}</style><b></b>",
    f"<table background='{META}'><tr><td>x</table>",
    f"<input type=image src={META}>",
    f"<video poster='{META}'></video>",
    f"<svg><image href='{META}' width=1 height=1 /></svg>",
    f"<link rel=icon href='/'><img SRC=\n'\t{META}\n'>",
    "<img src='https&colon;&#47;/www.facebook.com/tr?id=12345&NotEqualTilde=1'>",
    "<img src='https:\\\\www.facebook.com\\tr?id=12345'>",
    f"<!-- <img src='{META}'> --><!--><img src='{META}&a=1'><!-- --!>",
    f"<textarea><img src='{META}'></textarea><title><img src='{META}'></title>",
    f"<p title='<img src=x>'><img alt=\"'>\" src='{META}'/>",
    f'<script type="text/template"><img src="{META}"></script>',
]


def value():
    """An attribute's value, full of what could be a reference."""
    parts = []
    for _ in range(random.randint(1, 8)):
        kind = random.random()
        if kind < 0.6:
            name = random.choice(list(html5)).rstrip(";" if random.random() < 0.6 else "")
            parts.append(f"&{name}{random.choice(['', '=', '_', 'x', '1', ';', ' ', '-', '&'])}")
        elif kind < 0.75:
            parts.append(
                f"&#{random.choice(['38', 'x26', '128', 'x110000', '0', 'xD800', ''])}{random.choice([';', '', 'a'])}"
            )
        else:
            parts.append(random.choice(["a=1", "&", "?", "/x", "&b=", "%20", "é", "\x80"]))
    return "".join(parts)


def test_attributes_are_read_as_the_browser_reads_them(chromium):
    random.seed(13)
    values = [value() for _ in range(3000)]
    page = chromium.new_page()
    read = page.evaluate(
        """values => values.map(value => new DOMParser().parseFromString(`<p title="${value}">`, 'text/html')
            .querySelector('p').getAttribute('title'))""",
        values,
    )
    page.close()
    assert [read_attribute(each, 0).text for each in values] == read


@pytest.fixture(scope="module")
def called(chromium):
    """What a page makes the browser call, without scripts."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    urls = []

    def answer(route):
        if route.request.url != "https://site.example/":
            urls.append(route.request.url)
            route.abort()
        else:
            route.fulfill(body=f"<!doctype html><body>{answer.page}", content_type="text/html; charset=utf-8")

    page.route("**", answer)

    def load(text):
        urls.clear()
        answer.page = text
        page.goto("https://site.example/", wait_until="load")
        return sorted(url for url in urls if not url.startswith("https://site.example/"))

    yield load
    context.close()


def fronted(url):
    known = CATALOGUE.recognise("GET", url)
    if known is None:
        return url
    return f"https://{HOST}/g/{known.pixel}{known.path}" + ("?" if "?" in url else "") + known.query


def test_the_browser_calls_every_vendors_image_so_that_there_is_something_to_compare(called):
    assert [each["name"] for each in SNIPPETS if each.get("tier") == "A" and not called(each["page"])] == []


@pytest.mark.parametrize("page", [each["page"] for each in SNIPPETS] + WRITTEN)
def test_an_adopted_page_calls_the_gateway_for_what_it_called_vendors_for_and_nothing_else_changes(called, page):
    before, after = called(page), called(adopt(page, CATALOGUE, HOST).text)
    assert after == sorted(map(fronted, before))
