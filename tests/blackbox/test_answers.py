"""Every public answer keeps caches away, whatever was asked; Do Not Track is answered for what it is, not for what was decided."""

import json

import pytest

from tests.blackbox.destination import Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, PURPOSES, SITE, Gateway, choose

PIXEL = f"/g/meta_pixel/tr?id={ACCOUNT}&ev=Purchase&cd[value]=1&cd[currency]=EUR"
JSON = {"Content-Type": "application/json"}
EVENT = json.dumps({"name": "purchase", "order": {"id": "A-1"}}).encode()
HITS = (("GET", "/p.gif?name=purchase", {}, None), ("POST", "/e", JSON, EVENT), ("GET", PIXEL, {}, None))
ROUTES = (
    *HITS, ("HEAD", PIXEL, {}, None), ("OPTIONS", "/e", {"Origin": f"https://{SITE}"}, None), ("PUT", "/p.gif", {}, None),
    ("GET", "/o/none.gif", {}, None), ("HEAD", "/o/none.gif", {}, None), ("GET", "/c/none", {}, None), ("POST", "/c/none", {}, None),
    ("GET", "/g/nobody/tr", {}, None), ("GET", "/p.gif?a=%zz", {}, None), ("POST", "/e", {}, EVENT),
    ("GET", "/consent", {}, None), ("DELETE", "/consent", {}, None), ("POST", "/consent", JSON, b"{"), ("PUT", "/consent", {}, None),
    ("GET", "/signal-status", {}, None), ("GET", "/signal-status", {"Accept": "application/json"}, None),
    ("POST", "/signal-status", {}, None), ("GET", "/.well-known/gpc.json", {}, None), ("GET", "/nothing-here", {}, None),
    ("GET", "/", {"Host": "other.example"}, None),
)  # fmt: skip


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with (
        Destination() as meta,
        Destination() as hook,
        Gateway(tmp_path_factory.mktemp("answers"), {"meta": meta, "hook": hook}, {"consent": {"tk": True}}) as running,
    ):
        yield running


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]} {route[2]}")
@pytest.mark.parametrize(
    "signals", [{}, {"DNT": "1", "Sec-GPC": "1", "Origin": f"https://{SITE}"}], ids=["plain", "signals"]
)
def test_no_cache_may_keep_an_answer_or_give_it_to_another_visitor(gateway, route, signals):
    method, target, headers, body = route
    answer = gateway.ask(method, target, {**signals, **headers}, body)
    assert answer.status < 500
    assert answer.headers.get_all("Cache-Control") == ["no-store"]
    (vary,) = answer.headers.get_all("Vary")
    assert {"cookie", "sec-gpc", "dnt", "origin"} <= {name.strip().lower() for name in vary.split(",")}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("hit", HITS, ids=lambda hit: hit[1])
@pytest.mark.parametrize("dnt", [None, "0", "1", "1xyz"])
def test_tk_tells_of_do_not_track_and_of_nothing_else(gateway, hit, dnt):
    method, target, headers, body = hit
    tk = set()
    for cookie in (choose(gateway, yes=PURPOSES), choose(gateway), ""):
        for region in ("DE", "CN"):
            sent = {**headers, COUNTRY_HEADER: region, "Cookie": cookie, **({"DNT": dnt} if dnt else {})}
            tk.add(gateway.ask(method, target, sent, body).headers["Tk"])
    assert tk == {"N" if dnt and dnt.startswith("1") else None}


def test_the_status_page_says_what_was_received_and_what_is_honoured(gateway):
    ask = {"Accept": "application/json"}
    told = json.loads(gateway.ask("GET", "/signal-status", {**ask, "Sec-GPC": "1"}).body)
    assert told == {"sent": {"gpc": True, "dnt": False}, "honoured": {"gpc": True, "dnt": False}}
    told = json.loads(gateway.ask("GET", "/signal-status", ask).body)
    assert told == {"sent": {"gpc": False, "dnt": False}, "honoured": {"gpc": False, "dnt": False}}
    page = gateway.ask("GET", "/signal-status", {"Sec-GPC": "1", "DNT": "1"}).body.decode()
    assert "Global Privacy Control: opt-out request honored." in page
    assert "Do Not Track: opt-out request honored." in page
    assert json.loads(gateway.ask("GET", "/.well-known/gpc.json").body)["gpc"] is True
