import timeit

import pytest

from gateway.consent.ballot import Place, Scene
from gateway.consent.meaning import Meaning, Question
from gateway.consent.read import SignalReader
from gateway.consent.rules import ReadingRules, Recipient
from gateway.consent.tc_votes import TcfSource, TcRules, ask_texts, gdpr_applies, providers
from gateway.consent.vendor_basis import Interest
from gateway.consent.vendor_list import ListedVendor
from gateway.facts import ConsentSource
from gateway.hit import Alone
from tests.consent.tcf_packer import core, disclosed, entries, number, tc_string, vendors
from tests.consent.test_read import CMPS, DAY, KEY, NOW, OWN, PURPOSES, denials, grants, hit, receipt

EVERYTHING = tuple(range(1, 12))
TRUSTED = ConsentSource("tcf")
ALL = {"visits", "insight", "measure", "retarget"}
RECIPIENTS = (
    Recipient("ga4", frozenset({"insight", "visits"}), tcf_vendor=755),
    Recipient("linkedin", frozenset({"measure"}), tcf_vendor=804),
    Recipient("own", frozenset({"visits", "measure"})),
)


def reader(*trust, **rules):
    return SignalReader(ReadingRules(PURPOSES, trust, **rules), KEY, CMPS, str)


def string(consent=EVERYTHING, consented=(755, 804), shown=(755, 804), day=DAY - 3, **fields):
    return core(day=day, consent=consent, consented=vendors(*consented), **fields) + "." + disclosed(*shown)


def left_out(consent):
    return {(vote.purpose, vote.destination) for vote in consent.signals.votes if vote.destination}


def query(text, **more):
    return hit(query=f"id=1&gdpr_consent={text}", **more)


def test_a_string_in_the_query_says_what_one_in_a_cookie_does():
    carried = reader(TRUSTED).read(query(string()))
    cookie = reader(TRUSTED).read(hit(b"euconsent-v2=" + string().encode()))
    assert [vote[2:] for vote in carried.signals.votes] == [vote[2:] for vote in cookie.signals.votes]
    assert {vote.source for vote in carried.signals.votes} == {"tcf:gdpr_consent"}
    assert (grants(carried), denials(carried)) == (ALL, set())


@pytest.mark.parametrize("where", ["query", "beside"])
def test_what_a_server_says_of_many_refuses_for_each_and_agrees_for_none(where):
    def heard(own, many):
        said = [f'{{"gdpr_consent": "{text}"}}'.encode() if text else b"" for text in (own, many)]
        alone = Alone(said[0], said[1] if where == "beside" else b"")
        return reader(TRUSTED).read_alone(query(many) if where == "query" and many else hit(), alone)

    yes, no = string(), string(consent=(1, 8))
    assert (grants(heard(yes, "")), denials(heard(yes, ""))) == (ALL, set())
    assert heard("", yes).signals.votes == ()
    assert (grants(heard("", no)), denials(heard("", no))) == (set(), {"measure", "retarget"})
    assert (grants(heard(yes, no)), denials(heard(yes, no))) == (ALL, {"measure", "retarget"})
    assert "measure" in denials(heard(yes, "undefined"))


@pytest.mark.parametrize("trust", [(), (OWN,), (TRUSTED._replace(cookie="euconsent-v2"),)])
def test_it_grants_only_where_a_line_trusts_it(trust):
    consent = reader(*trust).read(query(string(consent=(1, 8))))
    assert (grants(consent), denials(consent)) == (set(), {"measure", "retarget"})


def test_a_copy_of_the_trusted_string_says_nothing_more():
    mapped = ConsentSource("tcf", "", "euconsent-v2", (("1+7", ("measure",)),))
    text = string(consent=(1, 7))
    both = reader(mapped).read(hit(b"euconsent-v2=" + text.encode(), query=f"gdpr_consent={text}"))
    alone = reader(mapped).read(hit(b"euconsent-v2=" + text.encode()))
    assert both.signals.votes == alone.signals.votes
    other = string(consent=(1, 7), day=DAY - 4)
    assert "measure" in denials(
        reader(mapped).read(hit(b"euconsent-v2=" + text.encode(), query=f"gdpr_consent={other}"))
    )


@pytest.mark.parametrize(
    "text",
    ["${GDPR_CONSENT_755}", "%24%7BGDPR_CONSENT_755%7D", "[GDPR_CONSENT]", "{{tcString}}", "%25%25TC%25%25", "undefined",
     "null", "CPXx", string()[:60], string(day=DAY - 396), string(specific=False)],
)  # fmt: skip
def test_an_unreadable_string_refuses_everything_it_would_answer_whatever_gdpr_says(text):
    for gdpr in ("", "&gdpr=0", "&gdpr=1"):
        consent = reader(OWN, TRUSTED).read(hit(receipt(measure=True), query=f"gdpr_consent={text}{gdpr}"))
        assert denials(consent) == ALL


