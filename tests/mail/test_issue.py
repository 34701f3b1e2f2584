import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.keys import Subjects
from gateway.mail.issue import WORDS, Issuing, WrongWord
from gateway.mail.token import CLICK, OPEN, Token
from tests.mail.made import ACCEPTANCE, DAY, HOSTS, RING, SENT, TOKENS, URL

OLDER = bytes(range(1, 33))
NOW = SENT + 30.5
MAIL = {"campaign": "newsletter", "message": "issue"}
YES = {"granted": "2026-11-01"}
TEN_DAYS = {"days": 10, "sent": "2026-11-25T12:00:00+01:00"}


def issuing(sites=("shop",), ring=RING):
    return Issuing(ACCEPTANCE, sites, HOSTS, Subjects(ring), len(ring) // 32, NOW)


def test_without_a_record_it_is_nobodys():
    month = SENT + 30 + ACCEPTANCE.lifetime
    assert issuing().token(OPEN, MAIL) == Token(OPEN, "shop", "newsletter", "issue", SENT + 30, month)


def test_everything_that_can_be_said_is_in_it():
    somebody = {"record": "9f3c-17", "granted": "2026-11-01", "region": "us-ca"}
    token = issuing().token(CLICK, {**MAIL, **TEN_DAYS, **somebody, "site": "shop", "url": URL})
    assert (token.sent, token.expires) == (1_795_604_400, 1_795_604_400 + 10 * 86_400)
    assert (token.granted, token.region, token.url) == (20_758, "US-CA", URL)
    assert token.subject == Subjects(RING).digest("9f3c-17")
    assert TOKENS.open(TOKENS.seal(token)) == token


def test_an_address_is_written_in_the_one_way_that_is_believed():
    assert issuing().token(CLICK, MAIL | {"url": "https://WWW.SHOP.EXAMPLE:443/a"}).url == "https://www.shop.example/a"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"campaign": "other"}, "no such message"),
        ({"message": "issue-user-17"}, "no such message"),
        ({"message": "ann@mail.example"}, "no such message"),
        ({"name": "Ann"}, "the words are"),
        ({"email": "ann@mail.example"}, "the words are"),
        ({"message": 7}, "the words are"),
        ({"days": True}, "the words are"),
        ({"site": "other"}, "site is one of"),
        ({"sent": "soon"}, "sent is a time"),
        ({"sent": "2027-01-11T00:00:00Z"}, "within 31 days"),
        ({"sent": "2026-10-01T00:00:00Z"}, "too long ago"),
        ({"days": 0}, "days is 1 to 30"),
        ({"days": 31}, "days is 1 to 30"),
        ({"granted": "2026-11-01"}, "go together"),
        ({"region": "FR"}, "go together"),
        ({"record": "a"}, "go together"),
        (YES | {"record": "ann@mail.example"}, "record is the id"),
        (YES | {"record": "Ann Other"}, "record is the id"),
        (YES | {"record": ""}, "record is the id"),
        (YES | {"record": "a\n"}, "record is the id"),
        (YES | {"record": "1:a"}, "no root key of that age"),
        ({"record": "a", "granted": "yes"}, "granted is the day"),
        ({"record": "a", "granted": "2026-11-26"}, "granted is the day"),
        ({"record": "a", "granted": "1970-01-01"}, "granted is the day"),
        ({"record": "a", "granted": "2025-11-01"}, "ask again"),
        (YES | {"record": "a", "region": "Bavaria"}, "region is a code"),
        ({"url": URL}, "url is what a link leads to"),
    ],
)
def test_a_wrong_word_is_named_and_not_repeated(words, told):
    with pytest.raises(WrongWord, match=told) as caught:
        issuing().token(OPEN, MAIL | words)
    assert not [
        value for value in words.values() if isinstance(value, str) and len(value) > 5 and value in str(caught.value)
    ]


@pytest.mark.parametrize(
    "url", ["", "http://www.shop.example/", "https://evil.example/", "https://www.shop.example@evil.example/"]
)
def test_no_link_is_made_that_would_lead_nowhere(url):
    with pytest.raises(WrongWord, match="url"):
        issuing().token(CLICK, MAIL | {"url": url})


def test_where_there_are_several_sites_one_is_named():
    with pytest.raises(WrongWord, match="site is one of"):
        issuing(("shop", "blog")).token(OPEN, MAIL)
    assert issuing(("shop", "blog")).token(OPEN, MAIL | {"site": "blog"}).site == "blog"


def test_where_the_root_key_was_replaced_a_record_tells_which_one_it_is_of():
    ring = RING + OLDER
    with pytest.raises(WrongWord, match="0:id"):
        issuing(ring=ring).token(OPEN, MAIL | YES | {"record": "a"})
    for record, key in (("0:a", RING), ("1:a", OLDER)):
        assert issuing(ring=ring).token(OPEN, MAIL | YES | {"record": record}).subject == Subjects(key).digest("a")


words = st.dictionaries(
    st.sampled_from([*WORDS, "name"]),
    st.text(max_size=20) | st.integers(-5, 50) | st.sampled_from(["issue", "a", "FR"]),
    max_size=5,
)


@given(words, st.sampled_from([OPEN, CLICK]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_makes_a_token_that_counts_or_none(said, act):
    try:
        token = issuing().token(act, MAIL | said)
    except WrongWord:
        return
    assert TOKENS.open(TOKENS.seal(token)) == token
    assert ACCEPTANCE.names(token) and ACCEPTANCE.is_timely(token, max(NOW, token.sent))
    assert token.granted <= DAY
