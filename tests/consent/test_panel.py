import pytest

from gateway.consent.own import ReceiptSource
from gateway.consent.panel import assemble, assemble_foreign
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.sources import CmpSource, GppSource, TcfSource
from gateway.facts import ConsentSource
from tests.consent.test_cmps import CMPS

PURPOSES = {"ads": PlainPurpose("advertising")}


def foreign(*trust):
    return assemble_foreign(ReadingRules(PURPOSES, trust), CMPS)


def granting(sources):
    return {
        source.cookie for source in sources if any(question.may_grant for question in getattr(source, "questions", ()))
    }


def test_every_known_source_is_asked_even_when_none_is_trusted():
    sources = foreign()
    assert {source.cookie for source in sources if isinstance(source, CmpSource)} == {
        cmp.cookie for cmp in CMPS.values()
    }
    assert {source.cookie for source in sources if isinstance(source, TcfSource)} == {"euconsent-v2", "eupubconsent-v2"}
    assert {source.cookie for source in sources if isinstance(source, GppSource)} == {"__gpp", "OTGPPConsent"}
    assert granting(sources) == set()


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        (ConsentSource("cmp", "onetrust"), {"OptanonConsent"}),
        (ConsentSource("cmp", "onetrust", "Mine"), {"Mine"}),
        (ConsentSource("cmp", "nobody", "x"), set()),
        (ConsentSource("tcf"), {"euconsent-v2", "eupubconsent-v2"}),
        (ConsentSource("tcf", "", "mine"), {"mine"}),
        (ConsentSource("gpp", "", "mine"), set()),
        (ConsentSource("gpp"), set()),
        (ConsentSource("gateway_receipt"), set()),
        (ConsentSource("astrology", "x", "y"), set()),
    ],
)
def test_only_the_trusted_line_may_grant(line, cookies):
    assert granting(foreign(line)) == cookies


def test_a_cookie_is_asked_once():
    names = [
        (type(source), source.cookie) for source in foreign(ConsentSource("tcf"), ConsentSource("gpp", "", "__gpp"))
    ]
    assert len(names) == len(set(names))


def test_trusted_sources_come_first_and_in_their_order():
    sources = foreign(ConsentSource("tcf", "", "eupubconsent-v2"), ConsentSource("cmp", "cookiebot"))
    assert [source.cookie for source in sources[:2]] == ["eupubconsent-v2", "CookieConsent"]


def test_the_own_receipt_is_asked_first_and_trusted_only_where_the_policy_says_so():
    for trust, trusted in (((), False), ((ConsentSource("gateway_receipt"),), True)):
        first = assemble(ReadingRules(PURPOSES, trust), bytes(32), CMPS)[0]
        assert isinstance(first, ReceiptSource)
        assert first.trusted is trusted
