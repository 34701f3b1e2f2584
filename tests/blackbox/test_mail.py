"""Mails of one's own against a running gateway: who agreed and took it back is told to nobody, and every reader gets on."""

import base64
import re
import time
from collections import Counter

import pytest

from gateway.canary.marks import Marks
from gateway.canary.requests import common_headers
from gateway.canary.sending import joined
from gateway.keys import Keys, Subjects
from gateway.mail.accept import path_of
from gateway.mail.token import CLICK, OPEN, Token, Tokens
from gateway.web.replies import GIF
from tests.blackbox.canaries import make
from tests.blackbox.destination import DOWN, FINE, Destination
from tests.blackbox.running import COUNTRY_HEADER, POLICY, PURPOSES, SITE, Answer, Gateway, choose, same_origin
from tests.blackbox.test_canary import look, searching
from tests.mail.redirects import ELSEWHERE

MAILS = (
    POLICY.replace(
        "purposes:\n",
        "purposes:\n  opens: {label: Seeing whether you open our mails, family: email_open, profile: plain}\n",
    )
    .replace("    - {source: gateway_receipt}\n", "    - {source: gateway_receipt}\n    - {source: mail_token}\n")
    .replace(
        "purchase: [insight]}\n    fields: [event.name,",
        "purchase: [insight], email_open: [opens], email_click: [opens]}\n    fields: [event.name, email,",
    )
)
SETTINGS = {"mail": {"campaigns": {"newsletter": ["issue"]}, "click_hosts": ["www.shop.example"]}}
TARGET = "https://www.shop.example/offers?week=47"
AGENTS = {
    "human": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0",
    "machine": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
}
HUMAN = {"User-Agent": AGENTS["human"], COUNTRY_HEADER: "DE"}


