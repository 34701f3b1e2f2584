import pytest

from gateway.mail.links import MAX_URL, host, landing, normal
from tests.mail.made import HOSTS
from tests.mail.redirects import ELSEWHERE

HERE = [
    "https://www.shop.example",
    "https://www.shop.example/",
    "https://www.shop.example/a/b.html?x=1&y=%20#z",
    "https://www.shop.example?x=https://evil.example/",
    "https://www.shop.example/@evil.example",
    "https://www.shop.example//evil.example",
    "https://www.shop.example/%5Cevil.example",
    "https://www.shop.example#evil.example",
]


@pytest.mark.parametrize("url", HERE)
def test_a_plain_address_on_a_listed_host_is_where_it_leads(url):
    assert landing(url, HOSTS) == url


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_leads_anywhere_else(url):
    assert landing(url, HOSTS) is None
    again = normal(url)
    assert (
        again is None
        or again.startswith(("https://www.shop.example/", "https://www.shop.example?"))
        or (landing(again, HOSTS) is None)
    )


def test_no_stray_character_is_repaired():
    url = "https://www.shop.example/"
    strays = [chr(code) for code in (*range(33), 34, 60, 62, 92, 94, 96, 123, 124, 125, 127, 160, 0x3002)]
    made = [url[:at] + stray + url[at:] for at in range(len(url) + 1) for stray in strays]
    assert [text for text in made if landing(text, HOSTS)] == []


def test_a_normal_address_is_written_in_one_way():
    assert normal("https://WWW.Shop.Example:443/A?b") == "https://www.shop.example/A?b"
    assert normal("https://bücher.example/") == "https://xn--bcher-kva.example/"
    assert normal("https://ｗｗｗ.shop.example/") == "https://www.shop.example/"
    assert normal("https://www.shop.example/ü") is None
    assert normal("https://www.shop.example/" + "a" * MAX_URL) is None


def test_a_host_is_a_name_with_a_dot_and_no_address():
    assert host("Bücher.Example") == "xn--bcher-kva.example"
    assert [
        host(name) for name in ("localhost", "127.0.0.1", "1.2", "0x7f.0x1", "[::1]", "*.shop.example", "", "a..b")
    ] == [None] * 8
    assert [
        host(name) for name in ("shop.example.", "shop.example:443", "-a.example", "a-.example", "a_b.example")
    ] == [None] * 5
