"""Of a refused hit nothing is left: not in a file, a log, a metric, a page, an answer, nor at a destination."""

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from gateway.canary.artefacts import Search
from gateway.canary.marks import Marks
from gateway.canary.requests import common_headers
from gateway.canary.search import Index
from gateway.canary.sending import joined
from gateway.cli import main
from tests.blackbox.canaries import ENDPOINTS, KINDS, REFUSED, SOURCES, make, plant
from tests.blackbox.destination import DOWN, Destination
from tests.blackbox.opened import opened
from tests.blackbox.running import COUNTRY_HEADER, PURPOSES, SITE, Answer, Gateway, choose, same_origin

LETTERS = "/v1/dead-letters"
PAGES = ("/metrics", "/readyz", "/livez", "/nothing-here", LETTERS, f"{LETTERS}/meta", f"{LETTERS}/hook")
GARBAGE = "__Host-consent=1.zz.!!; euconsent-v2=CP%%%; OptanonConsent=groups%3D%zz; CookieConsent={broken"

# What the battery's policy lets a permitted hit say: its own id, the order id and the page without its query. A hit that
# names no page is on the page of its Referer.
PERMITTED = {"event.id", "order.id", "page_path", "referer_host", "referer_path"}


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


def visitor(gateway: Gateway, kind: str) -> dict[str, str]:
    """The headers of a visitor who said no, nothing, something unreadable, or yes under an opt-out signal."""
    headers = {COUNTRY_HEADER: "DE"}
    if kind == "refused":
        headers["Cookie"] = choose(gateway)
    elif kind == "unreadable":
        headers["Cookie"] = GARBAGE
    elif kind in ("DNT", "GPC"):
        headers["Cookie"] = choose(gateway, yes=PURPOSES)
        headers |= {"DNT": "1"} if kind == "DNT" else {"Sec-GPC": "1"}
    elif kind == "agreed":
        headers["Cookie"] = choose(gateway, yes=PURPOSES)
    return headers


def searching(values: Marks) -> Search:
    """A search for every value that was planted."""
    return Search(Index(values.planted("a hit")))


def look(scanner: Search, gateway: Gateway, destinations: dict[str, Destination]) -> None:
    """Look everywhere the gateway may have left something."""
    scanner.look_into(gateway.data)
    scanner.look("log", gateway.log.read_bytes())
    for page in PAGES:
        answer = gateway.ask("GET", page, port=gateway.admin_port)
        scanner.look(page, answer.headers.as_bytes() + answer.body)
    for pid_file in ("cmdline", "environ"):
        scanner.look(pid_file, Path(f"/proc/{gateway.pid}/{pid_file}").read_bytes())
    for name, destination in destinations.items():
        for request in destination.requests:
            scanner.look(f"request to {name}", request.head + request.body)


@pytest.mark.parametrize("kind", ["no choice", "refused", "unreadable", "DNT", "GPC"])
def test_a_refused_hit_leaves_nothing_anywhere(tmp_path, destinations, kind):
    values = make()
    with Gateway(tmp_path, destinations) as gateway:
        replies = plant(gateway.port, SITE, values, visitor(gateway, kind))
        scanner = searching(values)
        look(scanner, gateway, destinations)
        assert gateway.stop() == 0
        scanner.look_into(gateway.data)
        scanner.look("log", gateway.log.read_bytes())
    for reply in replies:
        scanner.look(f"answer to {reply.kind}", reply.text)
    assert list(scanner.finds) == []
    assert scanner.unsearched == []
    assert len(replies) == len(KINDS) * len(ENDPOINTS) + len(SOURCES) + len(REFUSED)
    assert {reply.status for reply in replies} & {0, 500, 502, 503} == set(), replies
    assert [request for each in destinations.values() for request in each.requests] == []


def test_a_permitted_hit_leaves_what_the_policy_names_and_nothing_else(tmp_path, destinations):
    values = make()
    with Gateway(tmp_path, destinations) as gateway:
        replies = plant(gateway.port, SITE, values, visitor(gateway, "agreed"))
        gateway.drain(repeating=True)
        sent, kept, said = searching(values), searching(values), searching(values)
        for name, destination in destinations.items():
            for request in destination.requests:
                sent.look(f"request to {name}", request.head + request.body)
        look(kept, gateway, {})
        for reply in replies:
            said.look(f"answer to {reply.kind}", reply.text)
    assert sent.found() == PERMITTED
    assert kept.found() <= PERMITTED
    assert list(said.finds) == []
    assert {reply.status for reply in replies if reply.kind.startswith("source")} <= {200, 204}
    assert all(destination.deliveries() for destination in destinations.values())


