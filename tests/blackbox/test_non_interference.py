"""What the policy does not name changes nothing: hits that differ in it leave the same bytes in the queue and on the wire.

In process, with the real parts, one clock, one id and one day's salt, so that every byte of a stored row and of an
outgoing request can be compared. Then once more on the wire of a running gateway.
"""

import dataclasses
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.bootstrap.parts import Gateway as Parts
from gateway.bootstrap.plan import read_plan
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, seal
from gateway.hit import Hit
from tests.blackbox.destination import Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, HOST, POLICY, PURPOSES, SITE, Gateway, choose, configure

NOW = 1_795_617_000.25
ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"

# Beside the battery's fields: the family of the browser, the page with its campaign, the country.
WIDER = (
    POLICY.replace("user_agent: drop", "user_agent: family")
    .replace("url: path", "url: allowlist")
    .replace("geo: drop", "geo: country")
    .replace("fields: [", "url_params: [utm_campaign]\n    fields: [device.user_agent, geo.country, ")
)


@dataclass(frozen=True)
class Visit:
    """A hit before it is written down: `fields` by dotted name for our own endpoint, parameters for a pixel."""

    fields: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str) -> "Visit":
        return dataclasses.replace(self, headers={**self.headers, name: value})

    def with_field(self, name: str, value: Any) -> "Visit":
        return dataclasses.replace(self, fields={**self.fields, name: value})


HEADERS = {
    "Host": SITE,
    COUNTRY_HEADER: "DE",
    "User-Agent": CHROME.format("143.0.0.0"),
    "X-Forwarded-For": "198.18.7.7",
    "Referer": f"https://{SITE}/elsewhere",
}
PAGE = f"https://{SITE}/thanks?utm_campaign=autumn"
OWN = Visit({
    "name": "purchase", "id": ID, "page.url": PAGE, "order.id": "A-77", "order.value": "9.99", "order.currency": "EUR",
}, HEADERS)  # fmt: skip
PIXEL = Visit({
    "id": ACCOUNT, "ev": "Purchase", "eid": ID, "dl": PAGE, "cd[order_id]": "A-77", "cd[value]": "9.99", "cd[currency]": "EUR",
}, HEADERS)  # fmt: skip
VISITS = {"own event": OWN, "fronted pixel": PIXEL}

FORBIDDEN_HEADERS = {
    "address": ("X-Forwarded-For", "198.19.200.9"),
    "address, IPv6": ("X-Forwarded-For", "2001:db8::77"),
    "real address": ("X-Real-IP", "198.19.200.9"),
    "forwarded": ("Forwarded", "for=198.19.200.9"),
    "user agent within its family": ("User-Agent", CHROME.format("143.0.7499.40")),
    "language": ("Accept-Language", "fr-CH, fr;q=0.9"),
    "referer": ("Referer", "https://mail.example/inbox/ann"),
    "authorization": ("Authorization", "Basic YW5uOnB3"),
    "cookie": ("Cookie", "_ga=GA1.1.77.77; _fbp=fb.1.1.77"),
    "client hint": ("Sec-CH-UA-Model", '"Pixel 9"'),
    "custom header": ("X-Custom", "ann"),
    "city": ("X-City", "Konstanz"),
    "trace": ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
}
FORBIDDEN_FIELDS = {
    "own event": {
        "visitor": ("id.visitor", "v-77"), "user": ("id.user", "ann"), "session": ("id.session", "s-77"),
        "browser id": ("id.fbp", "fb.1.1.77"), "click": ("click.fbc", "fb.1.1.77"), "title": ("page.title", "Thank you, Ann"),
        "referrer": ("page.referrer", "https://mail.example/inbox/ann"), "screen": ("device.screen", "390x844"),
        "language": ("device.language", "fr"), "mail": ("contact.email", "ann@mail.example"),
        "hashed mail": ("contact.email_sha256", "a" * 64), "coupon": ("order.coupon", "ANN-2026"),
        "items": ("order.items", [{"item_id": "SKU-1", "quantity": 2}]), "search": ("params.search", "ann"),
        "claimed address": ("client.ip", "198.19.200.9"), "claimed country": ("geo.country", "FR"),
        "claimed user agent": ("device.user_agent", "Ann's browser"), "unknown": ("hobby", "chess"),
        "unknown, nested": ("context", {"traits": [{"name": "ann"}]}),
        "query of the page": ("page.url", f"{PAGE}&token=77&mail=ann%40mail.example"),
        "fragment of the page": ("page.url", f"{PAGE}#ann"),
        "click id of the page": ("page.url", f"{PAGE}&gclid=77&fbclid=77"),
        "password in the page": ("page.url", PAGE.replace("https://", "https://ann:pw@")),
    },
    "fronted pixel": {
        "browser id": ("fbp", "fb.1.1.77"), "click": ("fbc", "fb.1.1.77"), "referrer": ("rl", "https://mail.example/ann"),
        "screen": ("sw", "390"), "mail": ("ud[em]", "a" * 64), "mail in clear": ("ud[em]", "ann@mail.example"),
        "phone": ("ud[ph]", "b" * 64), "external id": ("ud[external_id]", "ann"), "unknown": ("hobby", "chess"),
        "unknown, custom": ("cd[hobby]", "chess"), "search": ("cd[search_string]", "ann"),
        "contents": ("cd[contents]", '[{"id":"SKU-1","quantity":2}]'), "automatic": ("cs_est", "true"),
        "query of the page": ("dl", f"{PAGE}&token=77&mail=ann%40mail.example"), "fragment of the page": ("dl", f"{PAGE}#ann"),
        "click id of the page": ("dl", f"{PAGE}&gclid=77&fbclid=77"),
    },
}  # fmt: skip
PERMITTED = {
    "own event": {
        "order": ("order.id", "A-78"), "value": ("order.value", "9.98"), "path": ("page.url", f"https://{SITE}/cart"),
        "campaign": ("page.url", PAGE.replace("autumn", "winter")), "event": ("name", "page_view"),
    },
    "fronted pixel": {
        "order": ("cd[order_id]", "A-78"), "value": ("cd[value]", "9.98"), "path": ("dl", f"https://{SITE}/cart"),
        "campaign": ("dl", PAGE.replace("autumn", "winter")), "event": ("ev", "PageView"),
    },
}  # fmt: skip

