import pytest

from gateway.consent.carriers import NAMES, TYPES
from gateway.consent.cmp_votes import CmpSource
from gateway.consent.gpp_votes import GppSource
from gateway.consent.own import ReceiptSource
from gateway.consent.panel import assemble, assemble_foreign
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.tc_votes import TcfSource
from gateway.facts import ConsentSource
from tests.consent.test_read import CMPS

# What tells something about other carriers, and is not asked by itself; and how Google's types are called in a body.
CONTEXT = {"gdpr", "consent_string", "consent_type", "addtl_consent"}
STATED = {f"consent.{name}" for name in TYPES}
PURPOSES = {"ads": PlainPurpose("advertising")}


def foreign(*trust):
    return assemble_foreign(ReadingRules(PURPOSES, trust), CMPS)


def questions(source):
    if isinstance(source, TcfSource):
        return source.rules.asked
    return source.rules.tc.asked if isinstance(source, GppSource) else getattr(source, "questions", ())


def where(source):
    return source.cookie if isinstance(source, CmpSource) else source.place.name


def granting(sources):
    return {where(source) for source in sources if any(question.may_grant for question in questions(source))}


def test_every_known_source_is_asked_even_when_none_is_trusted():
    sources = foreign()
    assert {source.cookie for source in sources if isinstance(source, CmpSource)} == {
        cmp.cookie for cmp in CMPS.values()
    }
    assert {where(source) for source in sources if isinstance(source, TcfSource)} == {
        "euconsent-v2", "eupubconsent-v2", "gdpr_consent"
    }  # fmt: skip
    assert {where(source) for source in sources if isinstance(source, GppSource)} == {"__gpp", "OTGPPConsent", "gpp"}
    assert {name for source in sources for name in source.carriers} == set(NAMES.values()) - CONTEXT | STATED
    assert granting(sources) == set()


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        (ConsentSource("cmp", "onetrust"), {"OptanonConsent"}),
        (ConsentSource("cmp", "onetrust", "Mine"), {"Mine"}),
        (ConsentSource("cmp", "nobody", "x"), set()),
        (ConsentSource("tcf"), {"euconsent-v2", "eupubconsent-v2", "gdpr_consent"}),
        (ConsentSource("tcf", "", "mine"), {"mine"}),
        (ConsentSource("gpp", "", "mine"), {"mine"}),
        (ConsentSource("gpp"), {"__gpp", "OTGPPConsent", "gpp"}),
        (ConsentSource("gateway_receipt"), set()),
        (ConsentSource("astrology", "x", "y"), set()),
    ],
)
def test_only_the_trusted_line_may_grant(line, cookies):
    assert granting(foreign(line)) == cookies


def test_a_cookie_is_asked_once():
    sources = foreign(ConsentSource("tcf"), ConsentSource("gpp", "", "__gpp"))
    placed = [source for source in sources if isinstance(source, CmpSource | TcfSource | GppSource)]
    names = [(type(source), where(source), getattr(source, "name", "")) for source in placed]
    assert len(names) == len(set(names))


def test_trusted_sources_come_first_and_in_their_order():
    sources = foreign(ConsentSource("tcf", "", "eupubconsent-v2"), ConsentSource("cmp", "cookiebot"))
    assert [where(source) for source in sources[:2]] == ["eupubconsent-v2", "CookieConsent"]


def test_the_own_receipt_is_asked_first_and_trusted_only_where_the_policy_says_so():
    for trust, trusted in (((), False), ((ConsentSource("gateway_receipt"),), True)):
        first = assemble(ReadingRules(PURPOSES, trust), bytes(32), CMPS)[0]
        assert isinstance(first, ReceiptSource)
        assert first.trusted is trusted
