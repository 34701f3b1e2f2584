import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise import user_agent
from gateway.anonymise.user_agent import CLASSES, device, family, is_bot, weaken, weaken_again
from tests.measure import seconds

WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WIN} {KIT} Chrome/142.0.0.0 Safari/537.36"
PIXEL = f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {KIT} Chrome/142.0.0.0 Mobile Safari/537.36"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
KNOWN = [
    (CHROME, "Chrome/142 (Windows; desktop)"),
    (f"{CHROME} Edg/142.0.0.0", "Edge/142 (Windows; desktop)"),
    (f"{CHROME} OPR/128.0.0.0", "Opera/128 (Windows; desktop)"),
    (f"{CHROME} Vivaldi/7.6", "Vivaldi/7 (Windows; desktop)"),
    (f"{WIN[:-1]}; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox/145 (Windows; desktop)"),
    (f"{WIN[:-1]}; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer/11 (Windows; desktop)"),
    (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari/18 (macOS; desktop)"),
    (f"{IOS} Version/18.5 Mobile/15E148 Safari/604.1", "Safari/18 (iOS; mobile)"),
    (f"{IOS} CriOS/142.0.0.0 Mobile/15E148 Safari/604.1", "Chrome/142 (iOS; mobile)"),
    (f"{IOS} FxiOS/145.0 Mobile/15E148 Safari/605.1.15", "Firefox/145 (iOS; mobile)"),
    (f"{IOS} Mobile/15E148 Instagram 380.0.0.28.82", "Instagram/380 (iOS; mobile)"),
    (f"{IOS} Mobile/15E148 [FBAN/FBIOS;FBAV/520.0.0.38;FBDV/iPhone16,1]", "Facebook/520 (iOS; mobile)"),
    (PIXEL, "Chrome/142 (Android; mobile)"),
    (PIXEL.replace(" Mobile", ""), "Chrome/142 (Android; tablet)"),
    (
        PIXEL.replace("Chrome/142.0.0.0", "SamsungBrowser/28.0 Chrome/130.0.0.0"),
        "Samsung Internet/28 (Android; mobile)",
    ),
    (f"Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/142.0.0.0 Safari/537.36", "Chrome/142 (Linux; desktop)"),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} Chrome/142.0.0.0 Safari/537.36",
        "Chrome/142 (ChromeOS; desktop)",
    ),
    (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {KIT} Chrome/108.0.0.0 Safari/537.36", "Chrome/108 (webOS; tv)"),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) Version/16.6 Mobile/15E148 Safari/604.1",
        "Safari/16 (iPadOS; tablet)",
    ),
    ("SomeApp/1.0", "Other (Other; other)"),
]
BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    f"Mozilla/5.0 (X11; Linux x86_64) {KIT} HeadlessChrome/142.0.0.0 Safari/537.36",
    "curl/8.10.1", "python-requests/2.32.3", "Wget/1.24", "Go-http-client/2.0", "Mozilla/5.0 (compatible; YandexBot/3.0)",
    "AhrefsBot", "Pingdom.com_bot_version_1.4", "Twitterbot/1.0", "Screaming Frog SEO Spider/21.0", "Mediapartners-Google",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_family_names_browser_system_and_class(text, expected):
    assert family(text) == expected
    assert not is_bot(text)


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_class_is_the_last_word_of_the_family(text, expected):
    assert weaken_again(weaken(text, "family"), "class") == weaken(text, "class") == device(text)


@pytest.mark.parametrize("text", BOTS)
def test_a_declared_bot_is_a_bot(text):
    assert is_bot(text)
    assert device(text) == "bot"


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", "GoogleOther", "facebookcatalog/1.0", "WhatsApp/2.23.20.0", "PHP/8.2", "Ruby",
        "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@mail.example)", "Mozilla/5.0 Gecko; compatible; Perplexity-User/1.0",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36 PTST/231004", "Mozilla/5.0 Chrome/142 Safari/537.36 Datadog/Synthetics",
        "Iframely/1.3.1 (+https://crawler.example/about)", "got (https://code.example/got)", "Python/3.11 aiohttp/3.9.1", "Java-http-client/17.0.1",
    ],
)  # fmt: skip
def test_clients_that_name_themselves_otherwise_are_bots_too(text):
    assert is_bot(text)


