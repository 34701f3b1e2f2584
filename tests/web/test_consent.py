import asyncio
import json

import pytest

from gateway.consent.receipt import COOKIE, ConsentRecord, open_receipt, seal
from gateway.errors import StoreUnavailable
from gateway.keys import digest
from gateway.policy.model import Purpose
from gateway.web.consent import ConsentDesk
from gateway.web.pages import pages
from gateway.web.recording import Recording

NOW = 1_790_000_000.0
KEY, SUBJECT_KEY = b"k" * 32, b"s" * 32
PURPOSES = {
    "operate": Purpose("operate", "Running the shop", "necessary", terms="t0"),
    "measure": Purpose("measure", "Measuring ads", "advertising", terms="t1"),
    "insight": Purpose("insight", "Understanding use", "analytics", terms="t2"),
}


class Store:
    """Notes the order of what it is asked; refuses where it is told to be full."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.full = False

    async def refuse(self, subject, purposes, at):
        if self.full:
            raise StoreUnavailable("full", 9)
        self.calls.append(("refuse", subject, None if purposes is None else tuple(purposes), at))

    async def lift(self, subject, purposes):
        self.calls.append(("lift", subject, tuple(purposes)))

    async def landed(self, subjects):
        self.calls.append(("landed", *subjects))


class Browser:
    """One visitor who talks to the pages of one gateway and keeps its cookie."""

    def __init__(
        self,
        honours: dict[str, bool] | None = None,
        key: bytes = KEY,
        subject_key: bytes = SUBJECT_KEY,
        recording: Recording | None = None,
    ) -> None:
        self.store = Store()
        self.counted: list[str] = []
        self.cookie = ""
        ids = iter(f"id-{number}" for number in range(1, 100))
        desk = ConsentDesk(
            purposes=PURPOSES, key=key, subject_key=subject_key, lifetime=1000, withdrawals=self.store,
            landed=self.store.landed, now=lambda: NOW, new_id=lambda: next(ids), counts=self.counted.append,
            recording=recording,
        )  # fmt: skip
        self.app = pages(
            desk, honours if honours is not None else {"gpc": True, "dnt": False}, "2026-11-23", {"keys": []}
        )

    def ask(
        self, method: str, path: str = "/consent", body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {"host": "shop.example", **({"cookie": self.cookie} if self.cookie else {})}
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": pairs, "fields": {name: [value] for name, value in pairs}, "site": "shop", "scheme": "http",
        }  # fmt: skip
        messages = []

        async def receive():
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message):
            messages.append(message)

        asyncio.run(self.app(scope, receive, send))
        answered = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        if "set-cookie" in answered:
            self.cookie = answered["set-cookie"].partition(";")[0]
        return messages[0]["status"], answered, b"".join(message.get("body", b"") for message in messages[1:])

    def choose(self, notified: bool = False, **answers: bool) -> int:
        return self.ask("POST", body={"purposes": answers, "notified": notified})[0]

    def state(self) -> dict[str, str]:
        told = json.loads(self.ask("GET")[2])
        return {purpose["name"]: purpose["choice"] for purpose in told["purposes"]}

    @property
    def record(self) -> ConsentRecord:
        record = open_receipt(self.cookie.partition("=")[2], KEY, "shop", NOW)
        assert isinstance(record, ConsentRecord)
        return record


@pytest.fixture
def browser():
    return Browser()


def subject(record: str) -> str:
    return digest(SUBJECT_KEY, record)


def test_without_a_cookie_nothing_is_chosen(browser):
    assert browser.state() == {"operate": "necessary", "measure": "unset", "insight": "unset"}
    assert browser.cookie == ""


def test_a_choice_is_kept_in_a_signed_host_cookie(browser):
    status, headers, _ = browser.ask("POST", body={"purposes": {"measure": True, "insight": False}, "notified": True})
    assert status == 200
    assert headers["set-cookie"].startswith("__Host-consent=1.id-1.")
    assert headers["set-cookie"].endswith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1000")
    assert headers["cache-control"] == "no-store"
    assert browser.state() == {"operate": "necessary", "measure": "granted", "insight": "denied"}
    assert browser.record.notified and browser.record.expires == int(NOW) + 1000
    assert browser.store.calls == [] and browser.counted == ["granted"]


def test_a_no_is_durable_and_nothing_is_on_its_way_before_it_is_answered(browser):
    browser.choose(measure=True, insight=True)
    browser.choose(measure=False, insight=True)
    assert browser.store.calls == [
        ("refuse", subject("id-1"), ("measure",), int(NOW)), ("lift", subject("id-1"), ("insight",)), ("landed", subject("id-1")),
    ]  # fmt: skip
    assert browser.record.id == "id-1"


def test_what_is_not_named_any_more_is_withdrawn(browser):
    browser.choose(measure=True, insight=True)
    browser.choose(insight=True)
    assert browser.store.calls[0] == ("refuse", subject("id-1"), ("measure",), int(NOW))
    assert browser.state()["measure"] == "unset"


def test_a_refusal_of_everything_stops_the_whole_record_for_good(browser):
    browser.choose(measure=True)
    browser.choose(measure=False, insight=False)
    assert browser.store.calls == [("refuse", subject("id-1"), None, int(NOW)), ("landed", subject("id-1"))]
    browser.choose(measure=True)
    assert browser.record.id == "id-2"


def test_delete_refuses_everything_under_an_id_that_nothing_links_to_the_old_one(browser):
    browser.choose(measure=True)
    assert browser.ask("DELETE")[0] == 200
    assert browser.store.calls == [("refuse", subject("id-1"), None, int(NOW)), ("landed", subject("id-1"))]
    assert browser.state() == {"operate": "necessary", "measure": "denied", "insight": "denied"}
    assert browser.record.id == "id-2" and browser.counted == ["granted", "withdrawn"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_withdrawal_that_cannot_be_kept_is_not_acknowledged(browser, method):
    browser.choose(measure=True)
    before, browser.store.full = browser.cookie, True
    body = {"purposes": {"measure": False}} if method == "POST" else None
    status, headers, _ = browser.ask(method, body=body)
    assert (status, headers["retry-after"]) == (503, "9") and browser.cookie == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://shop.example"}, 200), ({"sec_fetch_site": "same-origin"}, 200), ({"sec_fetch_site": "none"}, 200),
        ({"origin": "https://evil.example"}, 403), ({"origin": "null"}, 403), ({"origin": "https://shop.example.evil"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403), ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://shop.example", "sec_fetch_site": "cross-site"}, 403), ({"origin": "https://a.shop.example"}, 403),
        ({"content_type": "text/plain"}, 415), ({"content_type": "application/x-www-form-urlencoded"}, 415),
    ],
)  # fmt: skip
def test_only_pages_of_the_same_origin_may_write(browser, headers, status):
    answer = browser.ask("POST", body={"purposes": {"measure": True}}, **headers)
    assert answer[0] == status and ("set-cookie" in answer[1]) == (status == 200)
    assert not any(name.startswith("access-control") for name in answer[1])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", {}, {"purposes": {}}, {"purposes": []}, {"purposes": {"measure": "yes"}}, {"purposes": {"measure": 1}},
        {"purposes": {"nothing": True}}, {"purposes": {"operate": False}}, {"purposes": {"measure": True}, "notified": 1},
        {"purposes": {"measure": True}, "age": 3}, b'{"purposes":{"measure":true,"measure":false}}',
    ],
)  # fmt: skip
def test_a_choice_that_is_none_changes_nothing(browser, body):
    status, headers, _ = browser.ask("POST", body=body)
    assert status == 400 and "set-cookie" not in headers and browser.store.calls == []


def test_a_forged_expired_foreign_or_doubled_cookie_is_none(browser):
    browser.choose(measure=True)
    good = browser.cookie
    record = browser.record
    expired = f"{COOKIE}={seal(record._replace(expires=int(NOW) - 1), KEY, 'shop')}"
    foreign = f"{COOKIE}={seal(record, KEY, 'other')}"
    forged = f"{COOKIE}={seal(record, b'x' * 32, 'shop')}"
    for cookie in (expired, foreign, forged, f"{good}; {good}", good[:-1], good.replace("measure:y", "insight:y")):
        browser.cookie = cookie
        assert browser.state()["measure"] == "unset"


def test_a_yes_to_words_that_have_changed_is_unset_and_a_no_stays(browser):
    browser.choose(measure=True, insight=False)
    record = browser.record
    old = tuple(choice._replace(terms="old") for choice in record.choices)
    browser.cookie = f"{COOKIE}={seal(record._replace(choices=old), KEY, 'shop')}"
    assert browser.state() == {"operate": "necessary", "measure": "unset", "insight": "denied"}


def test_the_opt_out_signals_are_told_back(browser):
    told = json.loads(browser.ask("GET", sec_gpc="1", dnt="1")[2])
    assert told["gpc"] and told["dnt"]


def test_gpc_support_is_published(browser):
    status, headers, body = browser.ask("GET", "/.well-known/gpc.json")
    assert status == 200 and headers["content-type"] == "application/json"
    assert json.loads(body) == {"gpc": True, "lastUpdate": "2026-11-23"}
    assert json.loads(Browser({}).ask("GET", "/.well-known/gpc.json")[2])["gpc"] is False


def test_the_status_page_says_that_an_opt_out_is_honoured_only_where_it_is(browser):
    assert b"opt-out request honored" in browser.ask("GET", "/signal-status", sec_gpc="1")[2]
    assert b"opt-out request honored" not in browser.ask("GET", "/signal-status", dnt="1")[2]
    assert b"opt-out request honored" not in browser.ask("GET", "/signal-status")[2]
    told = json.loads(browser.ask("GET", "/signal-status", sec_gpc="1", dnt="1", accept="application/json")[2])
    assert told == {"sent": {"gpc": True, "dnt": True}, "honoured": {"gpc": True, "dnt": False}}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/consent/", 404), ("GET", "/consent.css", 404), ("PUT", "/consent", 405)]
)
def test_paths_and_methods_match_exactly(browser, method, path, status):
    assert browser.ask(method, path)[0] == status


def test_under_a_new_key_a_choice_is_a_new_record_and_the_old_one_ends(browser):
    browser.choose(measure=True, insight=True)
    later = Browser(key=bytes(range(64, 96)) + KEY, subject_key=bytes(range(96, 128)) + SUBJECT_KEY)
    later.cookie = browser.cookie
    assert later.state()["measure"] == "granted"
    later.choose(measure=True, insight=False)
    assert later.store.calls == [("refuse", subject("id-1"), None, int(NOW)), ("landed", subject("id-1"))]
    assert later.state() == {"operate": "necessary", "measure": "granted", "insight": "denied"}