HEADER_CASES = [(kind, name) for kind in VISITS for name in FORBIDDEN_HEADERS]
FIELD_CASES = [(kind, name) for kind, cases in FORBIDDEN_FIELDS.items() for name in cases]
PERMITTED_CASES = [(kind, name) for kind, cases in PERMITTED.items() for name in cases]


class Way:
    """The real parts, without their queue: from a visit to the rows and requests that come of it."""

    def __init__(self, parts: Parts) -> None:
        self._collector = dataclasses.replace(parts.collector, new_id=lambda: ID)
        self._destinations = parts.plan.destinations
        policy, key = parts.plan.policy, parts.plan.keys.derive("consent-cookie")
        choices = tuple(Choice(name, True, policy.purposes[name].terms) for name in PURPOSES)
        given = int(NOW) - 600
        self._cookie = f"{COOKIE}={seal(ConsentRecord('record', given, given + 86_400, choices), key, 'shop')}"

    def downstream(self, kind: str, visit: Visit) -> list[bytes]:
        """Every byte that would be stored or sent."""
        weighed = self._collector.weigh(self._hit(kind, visit))
        events = [event for each in weighed for event in each.events]
        built = [self._destinations[event.destination].build([event], NOW).outbound for event in events]
        sent = [f"{out.method} {out.url} {sorted(out.headers.items())}".encode() + out.body for out in built if out]
        return [event.to_json().encode() for event in events] + sent

    def _hit(self, kind: str, visit: Visit) -> Hit:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in {**visit.headers, "Content-Type": "application/json"}.items():
            headers.setdefault(name.lower().encode(), []).append(value.encode())
        headers[b"cookie"] = [b"; ".join([*headers.get(b"cookie", []), self._cookie.encode()])]
        pixel = kind == "fronted pixel"
        return Hit(
            method="GET" if pixel else "POST",
            path="/tr" if pixel else "/e",
            query=urlencode(visit.fields) if pixel else "",
            headers=headers,
            body=b"" if pixel else json.dumps(visit.fields).encode(),
            peer=HOST,
            received=NOW,
            site="shop",
            pixel="meta_pixel" if pixel else "events",
        )


@pytest.fixture(scope="module")
def way(tmp_path_factory):
    directory = tmp_path_factory.mktemp("way")
    endpoints = {"meta": "http://127.0.0.1:9", "hook": "http://127.0.0.1:9"}
    return Way(Parts(read_plan(configure(directory, endpoints, {}, WIDER))))


@pytest.mark.parametrize("kind", VISITS)
def test_the_same_hit_twice_leaves_the_same_bytes(way, kind):
    once, twice = way.downstream(kind, VISITS[kind]), way.downstream(kind, VISITS[kind])
    assert once == twice
    assert len(once) == 2, "one row, one request"
    assert b"A-77" in once[0]
    assert b"A-77" in once[1]