@pytest.mark.parametrize(
    "text", ["gdpr=0&gdpr_consent=", "gdpr_consent=", "gdpr=&gdpr_consent=", "gdpr_pd=1", "gdpr=0"]
)
def test_an_empty_string_says_nothing_where_nobody_says_that_the_gdpr_applies(text):
    assert reader(OWN, TRUSTED).read(hit(query=text)).signals.votes == ()


@pytest.mark.parametrize(
    "text",
    ["gdpr=1", "gdpr=1&gdpr_consent=", "gdpr_applies=true", "gdpr=%24%7BGDPR%7D", "gdpr=undefined", "gdpr=0&gdpr=1",
     "gpp_sid=2", "gpp_sid=6,2&gpp=", "gpp_sid=02", "consent_string=&consent_type=2&gdpr_applies=1"],
)  # fmt: skip
def test_where_the_gdpr_applies_and_there_is_no_string_all_it_would_answer_is_refused(text):
    assert denials(reader(OWN, TRUSTED).read(hit(receipt(measure=True, insight=True), query=text))) >= ALL


def test_a_string_in_a_cookie_is_one_too():
    consent = reader(TRUSTED).read(hit(b"euconsent-v2=" + string().encode(), query="gdpr=1"))
    assert (grants(consent), denials(consent)) == (ALL, set())
    consent = reader(TRUSTED).read(hit(b"euconsent-v2=" + string().encode(), query="gdpr=1&gdpr_consent="))
    assert denials(consent) == ALL


def test_gdpr_0_loosens_nothing():
    refused = query(string(consent=(1,)))
    same = hit(query=f"gdpr=0&gdpr_consent={string(consent=(1,))}")
    assert reader(TRUSTED).read(refused).signals == reader(TRUSTED).read(same).signals


def test_of_two_strings_the_strictest_counts():
    both = hit(query=f"gdpr_consent={string()}&gdpr_consent={string(consent=(1, 8))}")
    assert (grants(reader(TRUSTED).read(both)), denials(reader(TRUSTED).read(both))) == (
        {"visits", "insight"}, {"measure", "retarget"}
    )  # fmt: skip


