"""The gateway's tag takes the place of vendors' scripts, of all whose calls it takes or of none."""

import pytest

from gateway.adopt.page import TAG, TAGGED, adopt
from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue

HOST = "t.example.org"
CATALOGUE = load_catalogue(manifests())
TAG_ELEMENT = f'<script src="https://{HOST}/gw.js"></script>'
X = "<script>u.src='https://static.ads-twitter.com/uwt.js';twq('config','o8z6j')</script>"
X_AFTER = f"<script>u.src='https://{HOST}/gw.js';twq('config','o8z6j')</script>"
GTAG = "<script async src='https://www.googletagmanager.com/gtag/js?id=G-ABC1234567'></script>"
CONFIG = "<script>gtag('config','G-ABC1234567')</script>"
GTM = "<script>j.src='https://www.googletagmanager.com/gtm.js?id='+i</script>"
MATOMO = "<script>g.src=u+'matomo.js';_paq.push(['trackPageView'])</script>"


def adopted(page, kind="markup"):
    once = adopt(page, CATALOGUE, HOST, kind)
    assert adopt(once.text, CATALOGUE, HOST, kind).text == once.text
    return once


@pytest.mark.parametrize(
    ("page", "after"),
    [
        (X, TAG_ELEMENT + X_AFTER),
        (f"<head>\n  {X}\n", f"<head>\n  {TAG_ELEMENT}\n  {X_AFTER}\n"),
        (X + X, TAG_ELEMENT + X_AFTER + X_AFTER),
        (TAG_ELEMENT + X, TAG_ELEMENT + X_AFTER),
        (
            "<script async src='//bat.bing.com/bat.js'></script>",
            f"{TAG_ELEMENT}<script async src='https://{HOST}/gw.js'></script>",
        ),
        (X.replace("'https:", '"https:').replace("js'", 'js"'), TAG_ELEMENT + X_AFTER.replace("'https:", '"https:').replace("js'", 'js"')),
        (GTAG + CONFIG + X, f"{TAG_ELEMENT}<script async src='https://{HOST}/gw.js'></script>{CONFIG}{X_AFTER}"),
    ],
)  # fmt: skip
def test_the_tag_comes_once_and_first_and_its_address_stands_where_vendors_did(page, after):
    done = adopted(page)
    assert done.text == after
    assert {each.action for each in done.found} == {TAGGED}


@pytest.mark.parametrize(
    "page",
    [
        X + GTM,
        X + MATOMO,
        X + "<script defer src='//js.hs-scripts.com/4711.js'></script>",
        X + '<script defer src="https://plausible.example/js/x.js"></script>' + MATOMO,
        "<script>u=('https:'==p?'https://':'http://')+'static.ads-twitter.com/uwt.js'</script>",
        "<script>a='https://static.ads-twitter.com/uwt.js';b='https://static.ads-twitter.com/uwt.js'</script>",
        "<script>u='https:\\/\\/static.ads-twitter.com\\/uwt.js'</script>",
    ],
)
def test_where_one_script_must_stay_all_stay_and_it_is_told(page):
    done = adopted(page)
    assert "gw.js" not in done.text
    assert TAG in {each.action for each in done.found}


def test_calls_alone_get_no_tag_since_the_page_that_loads_the_script_gets_it():
    page = "<script>fbq('track','Lead')</script>"
    assert adopted(page).text == page
    assert [each.action for each in adopted(TAG_ELEMENT + page).found] == [TAGGED]


def test_googles_script_alone_keeps_its_own_option():
    assert "server_container_url" in adopted(GTAG + CONFIG).text
    assert "server_container_url" not in adopted(GTAG + CONFIG + X).text


def test_a_file_of_code_has_no_place_for_the_tag():
    assert adopted("u.src='https://static.ads-twitter.com/uwt.js'", "script").text.count("gw.js") == 0
