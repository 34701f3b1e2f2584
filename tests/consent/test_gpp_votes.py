import pytest

from gateway.consent.ballot import Place
from gateway.consent.gpp_fields import US_LAYOUTS
from gateway.consent.gpp_votes import GppSource
from gateway.consent.read import SignalReader
from gateway.consent.rules import PlainPurpose, ReadingRules, Recipient
from gateway.facts import ConsentSource
from tests.consent.tcf_packer import (
    base64url,
    core,
    disclosed,
    fibonacci_entries,
    gpp_header,
    ids,
    letters,
    number,
    vendors,
)
from tests.consent.test_gpp_us import GPC_SET, packed
from tests.consent.test_read import CMPS, DAY, KEY, PURPOSES, denials, grants, hit

ALL = {"visits", "insight", "measure", "retarget"}
SOLD = {"measure", "retarget"}
GPP = ConsentSource("gpp")
EVERYTHING = tuple(range(1, 12))


def reader(*trust, purposes=PURPOSES, **rules):
    return SignalReader(ReadingRules(purposes, trust, **rules), KEY, CMPS, str)


def gpp(**sections):
    """`s7="…"`: a string with these sections."""
    return "~".join((gpp_header(*(int(name[1:]) for name in sections)), *sections.values()))


def europe(consent=EVERYTHING, day=DAY - 3, consented=(755,), **fields):
    return core(day=day, consent=consent, consented=vendors(*consented), **fields) + "." + disclosed(755, 804)


def canada(express=(), implied=(), day=DAY - 3, vendor=(755,), created=0, restricted=()):
    """`restricted`: (purpose, kind) for vendor 755."""
    tenths = day * 864_000
    ranges = "".join(
        number(purpose, 6) + number(kind, 2) + number(755, 16) + "1" + fibonacci_entries((755, 755))
        for purpose, kind in restricted
    )
    return base64url(
        number(1, 6) + number(created * 864_000 or tenths, 36) + number(tenths, 36) + number(31, 12) + number(1, 12) + number(1, 6)
        + letters("FR") + number(9, 12) + number(2, 6) + "0" + ids((), 12) + ids(express, 24) + ids(implied, 24)
        + number(max(vendor, default=0), 16) + "1" + fibonacci_entries(*((each, each) for each in vendor))
        + number(0, 16) + "0" + number(len(restricted), 12) + ranges
    )  # fmt: skip


def said(source, text="", query=""):
    consent = source.read(hit(query=f"gpp={text}&{query}" if text is not None else query))
    return grants(consent), denials(consent)


@pytest.mark.parametrize("name", [b"__gpp", b"OTGPPConsent"])
@pytest.mark.parametrize("trust", [(), (GPP,)])
def test_a_cookie_and_a_parameter_say_the_same(name, trust):
    text = gpp(s7=packed(7, SaleOptOut=1))
    consent = reader(*trust).read(hit(name + b"=" + text.encode()))
    assert (grants(consent), denials(consent)) == said(reader(*trust), text) == (set(), SOLD)
    assert {vote.source for vote in consent.signals.votes} == {f"gpp:{name.decode()}"}


@pytest.mark.parametrize("section", US_LAYOUTS)
@pytest.mark.parametrize("value", [1, 3])
@pytest.mark.parametrize("sid", ["", "&gpp_sid=-1", "&gpp_sid=2", "&gpp_sid=7"])
def test_an_opt_out_counts_in_whichever_section_it_stands(section, value, sid):
    names = {field.name for field in US_LAYOUTS[section].core}
    for field in {"SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"} & names:
        text = gpp(**{f"s{section}": packed(section, **{field: value})})
        assert said(reader(), text, sid)[1] >= SOLD


@pytest.mark.parametrize("section", US_LAYOUTS)
@pytest.mark.parametrize("value", [0, 2])
@pytest.mark.parametrize("trust", [(), (GPP,)])
def test_a_us_section_never_grants_and_without_an_opt_out_says_nothing(section, value, trust):
    every = {field.name: value for field in US_LAYOUTS[section].core if not field.name.endswith("Version")}
    text = gpp(**{f"s{section}": packed(section, **every)})
    assert said(reader(*trust), text, f"gpp_sid={section}") == (set(), set())


