import gc
from importlib.resources import files
from types import FunctionType, ModuleType

import pytest

from gateway.consent.cmps import parse_cmps
from gateway.consent.read import MEMO_SIZE, SignalReader
from gateway.consent.receipt import Choice, ConsentRecord, seal, terms_of
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.facts import ConsentSource, Signals, Vote
from gateway.hit import Hit

CMPS = parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
KEY = bytes(range(32))
NOW = 1_795_392_000.0  # 2026-11-23
DAY = int(NOW // 86400)

PURPOSES = {
    "operate": PlainPurpose("necessary", terms_of("operate")),
    "visits": PlainPurpose("audience_measurement", terms_of("visits")),
    "insight": PlainPurpose("analytics", terms_of("insight")),
    "measure": PlainPurpose("advertising", terms_of("measure"), sale_or_share=True),
    "retarget": PlainPurpose("advertising", terms_of("retarget"), sale_or_share=True),
}
REFUSABLE = {"visits", "insight", "measure", "retarget"}
OWN = ConsentSource("gateway_receipt")


def reader(*trust):
    return SignalReader(ReadingRules(PURPOSES, trust), KEY, CMPS, {"r-1": "pseudonym"}.__getitem__)


def hit(*cookies, site="shop", received=NOW, query="", body=b"", path="/p.gif", **headers):
    named = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    if cookies:
        named[b"cookie"] = list(cookies)
    return Hit("POST" if body else "GET", path, query, named, body, "192.0.2.1", received, site)


def receipt(site="shop", key=KEY, given=NOW - 86400, expires=NOW + 3600, notified=False, **choices):
    answers = tuple(
        Choice(name, choice, terms_of(name)) if isinstance(choice, bool) else choice for name, choice in choices.items()
    )
    return (
        b"__Host-consent=" + seal(ConsentRecord("r-1", int(given), int(expires), answers, notified), key, site).encode()
    )


def grants(consent):
    return {vote.purpose for vote in consent.signals.votes if vote.grant}


def denials(consent):
    return {vote.purpose for vote in consent.signals.votes if not vote.grant}


def test_a_hit_without_signals_says_nothing():
    assert reader(OWN).read(hit()) == (Signals(), "")
    assert reader(OWN).read(hit(b"_ga=GA1.1.1.1; lang=de")) == (Signals(), "")


def test_headers_set_the_flags():
    assert reader().read(hit(sec_gpc=b"1")).signals == Signals(gpc=True)
    assert reader().read(hit(dnt=b"1")).signals == Signals(dnt=True)
    with_cookie = reader(OWN).read(hit(receipt(insight=True), sec_gpc=b"1", dnt=b"1")).signals
    assert (with_cookie.gpc, with_cookie.dnt) == (True, True)


def test_the_own_receipt_votes_with_its_day_and_names_the_record_by_its_pseudonym():
    consent = reader(OWN).read(hit(b"a=b; " + receipt(insight=True, measure=False)))
    assert consent.signals.votes == (
        Vote("insight", "gateway_receipt", True, True, True, DAY - 1),
        Vote("measure", "gateway_receipt", False, True, True, DAY - 1),
    )
    assert consent.record == "pseudonym"


def test_a_receipt_that_the_policy_does_not_trust_can_only_refuse():
    consent = reader().read(hit(receipt(insight=True, measure=False)))
    assert (grants(consent), denials(consent)) == (set(), {"measure"})


def test_a_yes_to_other_words_is_no_yes_but_a_no_stays():
    old = receipt(insight=Choice("insight", True, terms_of("old")), measure=Choice("measure", False, terms_of("old")))
    consent = reader(OWN).read(hit(old))
    assert (grants(consent), denials(consent)) == (set(), {"measure"})


def test_an_answer_to_a_purpose_that_the_policy_no_longer_has_is_left_out():
    assert reader(OWN).read(hit(receipt(heatmaps=True))).signals.votes == ()


def test_it_says_whether_the_visitor_was_notified():
    assert reader(OWN).read(hit(receipt(measure=True, notified=True))).signals.notified
    assert not reader(OWN).read(hit(receipt(measure=True))).signals.notified


@pytest.mark.parametrize(
    "cookie",
    [
        receipt(insight=True, site="other"),
        receipt(insight=True, key=bytes(32)),
        receipt(insight=True, expires=NOW),
        receipt(insight=True, given=NOW + 100_000, expires=NOW + 200_000),
        b"__Host-consent=",
        b"__Host-consent=\xff\xfe",
        receipt(insight=True)[:-1],
    ],
)
def test_a_receipt_that_does_not_open_is_no_receipt(cookie):
    consent = reader(OWN).read(hit(cookie))
    assert consent == (Signals(unreadable=("gateway_receipt",)), "")


@pytest.mark.parametrize("other", [b"__Host-consent=x", receipt(insight=True), receipt(measure=True)])
def test_two_receipts_refuse_everything_that_can_be_refused(other):
    for cookies in ([receipt(insight=True) + b"; " + other], [other, receipt(insight=True)]):
        consent = reader(OWN).read(hit(*cookies))
        assert (grants(consent), denials(consent), consent.record) == (set(), REFUSABLE, "")
        assert consent.signals.unreadable == ("gateway_receipt",)


@pytest.mark.parametrize("cookie", [b"a=\x1c", b"a=" + b"x" * 9000, b";".join([b"a=1"] * 181)])
def test_cookies_that_cannot_be_read_refuse_everything_that_can_be_refused(cookie):
    consent = reader(OWN).read(hit(receipt(insight=True), cookie))
    assert (grants(consent), denials(consent)) == (set(), REFUSABLE)
    assert consent.signals.unreadable == ("cookies",)


@pytest.mark.parametrize(
    "spelling", [b"\x85__Host-consent", b"\xa0__Host-consent", b"__host-consent", b"__Host-consent "]
)
def test_another_spelling_of_the_cookie_is_another_cookie(spelling):
    forged = spelling + receipt(measure=True)[len(b"__Host-consent") :]
    assert grants(reader(OWN).read(hit(forged))) == set()
    assert grants(reader(OWN).read(hit(forged, receipt(insight=True)))) <= {"insight"}


def test_what_is_remembered_ends_with_the_receipt():
    own = reader(OWN)
    cookie = receipt(insight=True, expires=NOW + 60)
    assert grants(own.read(hit(cookie))) == {"insight"}
    assert grants(own.read(hit(cookie, received=NOW + 59))) == {"insight"}
    assert grants(own.read(hit(cookie, received=NOW + 60))) == set()


def test_what_is_remembered_is_of_one_site_and_one_set_of_flags():
    own = reader(OWN)
    cookie = receipt(insight=True)
    assert grants(own.read(hit(cookie))) == {"insight"}
    assert grants(own.read(hit(cookie, site="other"))) == set()
    assert own.read(hit(cookie, sec_gpc=b"1")).signals.gpc
    assert not own.read(hit(cookie)).signals.gpc


def test_a_repeated_visitor_gets_the_same_answer():
    own = reader(OWN)
    assert own.read(hit(receipt(insight=True))) is own.read(hit(b"b=2; " + receipt(insight=True)))


@pytest.mark.parametrize(
    "lines",
    [(b"usprivacy", b"1YYN"), (b"usprivacy1YYN",), (b"usprivacy", b"1YYN", b""), (b"1 [9, 4] ()usprivacy1YYN",)],
)
@pytest.mark.parametrize("forged_first", [True, False])
def test_header_lines_that_look_like_a_cookies_name_and_value_are_not_taken_for_it(lines, forged_first):
    own = reader(OWN)
    asked = [(hit(*lines), set()), (hit(b"a=1; usprivacy=1YYN"), {"measure", "retarget"})]
    for each, refused in asked if forged_first else reversed(asked):
        assert denials(own.read(each)) == refused


def test_cookies_cut_in_another_place_are_other_cookies():
    own = reader(OWN)
    assert denials(own.read(hit(b"usprivacy=1YNN", b"a=1"))) == set()
    assert denials(own.read(hit(b"usprivacy=1YNN; a=", b"usprivacy=1YYN"))) == {"measure", "retarget"}


def test_the_digests_of_another_key_are_others():
    one, same, other = reader(OWN), reader(OWN), SignalReader(ReadingRules(PURPOSES, (OWN,)), bytes(32), CMPS, str)
    for each in (one, same, other):
        each.read(hit(b"usprivacy=1YYN"))
    assert one._memo.keys() == same._memo.keys()
    assert one._memo.keys().isdisjoint(other._memo)


def test_the_id_of_a_record_is_not_remembered():
    own = reader(OWN)
    assert own.read(hit(receipt(insight=True))).record == "pseudonym"
    assert "pseudonym" in repr(own._memo) and "r-1" not in repr(own._memo)


def test_memory_of_visitors_is_bounded():
    own = reader(OWN)
    for number in range(MEMO_SIZE + 5):
        own.read(hit(f"__Host-consent={number}".encode()))
    assert len(own._memo) == MEMO_SIZE


def test_what_a_hit_carries_is_remembered_with_its_cookies():
    own = reader(OWN)
    cookie = receipt(measure=True)
    once = own.read(hit(cookie, query="x=1&npa=1"))
    assert denials(once) == {"measure", "retarget"}
    assert own.read(hit(cookie, query="y=2&npa=1")) is once
    assert denials(own.read(hit(cookie, query="y=2&npa=0"))) == set()
    assert denials(own.read(hit(cookie))) == set()
    assert denials(own.read(hit(query="npa=1"))) == {"measure", "retarget"}


def test_a_hit_that_carries_nothing_is_not_remembered():
    own = reader(OWN)
    own.read(hit(query="id=1&ev=Purchase"))
    assert own._memo == {}


def reachable(root):
    """Every text and all bytes that an object holds on to."""
    seen, waiting = set(), [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        seen.add(id(one))
        if isinstance(one, str | bytes):
            yield one
        waiting += gc.get_referents(one)


def test_nothing_that_was_read_is_held_on_to():
    own = reader(OWN, ConsentSource("tcf"), ConsentSource("gpp"))
    canary = "Cnry7QxW"
    cookie = f"euconsent-v2={canary}1; __gpp={canary}2; OptanonConsent=consentId={canary}3&groups=C0002:1; usprivacy={canary}4"
    query = (
        f"gdpr_consent={canary}5&gpp={canary}6&us_privacy={canary}7&addtl_consent={canary}8&gcs={canary}9&dpo={canary}"
    )
    body = f'[{{"user": {{"consent": "{canary}"}}, "gpp": "{canary}"}}]'
    consent = own.read(hit(cookie.encode(), query=query, body=body.encode()))
    assert consent.signals.votes and own._memo
    held = list(reachable([own, consent]))
    assert "euconsent-v2" in held, "the walk reaches what is held"
    assert [one for one in held if canary.encode() in (one.encode() if isinstance(one, str) else one)] == []
