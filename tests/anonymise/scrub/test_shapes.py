import pytest

from gateway.anonymise.scrub import shapes


@pytest.mark.parametrize("text", ["https://shop.example", "//shop.example/x", "/a/b?c", "shop.example/?a=1"])
def test_urls_are_known_with_and_without_their_beginning(text):
    assert shapes.URL.match(text)


@pytest.mark.parametrize("text", ["and/or", "eva@mail.example", "12:30", "a=b"])
def test_other_texts_are_no_urls(text):
    assert not shapes.URL.match(text)


@pytest.mark.parametrize(
    ("url", "path", "query", "fragment"),
    [
        ("https://shop.example/a?b=c#d", "/a", "?b=c", "#d"),
        ("https://shop.example/a#d?e", "/a", None, "#d?e"),
        ("/a?to=eva&#64;mail.example&x=1#d", "/a", "?to=eva&#64;mail.example&x=1", "#d"),
        ("/a?b=c&#x40;d", "/a", "?b=c&#x40;d", None),
        ("/a?b=c&#d", "/a", "?b=c&", "#d"),
    ],
)
def test_a_fragment_begins_at_a_hash_that_is_no_character_reference(url, path, query, fragment):
    assert shapes.PARTS.match(url).group(3, 4, 5) == (path, query, fragment)


def test_queries_and_cookies_have_two_names_at_least():
    assert shapes.QUERY.match("a=1&b=2") and shapes.QUERY_IN.search("x a=1&b=2") and shapes.QUERY.match("?a=1")
    assert not shapes.QUERY.match("a=1") and not shapes.QUERY.match("Q&A=1")
    assert shapes.COOKIES.match("a=1; b=2") and shapes.COOKIES.match("a=;b=")
    assert not shapes.COOKIES.match("a=1; and so on")


def test_names_stand_before_a_sign():
    assert shapes.HEADER.match("X-Real-IP:  1").end() == 12
    assert shapes.PAIR.match("email=x")[1] == "email"
    assert shapes.LINK.search("see https://shop.example/a, please")[0] == "https://shop.example/a,"
