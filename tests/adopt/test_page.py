import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adopt.page import LOOK, REWRITTEN, adopt
from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue
from tests.measure import seconds

HOST = "t.example.org"
CATALOGUE = load_catalogue(manifests())
SNIPPETS = [json.loads(line) for line in (Path(__file__).parent / "data" / "snippets.jsonl").read_text().splitlines()]
META = "https://www.facebook.com/tr?id=123456789012345&ev=PageView"
FRONTED = f"https://{HOST}/g/meta_pixel/tr?id=123456789012345"


def changed(page, kind="markup"):
    adopted = adopt(page, CATALOGUE, HOST, kind)
    assert adopt(adopted.text, CATALOGUE, HOST, kind).text == adopted.text
    return adopted.text


def found(page, kind="markup"):
    return adopt(page, CATALOGUE, HOST, kind).found


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet["name"])
def test_a_snippet_as_vendors_hand_it_out_is_found_and_pointed_at_the_gateway(snippet):
    adopted = adopt(snippet["page"], CATALOGUE, HOST)
    named = [each.id for each in adopted.found if each.kind != "call"]
    assert named == snippet["finds"]
    assert {each.tier for each in adopted.found} == ({snippet["tier"]} if "tier" in snippet else set())
    assert {each.queue for each in adopted.found} - {""} == ({snippet["through"]} if "through" in snippet else set())
    assert snippet.get("holds", "") in adopted.text
    assert (adopted.text != snippet["page"]) == any(
        each.action in ("rewrite", "option", "the tag instead") for each in adopted.found
    )
    assert changed(adopted.text) == adopted.text


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet["name"])
def test_without_a_host_nothing_changes_and_the_same_is_found(snippet):
    told = adopt(snippet["page"], CATALOGUE)
    assert told.text == snippet["page"]
    assert [each.id for each in told.found] == [each.id for each in found(snippet["page"])]


@pytest.mark.parametrize(
    ("page", "after"),
    [
        (f"<img src='{META}'>", f"<img src='{FRONTED}&amp;ev=PageView'>"),
        (f"<IMG SRC={META}>", f"<IMG SRC={FRONTED}&amp;ev=PageView>"),
        (f'<img src=" {META}\n">', f'<img src=" {FRONTED}&amp;ev=PageView\n">'),
        ('<img src="HTTPS://WWW.Facebook.COM:443/tr/?id=12345">', f'<img src="https://{HOST}/g/meta_pixel/tr/?id=12345">'),
        ("<img src='https&#58;//www.facebook.com/tr?id=12345&#38;ev=x'>", f"<img src='https://{HOST}/g/meta_pixel/tr?id=12345&#38;ev=x'>"),
        (f'<iframe data-src="{META}"/><p>', f'<iframe data-src="{FRONTED}&amp;ev=PageView"/><p>'),
        (f'<amp-pixel src="{META}" layout="nodisplay"></amp-pixel>', f'<amp-pixel src="{FRONTED}&amp;ev=PageView" layout="nodisplay"></amp-pixel>'),
        (f'<td background="{META}">x</td>', f'<td background="{FRONTED}&amp;ev=PageView">x</td>'),
        (f'<img srcset="/a.png 1x, {META} 2x">', f'<img srcset="/a.png 1x, {FRONTED}&amp;ev=PageView 2x">'),
        (f'<p style="color:red;background:url(\'{META}\')">', f'<p style="color:red;background:url(\'{FRONTED}&amp;ev=PageView\')">'),
        (f"<p style=\"background:url(&quot;{META}&quot;)\">", f"<p style=\"background:url(&quot;{FRONTED}&amp;ev=PageView&quot;)\">"),
        (f"<style>a{{background:url({META})}}</style>", f"<style>a{{background:url({FRONTED}&ev=PageView)}}</style>"),
        (f'<!--[if mso]><img src="{META}"><![endif]-->', f'<!--[if mso]><img src="{FRONTED}&amp;ev=PageView"><![endif]-->'),
        (f'<!--[if !mso]><!--><img src="{META}"><!--<![endif]-->', f'<!--[if !mso]><!--><img src="{FRONTED}&amp;ev=PageView"><!--<![endif]-->'),
        (f'<script type="text/x-template"><img src="{META}"></script>', f'<script type="text/x-template"><img src="{FRONTED}&amp;ev=PageView"></script>'),
        ("<img src='https:\\\\www.facebook.com\\tr?id=12345'>", f"<img src='https://{HOST}/g/meta_pixel/tr?id=12345'>"),
        ('<img width=1 src="https://stats.example.net/matomo.php?idsite=3&rec=1#x">', f'<img width=1 src="https://{HOST}/g/matomo/matomo.php?idsite=3&amp;rec=1#x">'),
    ],
)  # fmt: skip
def test_an_address_is_rewritten_wherever_a_browser_calls_it(page, after):
    assert changed(page) == after


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ('<img src="https://www.facebook.com/tr?id={{ pixel["id"] }}&ev=x">', f'<img src="https://{HOST}/g/meta_pixel/tr?id={{{{ pixel["id"] }}}}&amp;ev=x">'),
        ('<img src="https://www.facebook.com/tr?id=<%= a && b["c"] %>&ev=x">', f'<img src="https://{HOST}/g/meta_pixel/tr?id=<%= a && b["c"] %>&amp;ev=x">'),
        ('<img src="https://www.facebook.com/tr?id=${id}&ev=x">', f'<img src="https://{HOST}/g/meta_pixel/tr?id=${{id}}&amp;ev=x">'),
        ('<img src="https://www.facebook.com/tr?id=<?php echo "1" . $id ?>">', f'<img src="https://{HOST}/g/meta_pixel/tr?id=<?php echo "1" . $id ?>">'),
        ('<img {{#if x}}hidden{{/if}} src="https://q.quora.com/_/ad/{{ad}}/pixel?tag=x">', f'<img {{{{#if x}}}}hidden{{{{/if}}}} src="https://{HOST}/g/quora_pixel/_/ad/{{{{ad}}}}/pixel?tag=x">'),
        ("<% if a < b %><img src=https://bat.bing.com/action/0?ti=*|ID|*&Ver=2><% end %>", f"<% if a < b %><img src=https://{HOST}/g/microsoft_uet/action/0?ti=*|ID|*&amp;Ver=2><% end %>"),
        ('<img src="https://www.facebook.com/tr?id=12345&cd[value]=%%=v(@x)=%%&copy=1">', f'<img src="https://{HOST}/g/meta_pixel/tr?id=12345&amp;cd[value]=%%=v(@x)=%%&amp;copy=1">'),
    ],
)  # fmt: skip
def test_templates_stay_as_they_are_and_hide_no_pixel(page, after):
    assert changed(page) == after