@pytest.mark.parametrize(("kind", "name"), HEADER_CASES, ids=" with other ".join)
def test_a_header_the_policy_does_not_name_changes_nothing(way, kind, name):
    visit = VISITS[kind]
    assert way.downstream(kind, visit.with_header(*FORBIDDEN_HEADERS[name])) == way.downstream(kind, visit)


@pytest.mark.parametrize(("kind", "name"), FIELD_CASES, ids=" with other ".join)
def test_a_field_the_policy_does_not_name_changes_nothing(way, kind, name):
    visit = VISITS[kind]
    assert way.downstream(kind, visit.with_field(*FORBIDDEN_FIELDS[kind][name])) == way.downstream(kind, visit)


@pytest.mark.parametrize(("kind", "name"), PERMITTED_CASES, ids=" with other ".join)
def test_a_field_the_policy_names_does_change_what_leaves(way, kind, name):
    visit = VISITS[kind]
    assert way.downstream(kind, visit.with_field(*PERMITTED[kind][name])) != way.downstream(kind, visit)


def test_another_family_of_browser_does_change_what_leaves(way):
    other = OWN.with_header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0")
    assert way.downstream("own event", other) != way.downstream("own event", OWN)


def written(kind: str, visit: Visit, cookie: str, event_id: str) -> bytes:
    """The request of a visit, with an event id of its own."""
    cookies = "; ".join(filter(None, (visit.headers.get("Cookie"), cookie)))
    headers = {**visit.headers, "Cookie": cookies, "Connection": "close"}
    if kind == "fronted pixel":
        line, body = f"GET /g/meta_pixel/tr?{urlencode({**visit.fields, 'eid': event_id})} HTTP/1.1", b""
    else:
        line, body = "POST /e HTTP/1.1", json.dumps({**visit.fields, "id": event_id}).encode()
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body


def answer_to(gateway: Gateway, request: bytes) -> bytes:
    """The whole answer, without its date."""
    with socket.create_connection((HOST, gateway.port), 10) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return re.sub(rb"date: [^\r]*\r\n", b"", answer)


def test_on_the_wire_too_only_what_the_policy_names_makes_a_difference(tmp_path):
    with (
        Destination() as meta,
        Destination() as hook,
        Gateway(tmp_path, {"meta": meta, "hook": hook}, policy=WIDER) as gateway,
    ):
        cookie = choose(gateway, yes=PURPOSES)
        answers: dict[str, set[bytes]] = {kind: set() for kind in VISITS}
        sent = 0
        for kind, visit in VISITS.items():
            variants = [visit, *(visit.with_header(*change) for change in FORBIDDEN_HEADERS.values())]
            variants += [visit.with_field(*change) for change in FORBIDDEN_FIELDS[kind].values()]
            for variant in variants:
                sent += 1
                answers[kind].add(answer_to(gateway, written(kind, variant, cookie, f"{ID[:-4]}{sent:04d}")))
        gateway.drain()
        arrived = [
            re.sub(rb"%s\d{4}" % ID[:-4].encode(), b"ID", body) for each in (meta, hook) for body in bodies(each)
        ]
    assert [len(each) for each in answers.values()] == [1, 1]
    assert len(arrived) == sent
    assert len(set(arrived)) == len(VISITS), "one kind of event at each destination"


def bodies(destination: Destination) -> list[bytes]:
    """Each event that arrived, batches taken apart."""
    documents = [json.loads(request.body) for request in destination.requests]
    batches = [document["data"] if isinstance(document["data"], list) else [document] for document in documents]
    return [json.dumps(event).encode() for batch in batches for event in batch]


def test_the_answer_never_tells_what_was_decided(tmp_path):
    with Destination() as meta, Destination() as hook, Gateway(tmp_path, {"meta": meta, "hook": hook}) as gateway:
        agreed, declined = choose(gateway, yes=PURPOSES), choose(gateway)
        for kind, visit in VISITS.items():
            visits = [(visit, agreed), (visit, declined), (visit, ""), (visit, "__Host-consent=1.zz"),
                      (visit.with_header("DNT", "1"), agreed), (visit.with_header("Sec-GPC", "1"), agreed),
                      (visit.with_header(COUNTRY_HEADER, "CN"), agreed)]  # fmt: skip
            answers = {answer_to(gateway, written(kind, each, cookie, ID)) for each, cookie in visits}
            assert len(answers) == 1, answers
        gateway.drain(repeating=True)
        time.sleep(0.2)
    assert {len(each.deliveries()) for each in (meta, hook)} == {1}