@pytest.mark.parametrize(
    "text",
    ["Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", "Mozilla/5.0 (compatible; Konqueror/4.5; FreeBSD) KHTML/4.5.4",
     "Mozilla/5.0 (Linux; Android 14; SM-S921B) Chrome/131.0.0.0 Mobile Safari/537.36 GoogleApp/15.1"],
)  # fmt: skip
def test_old_and_odd_browsers_are_none(text):
    assert not is_bot(text)


def test_a_television_stick_is_no_tablet():
    assert (
        device("Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36 Silk/126.3.1 like Chrome/126 Safari/537.36")
        == "tv"
    )


@pytest.mark.parametrize("text", ["", "Mozilla/5.0 (Linux; Android 9; CUBOT X19) Mobile", "Abbott", CHROME, PIXEL])
def test_what_says_nothing_of_a_bot_is_none(text):
    assert not is_bot(text)


def test_full_is_the_text_itself_unless_it_cannot_be_shown():
    assert weaken(CHROME, "full") == CHROME
    assert weaken("Agent (john@example.com)", "full") is None
    assert weaken("x" * 513, "full") is None
    assert weaken("a\x00b", "full") is None


@pytest.mark.parametrize(("text", "level"), [("", "family"), (CHROME, "drop"), (CHROME, "unheard"), ("", "full")])
def test_nothing_is_left_of_nothing(text, level):
    assert weaken(text, level) is None


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("Chrome/142 (Windows; desktop)", "family"),
        (CHROME, "class"),
        ("desktop", "class"),
        ("X/1 (Y; person)", "class"),
    ],
)
def test_only_a_family_becomes_a_class(value, level):
    assert weaken_again(value, level) is None


@given(st.text(max_size=700))
@settings(max_examples=200, deadline=None)
def test_no_text_gives_more_than_the_table_knows(text):
    known = family(text)
    assert len(known) < 60 and known.isprintable()
    assert device(text) in CLASSES
    assert known.endswith(f"; {device(text)})")


@pytest.mark.parametrize("memory", [user_agent._bots, user_agent._families], ids=["bots", "families"])
def test_what_a_client_says_of_itself_is_not_remembered_as_text(memory):
    text = "Mozilla/5.0 marker-of-a-refused-hit"
    first = memory.answer(text)
    assert memory.answer(text) == first
    assert {type(key) for key in memory.known} == {int}
    for number in range(user_agent.MAX_KNOWN + 10):
        memory.answer(f"client {number}")
    assert len(memory.known) == user_agent.MAX_KNOWN
    assert "marker" not in repr(memory.known)


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Epiphany/605.1.15 Version/17 RareBrowser/9",
        "Konqueror/22 (Plan9)", "AcmeApp/3.2.1 (com.example.acme; build:42) Alamofire/5.6", "Mozilla/4.0 (BeOS; Dillo)",
    ],
)  # fmt: skip
def test_a_browser_that_few_have_is_not_named(text):
    assert family(text).split(" ")[0].split("/")[0] in ("Other", "Safari")
    assert "Acme" not in family(text) and "Rare" not in family(text)


HOSTILE = ["(", "a" * 512, "Android;" * 64, "Mobile Safari/" * 40, "; " * 256, "iPhone " * 80, "/1.1" * 128, "Chrome/1." * 60,
           "Mozilla/5.0 (" + "x; " * 160, "Opera " * 80, "\u0130" * 512, "Build/" * 80, "AppleWebKit/" * 42, "1" * 512]  # fmt: skip


def test_no_header_takes_long_to_read():
    def spent(text):
        return seconds(user_agent._read_family, text[: user_agent.MAX_TEXT])

    family(CHROME)
    # Every rule is tried on what no browser says; that bounds what a hostile header can cost.
    plain = spent("x" * 100)
    assert max(spent(text) for text in HOSTILE) < 60 * max(plain, 0.0005)
