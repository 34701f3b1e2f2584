import pytest

from gateway.adopt.references import HOLE, read_attribute, read_plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("?a=1&currency=EUR", "?a=1&currency=EUR"),
        ("?a=1&curren=EUR", "?a=1&curren=EUR"),
        ("?a=1&curren", "?a=1¤"),
        ("?a=1&curren;cy=1", "?a=1¤cy=1"),
        ("&timestamp=1&gtm=2&lt=3&copy=4&param=5&region=6&section=7&notify=8&para=9", "&timestamp=1&gtm=2&lt=3&copy=4&param=5&region=6&section=7&notify=8&para=9"),
        ("&notit;", "&notit;"),
        ("&notin;", "∉"),
        ("&para_x=1", "¶_x=1"),
        ("&copy &copy", "© ©"),
        ("&amp=1", "&amp=1"),
        ("&amp;=1", "&=1"),
        ("&amp;amp;x", "&amp;x"),
        ("&#38;a&#x26b&#X26;c&#38d", "&a\u026b&c&d"),
        ("&nosuch;", "&nosuch;"),
        ("& && &=&;", "& && &=&;"),
        ("&#;&#x;", "&#;&#x;"),
        ("&#128;", "€"),
    ],
)  # fmt: skip
def test_an_attribute_reads_as_a_browser_reads_it(raw, text):
    assert read_attribute(raw, 0).text == text


def test_each_character_knows_its_place_and_bare_ampersands_are_known():
    read = read_attribute("a&amp;b&c", 10)
    assert (read.text, read.at) == ("a&b&c", (10, 11, 16, 17, 18, 19))
    assert read.literal == {17}


def test_a_template_is_a_hole_of_its_length():
    read = read_attribute('a{{ "&amp;" }}&b', 5)
    assert read.text == "a" + HOLE * 13 + "&b"
    assert read.literal == {19}
    assert len(read.at) == len(read.text) + 1


def test_in_a_style_sheet_an_ampersand_is_nothing_special():
    read = read_plain("a&amp;b", 0)
    assert (read.text, read.literal) == ("a&amp;b", frozenset())
