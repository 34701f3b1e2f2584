"""Every act of choice is recorded: a yes counts only with its record, a no with or without."""

import json

import pytest

from gateway.dsr.consent_record import Notice, Offer, state_of
from gateway.errors import BadRequest, StoreUnavailable
from gateway.web.recording import Recording, read_notice
from tests.web.test_consent import NOW, PURPOSES, Browser


class Log:
    """Keeps what it is told to record; refuses where it is told to be full."""

    def __init__(self) -> None:
        self.acts = []
        self.full = False
        self.wait = 0.0

    async def write(self, act, until):
        if self.full:
            raise StoreUnavailable("full", 9)
        self.acts.append((act, until))


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def browser(log):
    offer = Offer("f" * 16, PURPOSES, {})
    return Browser(
        recording=Recording(
            log, offer, lambda fields, peer, site, now: ("DE",), lambda regions, now: 5000, lambda *whence: log.wait
        )
    )


def post(browser, **body):
    return browser.ask("POST", body={"purposes": {"measure": True}, **body}, sec_gpc="1")[0]


def test_a_record_tells_place_signals_and_what_was_shown(browser, log):
    notice = {"id": "banner-7", "sha256": "0" * 64, "language": "de"}
    assert post(browser, notified=True, notice=notice) == 200
    act, until = log.acts[0]
    assert (act.around.site, act.around.host, act.around.regions) == ("shop", "shop.example", ("DE",))
    assert (act.around.gpc, act.around.dnt, act.around.method) == (True, False, "consent")
    assert act.around.notice == Notice("banner-7", "0" * 64, "de")
    assert (act.before, act.chosen.notified, until) == (None, True, int(NOW) + 5000)


def test_what_follows_is_recorded_with_what_was_before(browser, log):
    browser.choose(measure=True)
    browser.choose(measure=True, insight=True)
    browser.choose(measure=False)
    browser.ask("DELETE")
    assert [state_of(act.before, act.chosen) for act, _ in log.acts] == ["given", "renewed", "withdrawn", "refused"]


def test_a_yes_that_cannot_be_recorded_is_none(browser, log):
    log.full = True
    assert post(browser) == 503
    assert (browser.cookie, browser.counted) == ("", [])


def test_and_lifts_nothing(browser, log):
    browser.choose(measure=True, insight=False)
    log.full = True
    browser.choose(measure=True, insight=True)
    assert [call[0] for call in browser.store.calls] == []


def test_a_no_stands_without_its_record(browser, log):
    browser.choose(measure=True)
    log.full = True
    assert browser.choose(measure=False) == 200
    assert browser.state()["measure"] == "denied"
    assert browser.counted == ["granted", "unrecorded", "refused"]
    assert browser.store.calls[0][0] == "refuse"


def test_a_no_is_durable_before_it_is_recorded(browser, log):
    browser.choose(measure=True)
    browser.store.full = True
    assert browser.choose(measure=False) == 503
    assert len(log.acts) == 1


def test_a_yes_ends_the_no_to_everything(browser):
    browser.cookie = "__Host-optout=1"
    assert json.loads(browser.ask("GET")[2])["opted_out"] is True
    _, headers, _ = browser.ask("POST", body={"purposes": {"measure": False}})
    assert "optout" not in headers["set-cookie"]
    browser.cookie = "__Host-optout=1"
    _, headers, body = browser.ask("POST", body={"purposes": {"measure": True}})
    assert json.loads(body)["opted_out"] is False
    assert headers["set-cookie"] == "__Host-optout=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


@pytest.mark.parametrize(
    "value",
    [
        "banner",
        {},
        {"sha256": "0" * 64},
        {"id": ""},
        {"id": "a b"},
        {"id": "a" * 65},
        {"id": 7},
        {"id": "a", "sha256": "0" * 63},
        {"id": "a", "language": "deutsch!"},
        {"id": "a", "text": "We value your privacy"},
    ],
    ids=json.dumps,
)
def test_a_notice_has_a_closed_form(value):
    with pytest.raises(BadRequest):
        read_notice(value)


def test_a_notice_that_has_none_is_not_taken(browser, log):
    assert post(browser, notice={"id": "a b"}) == 400
    assert log.acts == []


def test_a_page_may_say_less_or_nothing():
    assert read_notice(None) == Notice()
    assert read_notice({"id": "banner-7"}) == Notice("banner-7")


def test_where_too_many_choices_come_from_a_yes_has_to_wait_and_a_no_stands_without_its_record(browser, log):
    log.wait = 6.2
    status, headers, _ = browser.ask("POST", body={"purposes": {"measure": True}})[:3]
    assert (status, headers["retry-after"], log.acts) == (503, "7", [])
    assert browser.ask("DELETE")[0] == 200
    assert log.acts == []
    log.wait = 0.0
    assert post(browser) == 200
    assert len(log.acts) == 1