@pytest.mark.parametrize(
    "page",
    [
        f"<!-- <img src='{META}'> -->",
        f"<textarea><img src='{META}'></textarea>",
        f"<title><img src='{META}'></title>",
        f"<a href='{META}'>x</a>",
        f"<p>{META}</p>",
        f"<p title='{META}'>x</p>",
        f"<link rel=canonical href='{META}'>",
        f"<img alt='{META}' src=/a.png>",
        "<img src='https://www.facebook.com@evil.example/tr?id=12345'>",
        "<img src='https://www.facebook.com.evil.example/tr?id=12345'>",
        "<img src='https://cdn.example.net/?nid=5' width=600>",
        "<img src='/matomo.php?idsite=3&rec=1'>",
        f"<img src='{FRONTED}&ev=x'>",
        "<img src='https://other.example/g/meta_pixel/tr?id=12345&ev=x'>",
        "<img src='//{{host}}/g/matomo/matomo.php?idsite=3&rec=1'>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "<img src='https://",
        "<img src",
        "<",
    ],
)
def test_what_nobody_calls_and_what_is_no_pixel_is_left_alone(page):
    adopted = adopt(page, CATALOGUE, HOST)
    assert (adopted.text, adopted.found) == (page, ())


@pytest.mark.parametrize(
    "page",
    [
        f"<script>new Image().src='{META}'</script>",
        f"<script>a={{u:'{META.replace('/', chr(92) + '/')}'}}</script>",
        f"<script src='{META}'></script>",
        f"<p><?php echo '<img src=\"{META}\">' ?></p>",
        f"<% if x > 1 then write('{META}') %>",
        "<img width=1 src='https://{{ stats }}/matomo.php?idsite=3&rec=1'>",
        '<img width=1 src="//<%= h %>/matomo.php?idsite=3&rec=1">',
    ],
)
def test_what_cannot_be_rewritten_safely_is_told_and_left_alone(page):
    adopted = adopt(page, CATALOGUE, HOST)
    assert adopted.text == page
    assert [each.action for each in adopted.found] == [LOOK]
    assert adopted.found[0].why


def test_a_host_of_anybodys_asks_for_confirmation():
    (each,) = found("<img width=1 src='https://stats.example.net/matomo.php?idsite=3&rec=1'>")
    assert (each.action, each.confirm, each.host, each.account) == (REWRITTEN, True, "stats.example.net", "3")


def test_it_is_told_what_a_pixel_says_about_people():
    (each,) = found(f"<img src='{META}&ud[em]=eva.lind@mail.example&dl=https://a.example/&x=1&fbp=fb.1.1.1'>")
    assert each.leaks["contact_hash"] == ("ud[em]",)
    assert each.leaks["page_url"] == ("dl",)
    assert each.leaks["visitor_id"] == ("fbp",)
    assert each.leaks["unnamed"] == ("x",)
    assert each.clear == {"EMAIL": ("ud[em]",)}
    assert (each.event, each.account, each.referrer) == ("page_view", "123456789012345", "origin")


def test_the_address_of_a_mails_image_is_one_readers():
    (each,) = found('<img width=1 src="https://u1.ct.sendgrid.net/wf/open?upn=u001.AbCdEf-2FGhIj">')
    assert each.leaks == {"visitor_id": ("upn",)}
    (each,) = found('<img width=1 src="https://x1y2z.mjt.lu/oo/jczF0cham3l2Wq8N/1d332527/e.gif">')
    assert each.leaks == {"visitor_id": ("path",)}


