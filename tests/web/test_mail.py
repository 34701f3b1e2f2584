"""The two paths of mails, with a collector that only notes what it is asked to take."""

import asyncio

import pytest
from starlette.testclient import TestClient

from gateway.errors import BadRequest, StoreUnavailable
from gateway.mail.accept import path_of
from gateway.web import mail
from gateway.web.mail import MailDesk
from gateway.web.replies import GIF
from tests.mail.made import ACCEPTANCE, CLICKED, HOSTS, OPENED, SENT, TOKENS, URL, of_somebody
from tests.mail.redirects import ELSEWHERE

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"


class Noting:
    """Takes hits, and does with each what a test wants."""

    def __init__(self):
        self.hits, self.kept, self.error, self.seconds = [], 1, None, 0

    async def collect(self, hit):
        self.hits.append(hit)
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        return self.kept


class Counters(list):
    def count(self, name, *labels, by=1):
        self.append((name, *labels))


class Post:
    """A desk with its surroundings."""

    def __init__(self, hosts=HOSTS, tk=False, now=SENT + 3_600.0):
        self.collector, self.counters, self.faults = Noting(), Counters(), []
        desk = MailDesk(
            ACCEPTANCE, hosts, lambda: self.collector, self.counters, lambda: now, self.faults.append, tk=tk
        )

        async def app(scope, receive, send):
            fields = {}
            for name, value in scope["headers"]:
                fields.setdefault(name, []).append(value)
            await desk({**scope, "site": "shop", "fields": fields}, receive, send)

        self._client = TestClient(app, "https://t.shop.example", follow_redirects=False)

    def ask(self, token, method="GET", **headers):
        path = token if isinstance(token, str) else path_of(token, TOKENS.seal(token))
        return self._client.request(method, path, headers={"user-agent": AGENT, **headers})


def seen(response):
    return response.status_code, sorted(response.headers.items()), response.content


FORGED = path_of(OPENED, TOKENS.seal(OPENED)[:-1] + "A")
OPENS = {
    "nobody's": OPENED,
    "somebody's": of_somebody(OPENED),
    "forged": FORGED,
    "expired": OPENED._replace(sent=SENT - 100, expires=SENT),
    "of another site": OPENED._replace(site="blog"),
    "of a message nobody knows": OPENED._replace(message="user-17"),
    "a link's": path_of(OPENED, TOKENS.seal(CLICKED)),
    "none": "/o/",
    "no gif": "/o/x",
    "deep": "/o/a/b/c.gif",
}


@pytest.mark.parametrize("token", OPENS.values(), ids=OPENS)
@pytest.mark.parametrize("state", ["takes it", "refuses it", "is down", "is broken"])
def test_every_open_has_the_very_same_answer(token, state):
    post = Post()
    post.collector.kept = 0 if state == "refuses it" else 1
    post.collector.error = {"is down": StoreUnavailable("full", 7), "is broken": RuntimeError("x")}.get(state)
    answered = post.ask(token)
    assert (answered.status_code, answered.content) == (200, GIF)
    assert seen(answered) == seen(Post().ask(OPENED))
    assert answered.headers["cache-control"] == "no-store" and "set-cookie" not in answered.headers