def test_what_waits_in_the_store_is_sealed_and_holds_what_is_permitted(tmp_path, destinations):
    values = make()
    for destination in destinations.values():
        destination.behave(DOWN)
    with Gateway(tmp_path, destinations) as gateway:
        plant(gateway.port, SITE, values, visitor(gateway, "agreed"))
        lying, inside = searching(values), searching(values)
        lying.look_into(gateway.data)
        for event in opened(gateway.config, gateway.data):
            inside.look(f"event for {event.destination}", event.to_json().encode())
    assert list(lying.finds) == []
    assert inside.found() == PERMITTED


def test_what_visitors_do_on_their_page_leaves_nothing_of_their_browsers_anywhere(tmp_path, destinations):
    """Of whoever asks for something there, only the record of the choice is known, and that is sealed."""
    values, answers, records = make(), [], []
    with Gateway(tmp_path, destinations) as gateway:
        for act in ("withdraw", "object", "export", "erase"):
            cookie = choose(gateway, yes=PURPOSES)
            records.append(cookie.split(".")[1].encode())
            answers += visit(gateway, act, joined(common_headers(values, SITE), {"Cookie": cookie}), values)
        scanner = searching(values)
        look(scanner, gateway, destinations)
        assert gateway.stop() == 0
        scanner.look_into(tmp_path)
    for answer in answers:
        scanner.look("answer", answer.headers.as_bytes() + answer.body)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert list(scanner.finds) == []
    assert [record for record in records if record in kept] == []


def visit(gateway: Gateway, act: str, headers: dict[str, str], values: Marks) -> list[Answer]:
    """Have something done on the page, by a browser full of marks; everything that was answered."""
    asked = gateway.ask("GET", f"/privacy/{act}?x={values['query']}", headers)
    token = re.search(rb'name="token" value="([^"]+)"', asked.body)
    assert token, asked
    form = {**headers, **same_origin(), "Content-Type": "application/x-www-form-urlencoded"}
    done = gateway.ask("POST", f"/privacy/{act}?lang={values['path']}", form, b"token=" + token[1])
    assert done.status == 303, done
    shown = [gateway.ask("GET", done.headers["Location"], headers)]
    deadline = time.monotonic() + 60
    while act != "withdraw" and not re.search(rb"State: (completed|something)", shown[-1].body):
        assert time.monotonic() < deadline, shown[-1]
        shown.append(gateway.ask("GET", done.headers["Location"], headers))
    return [asked, done, *shown]


def test_what_the_admin_listener_is_asked_leaves_nothing_anywhere(tmp_path, destinations):
    """A mistyped destination, a stranger's key, a header: no word of it is in the log of evidence or elsewhere."""
    values = make()
    with Gateway(tmp_path, destinations) as gateway:
        for name in (values["email"], values["path"], values["query"]):
            path = quote(name, safe="")
            for method, target in [
                ("GET", f"{LETTERS}/{path}?after={path}&most={path}"),
                ("DELETE", f"{LETTERS}/{path}"),
                ("POST", f"{LETTERS}/{path}/replay"),
                ("POST", f"{LETTERS}/meta/{path}/replay"),
                ("DELETE", f"{LETTERS}/meta/{path}"),
                ("POST", f"/v1/destinations/{path}/resume"),
                ("GET", f"/v1/{path}"),
                ("GET", f"/{path}"),
            ]:
                headers = {"X-Forwarded-For": values["ipv4"], "User-Agent": name.encode().hex()}
                answer = gateway.ask(method, target, headers, port=gateway.admin_port)
                assert answer.status in (200, 400, 401, 403, 404), (target, answer)
        for name in (values["email"], values["cookie_value"], values["query"]):
            headers = {"Authorization": f"Bearer {quote(name, safe='')}"}
            assert gateway.ask("GET", LETTERS, headers, port=gateway.admin_port).status == 401
        assert gateway.stop() == 0
        scanner = searching(values)
        scanner.look_into(gateway.data)
        scanner.look("log", gateway.log.read_bytes())
        verified = CliRunner().invoke(main, ["audit", "verify", "--config", str(gateway.config)])
    assert list(scanner.finds) == []
    assert (scanner.unsearched, verified.exit_code) == ([], 0), verified.output