def test_an_image_of_a_vendors_script_loads_nothing():
    assert found("<img src='https://connect.facebook.net/en_US/fbevents.js'>") == ()
    assert found("<link rel=preload as=script href='https://connect.facebook.net/en_US/fbevents.js'>")[0].id == "meta"


def test_contacts_that_a_page_writes_into_a_call_are_told():
    (each,) = found("<script>fbq('init','1234567',{em:'eva.lind@mail.example',fn:'x'});</script>")
    assert each.clear["EMAIL"] == ("em",)


@pytest.mark.parametrize(
    ("policy", "told"), [("no-referrer", "nothing"), ("unsafe-url", "whole address"), ("", "origin")]
)
def test_the_referrer_follows_the_elements_own_policy(policy, told):
    (each,) = found(f'<img referrerpolicy="{policy}" src="{META}">')
    assert each.referrer == told


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ("gtag('config', 'G-ABC1234567')", f"gtag('config', 'G-ABC1234567',{{server_container_url:'https://{HOST}/g/ga4_collect'}})"),
        ('gtag("config","G-ABC1234567",{send_page_view:false})', f'gtag("config","G-ABC1234567",{{server_container_url:"https://{HOST}/g/ga4_collect",send_page_view:false}})'),
        ("gtag('config','G-ABC1234567',{a:{b:1},transport_url:'https://x.example'})", None),
        ("gtag('config','AW-987654321')", None),
        ("gtag('config', id)", None),
        ("gtag('config','G-ABC1234567', options)", None),
        ("_paq.push(['setTrackerUrl', u + 'matomo.php'])", f"_paq.push(['setTrackerUrl', 'https://{HOST}/g/matomo/matomo.php'])"),
        ("_paq.push(['setTrackerUrl', f(u)])", None),
    ],
)  # fmt: skip
def test_an_endpoint_option_is_set_only_where_the_call_leaves_no_doubt(page, after):
    assert changed(f"<script>{page}</script>") == f"<script>{after or page}</script>"
    assert changed(page, "script") == (after or page)


def test_plausibles_script_gets_its_endpoint_once():
    page = '<script defer data-domain="shop.example" src="https://plausible.io/js/script.js"></script>'
    assert changed(page) == page.replace("<script", f'<script data-api="https://{HOST}/g/plausible/api/event"', 1)


def test_an_option_that_names_another_endpoint_is_left_to_a_person():
    other = "gtag('config','G-ABC1234567',{transport_url:'https://x.example'})"
    for page, action in [(other, "set it yourself"), ("gtag('config','G-ABC1234567')", "option")]:
        assert [each.action for each in found(f"<script>{page}</script>")] == [action]
        assert [each.action for each in found(changed(f"<script>{page}</script>"))] == [action]


def test_a_tag_manager_without_scripts_is_found_in_its_frame():
    (each,) = found('<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-X"></iframe></noscript>')
    assert (each.id, each.kind, each.tier) == ("gtm", "tag", "C")


PIECES = st.sampled_from(
    [f"<img src='{META}'>", f'<img src="{META}&copy=1">', "{{", "}}", "<%", "%>", "<!--", "-->", "<script>", "</script>",
     "<style>", "</style>", "<noscript>", "</noscript>", "url(", ")", "'", '"', "<", ">", "&amp;", "&", "=", " ", "\n", "${",
     "}", "<p style=", "srcset=", "gtag('config','G-ABC1234567')", "é", "\ue000", META, "<textarea>", "/", "\\", "<iframe src="]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join))
def test_any_page_is_adopted_without_an_error_and_twice_changes_nothing_more(page):
    once = adopt(page, CATALOGUE, HOST).text
    assert adopt(once, CATALOGUE, HOST).text == once


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="<>\"'`/={}%&\ue000", exclude_categories=["Cs"]), max_size=40))
def test_nothing_but_the_address_changes(text):
    page = f"{text}\r\n<p title='{text}'><img alt=\"{text}\" src='{META}'>{text}"
    assert changed(page) == page.replace(META, f"{FRONTED}&amp;ev=PageView")


def _seconds(page):
    return seconds(adopt, page, CATALOGUE, HOST, tries=3)


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "{{",
        "<%",
        "<!--[if",
        "url(",
        "<script>",
        "<title>",
        "&amp",
        '<p a="{{',
        "<img src=//",
        "<p style='url(",
        "a{b:'",
    ],
)
def test_the_time_grows_with_the_page_and_not_faster(piece):
    many = 4_000
    assert _seconds(piece * many * 4) < 12 * max(_seconds(piece * many), 0.01)


def test_no_finding_repeats_a_contact():
    page = f"<img src='{META}&ud[em]=eva.lind@mail.example'><script>fbq('init','1',{{em:'eva.lind@mail.example'}})</script>"
    assert not re.search("eva", repr(found(page)))