def test_gpc_in_a_section_is_gpc():
    assert reader().read(hit(query=f"gpp={gpp(s7=packed(7) + GPC_SET)}")).signals.gpc
    assert not reader().read(hit(query=f"gpp={gpp(s7=packed(7))}")).signals.gpc


def test_a_child_whose_data_may_not_be_sold_opts_out():
    assert said(reader(), gpp(s7=packed(7, KnownChildSensitiveDataConsents=(0, 1, 0)))) == (set(), SOLD)
    assert said(reader(), gpp(s7=packed(7, KnownChildSensitiveDataConsents=(0, 2, 2)))) == (set(), set())


def test_sensitive_data_without_consent_refuse_what_rests_on_them():
    source = reader(purposes={**PURPOSES, "health": PlainPurpose("sensitive")})
    assert said(source, gpp(s8=packed(8, SensitiveDataProcessing=(0, 0, 1, 0, 0, 0, 0, 0, 0)))) == (set(), {"health"})
    assert said(source, gpp(s8=packed(8, SensitiveDataProcessing=(0, 0, 2, 0, 0, 0, 0, 0, 0)))) == (set(), set())
    assert said(source, gpp(s25=packed(25) + ".qqo")) == (set(), set())
    assert said(source, gpp(s25=packed(25))) == (set(), {"health"})


def test_the_european_section_is_a_tc_string():
    text = gpp(s2=europe(consent=(1, 8)))
    assert said(reader(), text) == (set(), SOLD)
    assert said(reader(GPP), text) == ({"visits", "insight"}, SOLD)
    assert said(reader(GPP), gpp(s2=europe()), "gpp_sid=2") == (ALL, set())
    assert said(reader(ConsentSource("tcf")), gpp(s2=europe())) == (set(), set())


def test_a_section_that_others_are_in_force_instead_of_can_only_refuse():
    both = gpp(s2=europe(consent=(1, 8)), s7=packed(7))
    assert said(reader(GPP), both, "gpp_sid=7") == (set(), SOLD)
    assert said(reader(GPP), both, "gpp_sid=7&gpp_sid=2") == (set(), SOLD)
    assert said(reader(GPP), both, "gpp_sid=7,2") == ({"visits", "insight"}, SOLD)


@pytest.mark.parametrize(
    "section", [europe(day=DAY - 396), europe(day=DAY + 3), europe(specific=False), europe(policy=3)]
)
def test_a_european_section_that_does_not_count_refuses(section):
    assert said(reader(GPP), gpp(s2=section)) == (set(), ALL)


def test_a_vendor_that_the_european_section_leaves_out_is_left_out():
    recipients = (Recipient("ga4", frozenset({"insight"}), 755), Recipient("linkedin", frozenset({"insight"}), 804))
    for section in (gpp(s2=europe()), gpp(s5=canada(EVERYTHING))):
        consent = reader(GPP, recipients=recipients).read(hit(query=f"gpp={section}"))
        assert {vote.destination for vote in consent.signals.votes if not vote.grant} == {"linkedin"}


@pytest.mark.parametrize(
    ("restricted", "left_out"),
    [((), set()), (((8, 0),), {"ga4"}), (((8, 1),), set()), (((8, 2),), {"ga4"}), (((8, 1), (8, 2)), {"ga4"}),
     (((4, 0),), set())],
)  # fmt: skip
def test_so_is_one_whom_the_canadian_section_restricts_to_another_basis(restricted, left_out):
    recipients = (Recipient("ga4", frozenset({"insight"}), 755),)
    section = gpp(s5=canada(EVERYTHING, restricted=restricted))
    consent = reader(GPP, recipients=recipients).read(hit(query=f"gpp={section}"))
    assert {vote.destination for vote in consent.signals.votes if not vote.grant} == left_out