@pytest.mark.parametrize("state", ["takes it", "refuses it", "is down", "is broken", "is no hit"])
@pytest.mark.parametrize("token", [CLICKED, of_somebody(CLICKED), CLICKED._replace(message="user-17")])
def test_a_link_leads_to_its_page_whatever_is_decided(token, state):
    post = Post()
    post.collector.kept = 0 if state == "refuses it" else 1
    errors = {"is down": StoreUnavailable("full", 7), "is broken": RuntimeError("x"), "is no hit": BadRequest(400, "x")}
    post.collector.error = errors.get(state)
    answered = post.ask(token, cookie="a=b", referer="https://mail.example/inbox")
    assert (answered.status_code, answered.headers["location"], answered.content) == (302, URL, b"")
    assert (answered.headers["referrer-policy"], answered.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "set-cookie" not in answered.headers
    assert len(post.faults) == (state == "is broken" and bool(token.subject))


def test_a_reader_does_not_wait_for_a_store_that_hangs(monkeypatch):
    monkeypatch.setattr(mail, "PATIENCE", 0.05)
    post = Post()
    post.collector.seconds = 5
    assert post.ask(of_somebody(CLICKED)).status_code == 302
    assert post.counters == [("gateway_mails_total", "click", "human", "unavailable", "shop")]


@pytest.mark.parametrize(
    "path",
    [
        "/c/",
        "/c/x",
        path_of(CLICKED, TOKENS.seal(OPENED)),
        path_of(CLICKED, TOKENS.seal(CLICKED)[:-1]),
        path_of(CLICKED, TOKENS.seal(CLICKED._replace(site="blog"))),
        path_of(CLICKED, TOKENS.seal(CLICKED._replace(sent=SENT - 100, expires=SENT))),
    ],
)
def test_a_link_that_is_none_leads_nowhere(path):
    answered = Post().ask(path)
    assert (answered.status_code, answered.text) == (404, "Not Found")
    assert "location" not in answered.headers
    assert seen(answered) == seen(Post().ask("/c/none"))


def test_a_host_that_is_not_listed_any_more_is_led_to_no_more():
    for hosts in ((), {"shop.example"}, {"evil.www.shop.example"}, {"example"}):
        answered = Post(frozenset(hosts)).ask(CLICKED)
        assert (answered.status_code, "location" in answered.headers) == (404, False)


def test_nothing_in_a_request_makes_a_link_lead_elsewhere():
    path = path_of(CLICKED, TOKENS.seal(CLICKED))
    for url in ELSEWHERE:
        for name in ("url", "u", "next", "redirect", "to"):
            answered = Post()._client.get(
                path, params={name: url}, headers={"user-agent": AGENT, "x-forwarded-host": "evil.example"}
            )
            assert answered.headers["location"] == URL
        wrong = Post()._client.get(
            "/c/" + url.encode("ascii", "ignore").decode().translate({code: None for code in range(32)})
        )
        assert (wrong.status_code, "location" in wrong.headers) == (404, False)


@pytest.mark.parametrize("token", [OPENED, CLICKED, of_somebody(OPENED), of_somebody(CLICKED)])
def test_to_ask_for_the_head_or_the_methods_opens_no_mail(token):
    post = Post()
    full, head, methods = post.ask(token), post.ask(token, "HEAD"), post.ask(token, "OPTIONS")
    assert (head.status_code, sorted(head.headers.items())) == (full.status_code, sorted(full.headers.items()))
    assert (methods.status_code, methods.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert [post.ask(token, method).status_code for method in ("POST", "PUT", "DELETE", "BREW")] == [405] * 4
    assert len([name for name, *_ in post.counters if name == "gateway_mails_total"]) == 1


def test_dnt_is_answered_where_it_is_and_nowhere_else():
    for token in (OPENED, CLICKED):
        assert "tk" not in Post().ask(token, dnt="1").headers
        assert "tk" not in Post(tk=True).ask(token).headers
        assert Post(tk=True).ask(token, dnt="1").headers["tk"] == "N"


def counted(token, kept=1, error=None, **headers):
    post = Post()
    post.collector.kept, post.collector.error = kept, error
    post.ask(token, **headers)
    return post.counters


def test_only_what_is_somebodys_goes_the_way_of_a_hit():
    for token in (OPENED, CLICKED, FORGED, "/c/none", of_somebody(OPENED)._replace(message="user-17")):
        post = Post()
        post.ask(token)
        assert post.collector.hits == []
    post = Post()
    post.ask(of_somebody(OPENED), cookie="a=b")
    (hit,) = post.collector.hits
    assert (hit.pixel, hit.site, hit.received, hit.headers[b"cookie"]) == ("mail", "shop", SENT + 3_600.0, [b"a=b"])


def test_opens_and_clicks_are_counted_by_reader_and_outcome_and_by_campaign_where_it_may_be_told():
    assert counted(OPENED) == [
        ("gateway_mails_total", "open", "human", "counted", "shop"),
        ("gateway_mail_campaigns_total", "open", "newsletter", "human"),
    ]
    assert counted(CLICKED, **{"user-agent": "Barracuda Sentinel (EE)"}) == [
        ("gateway_mails_total", "click", "machine", "counted", "shop"),
        ("gateway_mail_campaigns_total", "click", "newsletter", "machine"),
    ]
    assert counted(of_somebody(OPENED)) == [
        ("gateway_mails_total", "open", "human", "forwarded", "shop"),
        ("gateway_mail_campaigns_total", "open", "newsletter", "human"),
    ]
    assert counted(of_somebody(OPENED), kept=0) == [("gateway_mails_total", "open", "human", "refused", "shop")]
    full = StoreUnavailable("full", 7)
    assert counted(of_somebody(OPENED), error=full) == [("gateway_mails_total", "open", "human", "unavailable", "shop")]
    assert counted(FORGED) == [("gateway_mails_total", "open", "human", "invalid", "shop")]


def test_what_is_opened_as_it_is_sent_was_opened_by_a_machine():
    post = Post(now=SENT + 3.0)
    post.ask(OPENED)
    assert post.counters[0] == ("gateway_mails_total", "open", "machine", "counted", "shop")


def test_the_desk_takes_no_other_path():
    desk = MailDesk(ACCEPTANCE, HOSTS, None, Counters(), lambda: 0.0, None)
    assert [desk.takes(path) for path in ("/o/x.gif", "/c/x", "/o", "/c", "/e", "/consent", "/op/x", "/")] == [
        True,
        True,
        *[False] * 6,
    ]
