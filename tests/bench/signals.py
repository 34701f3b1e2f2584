"""What reading consent costs: microseconds, and as a ratio to taking a pixel's query apart with the standard library."""

import time
import timeit
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from gateway.bootstrap.shipped import cmps
from gateway.consent.ballot import Scene
from gateway.consent.carriers import find
from gateway.consent.cmp_votes import CmpSource
from gateway.consent.gpp_votes import GppRules
from gateway.consent.meaning import CATEGORIES_OF, Meaning, Question, questions
from gateway.consent.read import SignalReader
from gateway.consent.rules import ReadingRules, Recipient
from gateway.consent.tc_votes import TcRules, ask_texts
from gateway.facts import ConsentSource
from tests.bench import judgement
from tests.consent.tcf_packer import core, disclosed, vendors

DAY = judgement.DAY
NOW = DAY * 86_400.0
VENDORS = (32, 42, 164, 755, 804)
QUERY = (
    "id=1234567890&ev=Purchase&dl=https%3A%2F%2Fshop.example%2Fcheckout%2Fthank-you%3Fstep%3D3&if=false&ts=1764075300000"
    "&cd[value]=9.34&cd[currency]=EUR&cd[content_ids]=%5B%2271752%22%5D&cd[num_items]=2&cd[order_id]=ORD-1&sw=1920&sh=1080"
)
OPTANON = (
    b"isGpcEnabled=0&datestamp=Fri+Nov+20+2026+09%3A12%3A44+GMT%2B0100&version=202509.1.0&browserGpcFlag=0&isIABGlobal=false"
    b"&hosts=&consentId=6f9619ff-8b86-4d01-b42d-00cf4fc964ff&interactionCount=1&landingPath=NotLandingPage"
    b"&groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A1&AwaitingReconsent=false&geolocation=FR%3BIDF"
)
CLOSED = b"2026-11-20T08:12:44.512Z"
CALLS = 2_000
REPEATS = 15

Figure = tuple[str, list[float], float | None]


def tc_string() -> str:
    """A string that agrees to everything, as a site with a few hundred vendors has it."""
    shown = sorted({*range(1, 900, 2), *VENDORS})
    return f"{core(day=DAY - 3, consent=range(1, 12), consented=vendors(*shown))}.{disclosed(*shown)}"


def figures() -> Iterator[Figure]:
    """(name, values, goal). CPU time, the least of several runs."""
    plain = _us(lambda: parse_qsl(QUERY, keep_blank_values=True))
    for name, call, goal in _calls():
        cost = _us(call)
        yield f"us for {name}", [cost], goal
        yield f"{name} / taking the query apart", [cost / plain], None


def _calls() -> Iterator[tuple[str, Callable[[], object], float | None]]:
    scene = Scene({b"OptanonConsent": [OPTANON], b"OptanonAlertBoxClosed": [CLOSED]}, "shop", NOW)
    text = tc_string()
    asked = tuple(Question(f"purpose{number}", Meaning(("1", str(number + 2))), True, False) for number in range(9))
    asked += (Question("purpose9", Meaning(("1", "7", "9")), True, False),)
    everything = frozenset(question.purpose for question in asked)
    rules = TcRules.of(asked, [Recipient(f"vendor{each}", everything, tcf_vendor=each) for each in VENDORS])
    yield "a TC string to votes, ten purposes and five vendors", lambda: ask_texts("tcf:x", [text], scene, rules), 40
    policy = judgement.shop()
    line = ConsentSource(
        "cmp", "onetrust", "OptanonConsent", (("C0002", ("insight",)), ("C0004", ("measure", "retarget")))
    )
    shop = ReadingRules(policy.purposes, (line, ConsentSource("tcf")))
    source = CmpSource(
        cmps()["onetrust"], questions(shop, line, CATEGORIES_OF), TcRules.of(()), GppRules((), (), (), TcRules.of(()))
    )
    yield "OneTrust's cookie to votes", lambda: source.vote(scene), 30
    reader = SignalReader(shop, bytes(32), cmps(), str)
    headers = {b"cookie": [b"_ga=GA1.1.1.1; euconsent-v2=" + text.encode()]}
    yield "a visitor's cookies, remembered", lambda: reader.read_parts(headers, (), "shop", NOW), None
    carried = f"{QUERY}&gdpr=1&gdpr_consent={text}"
    yield (
        "a query with a TC string, remembered",
        lambda: reader.read_parts({}, find("/tr", carried, b""), "shop", NOW),
        None,
    )
    yield "a query without any signal", lambda: reader.read_parts({}, find("/tr", QUERY, b""), "shop", NOW), None


def _us(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS, timer=time.process_time)) / CALLS * 1e6