def test_the_policys_map_answers_the_european_section_too():
    line = ConsentSource("gpp", "", "__gpp", (("1+7", ("measure",)),))
    consent = reader(line).read(hit(b"__gpp=" + gpp(s2=europe(consent=(1, 7))).encode()))
    assert (grants(consent), denials(consent)) == ({"measure"}, {"visits", "insight", "retarget"})


def test_express_consent_grants_where_it_is_trusted_and_implied_consent_is_neither_yes_nor_no():
    text = gpp(s5=canada(express=(1, 8), implied=(2, 3, 4)))
    assert said(reader(), text) == (set(), SOLD)
    assert said(reader(GPP), text) == ({"visits", "insight"}, SOLD)
    assert said(reader(GPP), gpp(s5=canada(express=(1, 8), implied=(2, 3, 4, 7)))) == ({"visits", "insight"}, set())
    assert said(reader(GPP), gpp(s5=canada(implied=EVERYTHING))) == (set(), set())
    assert said(reader(GPP), gpp(s5=canada(EVERYTHING, day=DAY - 396))) == (set(), ALL)
    assert said(reader(GPP), gpp(s5=canada(EVERYTHING, created=DAY + 700))) == (set(), ALL)


def test_a_us_privacy_section_is_one():
    assert said(reader(GPP), gpp(s6="1YYN")) == (set(), SOLD)
    assert said(reader(GPP), gpp(s6="1YNN")) == said(reader(GPP), gpp(s6="1---")) == (set(), set())


@pytest.mark.parametrize("sid", ["", "&gpp_sid=-1", "&gpp_sid=2", "&gpp_sid=7", "&gpp_sid=8_7"])
@pytest.mark.parametrize("text", ["DBABLA~", "garbage", "${GPP_STRING_755}", "undefined", "DBABLA~BVVqAAAACg!"])
def test_what_cannot_be_read_refuses_everything_that_can_be_refused(text, sid):
    consent = reader(GPP).read(hit(query=f"gpp={text}{sid}"))
    assert denials(consent) == ALL
    assert consent.signals.unreadable == ("gpp:gpp",)


@pytest.mark.parametrize(
    ("query", "refused"),
    [("gpp_sid=7", SOLD), ("gpp=&gpp_sid=8", SOLD), ("gpp_sid=6", SOLD), ("gpp_sid=5", ALL), ("gpp_sid=2", ALL),
     ("gpp_sid=-1", set()), ("gpp_sid=0", set()), ("gpp=&gpp_sid=", set()), ("gpp_sid=%24%7BSID%7D", ALL),
     ("gpp_sid=7,", ALL), ("gpp_sid=99", ALL), ("gpp_sid=5,7", ALL), ("gpp_sid=7,5,99", ALL)],
)  # fmt: skip
def test_a_section_in_force_that_is_not_there_refuses(query, refused):
    assert said(reader(GPP), None, query) == (set(), refused)


def test_a_section_that_nobody_knows_may_hide_a_refusal():
    assert said(reader(GPP), gpp(s2=europe(), s99="AAAA")) == (ALL, ALL)
    assert said(reader(GPP), None, f"gpp={gpp(s2=europe())}&gpp={gpp(s1='AAAA')}") == (ALL, ALL)


def test_of_two_strings_any_refusal_counts():
    query = f"gpp={gpp(s7=packed(7))}&gpp={gpp(s7=packed(7, SharingOptOut=1))}"
    assert said(reader(), None, query) == (set(), SOLD)
    assert said(reader(GPP), None, f"gpp={gpp(s2=europe())}&gpp=x") == (set(), ALL)


def test_a_string_that_cannot_be_read_hides_no_refusal_of_another():
    other = gpp(s2=europe(consent=(1, 7)), s7=packed(7) + GPC_SET)
    for sid in ("gpp_sid=7", "gpp_sid=x"):
        consent = reader(GPP).read(hit(query=f"gpp={other}&gpp=garbage&{sid}"))
        assert (grants(consent), denials(consent), consent.signals.gpc) == (set(), ALL, True)


def test_a_cookie_is_read_without_what_is_carried():
    assert GppSource(Place("__gpp"), None).carriers == frozenset()