def test_an_event_of_a_batch_speaks_for_the_hit():
    body = f'[{{"gdpr_consent": "{string()}"}}, {{"user": {{"consent": "{string(consent=(1, 8))}"}}}}]'
    assert denials(reader(TRUSTED).read(hit(body=body.encode()))) == {"measure", "retarget"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (string(), set()),
        (string(consented=(755,)), {("measure", "linkedin")}),
        (string(consented=(804,)), {("insight", "ga4"), ("visits", "ga4")}),
        (string(shown=(755,)), {("measure", "linkedin")}),
        (string(consented=()), {("insight", "ga4"), ("visits", "ga4"), ("measure", "linkedin")}),
        (
            string(restrictions=number(1, 12) + number(7, 6) + number(0, 2) + entries((800, 810))),
            {("measure", "linkedin")},
        ),
        (string(restrictions=number(1, 12) + number(8, 6) + number(2, 2) + entries((755, 755))),
         {("insight", "ga4"), ("visits", "ga4")}),
        (string(restrictions=number(1, 12) + number(8, 6) + number(1, 2) + entries((755, 755))), set()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("trust", [(), (TRUSTED,)])
def test_a_destination_that_the_string_leaves_out_is_refused_and_the_others_go_on(text, expected, trust):
    consent = reader(*trust, recipients=RECIPIENTS).read(query(text))
    assert left_out(consent) == expected
    assert not any(vote.grant for vote in consent.signals.votes if vote.destination)
    assert {vote.purpose for vote in consent.signals.votes if vote.grant} == (ALL if trust else set())


def test_legitimate_interest_needs_the_line_and_the_list_and_speaks_for_listed_vendors_only():
    text = string(consent=(1,), interest=(8,), consented=(755,), interested=vendors(755))
    listed = {755: ListedVendor(frozenset({1}), frozenset({8}), frozenset())}
    line = TRUSTED._replace(legitimate_interest=True)
    recipients = (*RECIPIENTS, Recipient("other", frozenset({"insight"}), tcf_vendor=804))
    for trust, vendor_list in ((TRUSTED, listed), (line, None)):
        assert "insight" in denials(reader(trust, recipients=recipients, vendor_list=vendor_list).read(query(text)))
    consent = reader(line, recipients=recipients, vendor_list=listed).read(query(text))
    assert "insight" in grants(consent)
    assert {pair for pair in left_out(consent) if pair[0] in ("insight", "visits")} == {
        ("insight", "other"), ("visits", "own")
    }  # fmt: skip


def test_a_vendor_that_left_the_list_is_left_out():
    consent = reader(TRUSTED, recipients=RECIPIENTS, vendor_list={804: ListedVendor(*[frozenset()] * 3)}).read(
        query(string())
    )
    assert left_out(consent) == {("insight", "ga4"), ("visits", "ga4")}


@pytest.mark.parametrize(
    ("more", "passes"),
    [("", False), ("&addtl_consent=2~70.89~dv.", True), ("&addtl_consent=1~70", False), ("&addtl_consent=2~~dv.89", False),
     ("&addtl_consent=nonsense", False), ("&addtl_consent=1~89&addtl_consent=1~70", False)],
)  # fmt: skip
def test_a_provider_that_only_google_lists_needs_additional_consent(more, passes):
    recipients = (Recipient("meta", frozenset({"measure"}), ac_provider=89),)
    consent = reader(TRUSTED, recipients=recipients).read(hit(query=f"gdpr_consent={string()}{more}"))
    assert left_out(consent) == (set() if passes else {("measure", "meta")})


def test_what_is_remembered_ends_with_the_string():
    source = reader(TRUSTED)
    noon = (DAY - 395) * 864_000 + 432_000
    dying = query(string(updated=noon, created=noon), received=NOW + 3600)
    dead = query(string(updated=noon, created=noon), received=NOW + 43_300)
    assert grants(source.read(dying)) == ALL
    assert grants(source.read(dead)) == set()


def test_additional_consent_means_nothing_without_a_tc_string():
    recipients = (Recipient("meta", frozenset({"measure"}), ac_provider=89),)
    assert reader(TRUSTED, recipients=recipients).read(hit(query="addtl_consent=1~89")).signals.votes == ()
    assert providers(Scene({b"addtl_consent": [b"1~89.70"]}, "", NOW, {"addtl_consent": ["1~70"]})) == {70}


def test_a_purpose_may_ask_for_less_or_more_than_its_family():
    asked = {
        "measure": PURPOSES["measure"]._replace(tcf=(1, 7)),
        "insight": PURPOSES["insight"]._replace(tcf=(1, 8, 9)),
    }
    rules = ReadingRules(asked, (TRUSTED,))
    source = SignalReader(rules, KEY, CMPS, str)
    assert grants(source.read(query(string(consent=(1, 7))))) == {"measure"}
    assert denials(source.read(query(string(consent=(1, 7, 8))))) == {"insight"}


@pytest.mark.parametrize("value", ["1", "true", "x", "${GDPR}"])
def test_what_is_not_a_clear_no_means_that_the_gdpr_applies(value):
    assert gdpr_applies(Scene({}, "", NOW, {"gdpr": ["0", value]}))
    assert not gdpr_applies(Scene({}, "", NOW, {"gdpr": ["0", "", "false"], "gpp_sid": ["7,12", "-1"]}))


@pytest.mark.parametrize("sections", ["2", "02", "6_2", "2 ", "6;2", "%%SID%%"])
def test_sections_in_force_that_are_the_european_one_or_unreadable_mean_that_the_gdpr_applies(sections):
    assert gdpr_applies(Scene({}, "", NOW, {"gdpr": ["0"], "gpp_sid": ["7", sections]}))


def test_the_place_of_a_source_is_a_cookie_or_a_carrier():
    assert TcfSource(Place("x"), TcRules.of(())).carriers == frozenset()
    assert TcfSource(Place("x", carried=True), TcRules.of(())).cookies == frozenset()


def test_ten_purposes_and_five_vendors_cost_little_more_than_reading_their_bits():
    asked = tuple(Question(f"p{n}", Meaning(("1", str(n + 2))), True, False) for n in range(10))
    served = frozenset(f"p{n}" for n in range(10))
    rules = TcRules.of(asked, [Recipient(f"d{v}", served, tcf_vendor=v) for v in (32, 42, 164, 755, 804)])
    text = tc_string(day=DAY - 3, consent=EVERYTHING, consented=vendors(*range(1, 1200, 3)))
    scene = Scene({}, "", NOW)
    ours = min(timeit.repeat(lambda: ask_texts("tcf:x", [text], scene, rules), number=20, repeat=15))
    loop = min(timeit.repeat(lambda: [text[at] == "A" for at in range(len(text))], number=20, repeat=15))
    assert ours < 40 * loop


def test_interest_is_off_without_a_list():
    assert not TcRules.of(()).interest_counts
    assert TcRules.of((), interest=Interest({}, True)).interest_counts