class Post:
    """Makes tokens as the gateway of a directory does, sent an hour ago."""

    def __init__(self, directory) -> None:
        self._keys = Keys(base64.b64decode((directory / "root.key").read_text()))
        self._tokens = Tokens(self._keys.ring("mail-token"))
        self.now = int(time.time())

    def path(self, act: str = OPEN, record: str = "", url: str = TARGET) -> str:
        """The path of a mail to the owner of a record who agreed, or to nobody."""
        sent = self.now - 3_600
        token = Token(act, "shop", "newsletter", "issue", sent, sent + 86_400, url=url if act == CLICK else "")
        if record:
            subject = Subjects(self._keys.ring("subject")).digest(record)
            token = token._replace(subject=subject, granted=sent // 86_400 - 5, region="DE")
        return path_of(token, self._tokens.seal(token))


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One gateway for all who only look at what they did themselves, and the destination that hears of mails."""
    directory = tmp_path_factory.mktemp("mails")
    with Destination() as meta, Destination() as hook:
        with Gateway(directory, {"meta": meta, "hook": hook}, SETTINGS, MAILS) as gateway:
            yield gateway, Post(directory), hook
        assert meta.requests == []


def record_of(cookie: str) -> str:
    """The id in a consent cookie, as a form of the site would keep it."""
    return cookie.split("=", 1)[1].split(".")[1]


def seen(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status, sorted(pair for pair in answer.headers.items() if pair[0].lower() != "date"), answer.body


def mails(gateway: Gateway) -> Counter[tuple[str, str, str]]:
    """What was counted, by act, reader and outcome."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, value in gateway.metrics().items():
        if name.startswith("gateway_mails_total{"):
            labels = dict(re.findall(r'([a-z]+)="([^"]*)"', name))
            found[labels["act"], labels["reader"], labels["outcome"]] = int(value)
    return found


def test_an_open_and_a_click_of_somebody_who_agreed_are_told_once_each(running):
    gateway, post, hook = running
    before, already = mails(gateway), len(hook.requests)
    record = record_of(choose(gateway, yes=PURPOSES))
    assert gateway.ask("GET", post.path(OPEN, record), HUMAN).body == GIF
    assert gateway.ask("GET", post.path(CLICK, record), HUMAN).headers["Location"] == TARGET
    gateway.drain()
    told = hook.requests[already:]
    assert sum(len(request.events()) for request in told) == 2
    sent = b"".join(request.body for request in told)
    assert b"newsletter" in sent and record.encode() not in sent and b"offers" not in sent
    assert mails(gateway) - before == {("open", "human", "forwarded"): 1, ("click", "human", "forwarded"): 1}


def test_after_a_withdrawal_nothing_of_a_mail_that_was_sent_before_is_told(tmp_path, destinations):
    destinations["hook"].behave(DOWN)
    with Gateway(tmp_path, destinations, SETTINGS, MAILS) as gateway:
        post, cookie = Post(tmp_path), choose(gateway, yes=PURPOSES)
        links = [post.path(act, record_of(cookie)) for act in (OPEN, CLICK)] * 5
        for link in links:
            gateway.ask("GET", link, HUMAN)
        assert gateway.waiting() == 10
        assert gateway.ask("DELETE", "/consent", {"Cookie": cookie, **same_origin()}).status == 200
        answers = [gateway.ask("GET", link, HUMAN) for link in links]
        assert {each.status for each in answers} == {200, 302}
        assert {each.headers["Location"] for each in answers if each.status == 302} == {TARGET}
        destinations["hook"].behave(FINE)
        gateway.drain()
        assert [request for request in destinations["hook"].requests if request.taken] == []
        counted = mails(gateway)
        assert counted["open", "human", "refused"] == counted["click", "human", "refused"] == 5


def test_two_hundred_who_are_refused_and_one_who_is_not_see_the_very_same_bytes(running):
    gateway, post, hook = running
    agreed = record_of(choose(gateway, yes=PURPOSES))
    already = len(hook.requests)
    first = seen(gateway.ask("GET", post.path(OPEN, agreed), HUMAN))
    left = choose(gateway, yes=PURPOSES)
    gateway.ask("DELETE", "/consent", {"Cookie": left, **same_origin()})
    kinds = [
        lambda number: (post.path(OPEN, record_of(left)), HUMAN),
        lambda number: (post.path(OPEN, agreed), {**HUMAN, "DNT": "1"}),
        lambda number: (post.path(OPEN, agreed), {**HUMAN, "Cookie": left}),
        lambda number: (post.path(OPEN), {**HUMAN, "User-Agent": AGENTS["machine"]}),
        lambda number: (f"/o/1{number:0>60}.gif", HUMAN),
    ]
    for number in range(200):
        path, headers = kinds[number % len(kinds)](number)
        assert seen(gateway.ask("GET", path, headers)) == first
    gateway.drain()
    assert sum(len(request.events()) for request in hook.requests[already:]) == 1


def test_nobody_is_led_anywhere_but_to_a_listed_host(running):
    gateway, post, _ = running
    good, evil = post.path(CLICK), post.path(CLICK, url="https://evil.example/")
    assert gateway.ask("GET", evil, HUMAN).status == 404
    led = set()
    for url in ELSEWHERE:
        text = "".join(f"%{byte:02X}" for byte in url[:200].encode())
        for target in (
            f"/c/{text}",
            f"{good}/{text}",
            f"{good}?url={text}",
            f"{good}%3F{text}",
            f"/c/{text}{good[3:]}",
            f"{good}%00{text}",
        ):
            answer = gateway.ask(
                "GET", target, {**HUMAN, "X-Forwarded-Host": "evil.example", "X-Original-URL": "//evil.example"}
            )
            led.add((answer.status, answer.headers["Location"]))
    assert led <= {(302, TARGET), (404, None), (400, None), (414, None)}
    assert (302, TARGET) in led


def test_readers_get_on_when_nothing_can_be_kept(tmp_path, destinations):
    destinations["hook"].behave(DOWN)
    with Gateway(
        tmp_path, destinations, {**SETTINGS, "delivery": {"most_waiting": 1, "drain": "1s"}}, MAILS
    ) as gateway:
        post, record = Post(tmp_path), record_of(choose(gateway, yes=PURPOSES))
        assert gateway.ask("GET", post.path(CLICK, record), HUMAN).headers["Location"] == TARGET
        assert seen(gateway.ask("GET", post.path(OPEN, record), HUMAN)) == seen(
            gateway.ask("GET", "/o/none.gif", HUMAN)
        )
        assert gateway.waiting() == 0
        assert mails(gateway)["click", "human", "unavailable"] == 1
        assert not [name for name in gateway.metrics() if name.startswith("gateway_mail_campaigns_total")]


def headers_of(kind: str, values: Marks, gateway: Gateway) -> dict[str, str]:
    """What a reader of that kind sends, with a value in every header that can say something personal."""
    own = {
        "somebody else's": {"Cookie": choose(gateway, yes=PURPOSES)},
        "DNT": {"DNT": "1"},
        "machine": {"User-Agent": f"{AGENTS['machine']} {values['user_agent']}"},
    }.get(kind, {})
    return joined({**common_headers(values, SITE), COUNTRY_HEADER: "DE"}, own)


def test_of_a_mail_whose_reader_is_refused_nothing_is_left_anywhere(tmp_path, destinations):
    values = make()
    with Gateway(tmp_path, destinations, SETTINGS, MAILS) as gateway:
        post = Post(tmp_path)
        for kind in ("nobody's", "withdrawn", "somebody else's", "DNT", "machine", "forged"):
            cookie = choose(gateway, yes=PURPOSES)
            if kind == "withdrawn":
                gateway.ask("DELETE", "/consent", {"Cookie": cookie, **same_origin()})
            for act in (OPEN, CLICK):
                path = post.path(act, "" if kind == "nobody's" else record_of(cookie))
                path = re.sub(r"/1.{4}", "/1AAAA", path) if kind == "forged" else path
                for method in ("GET", "HEAD", "OPTIONS", "POST"):
                    target = (
                        f"{path}?{values['query_name']}={values['query_value']}&email.message={values['params.note']}"
                    )
                    answer = gateway.ask(method, target, headers_of(kind, values, gateway))
                    assert answer.status in (200, 204, 302, 404, 405)
                    said = str(answer.headers) + answer.body.decode("latin-1")
                    assert [value for value in values.values() if value in said] == []
        scanner = searching(values)
        look(scanner, gateway, destinations)
        assert gateway.waiting() == 0
        assert gateway.stop() == 0
        scanner.look_into(gateway.data)
        scanner.look("log", gateway.log.read_bytes())
    assert list(scanner.finds) == [] and scanner.unsearched == []
    assert [request for each in destinations.values() for request in each.requests] == []
