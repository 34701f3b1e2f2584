"""Of a permitted hit with personal data in its texts, none of that leaves, waits or is logged; that it was there is told."""

import json
import random
import re
from urllib.parse import quote, urlencode

import pytest

from gateway.canary.artefacts import Search
from gateway.canary.marks import Mark
from gateway.canary.search import Index
from tests.anonymise.scrub.traffic import Dice
from tests.blackbox.destination import DOWN, Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, POLICY, PURPOSES, SITE, Gateway, choose

FIELDS = (
    "event.name, event.id, event.time, page.url, page.title, page.referrer, order.id, order.value, order.currency, order.coupon, order.items, utm.source, "
    "utm.campaign, utm.term, engagement.click, params.note, params.first_name, params.data, params.tel, params.deep"
)
OPEN = re.sub(r"fields: \[.*\]", f"fields: [{FIELDS}]", POLICY).replace(
    "referrer: drop, url: path", "referrer: full, url: full"
)


def make():
    """Somebody's data, fresh for each run: nobody has these numbers, and the name is no word of any language."""
    dice = Dice(random.randrange(1 << 30))
    return {
        "mail": f"cnry{dice.word(12, 'abcdefghijklmnop')}@mail.example",
        "phone": f"+4917{dice.digits(9)}",
        "card": f"{dice.luhn('4' + dice.digits(14))}",
        "iban": dice.iban().replace(" ", ""),
        "name": f"Cnry{dice.word(9, 'abcdefghijklmnop')}",
    }


def searching(person):
    """A search for all that is known of the person."""
    return Search(Index(Mark("a hit", what, value) for what, value in person.items()))


def hits(person):
    """The same person in every text of an event, in the encodings that pages use."""
    mail, phone, card, iban, name = (person[what] for what in ("mail", "phone", "card", "iban", "name"))
    address = f"https://{SITE}/users/{name.lower()}-sample/m/{quote(mail)}?email={quote(quote(mail))}&cc={card}&tel={quote(phone)}&q=shoes"
    nested = (
        f"https://{SITE}/r?to={quote(f'https://{SITE}/x?mail={quote(mail)}', safe='')}&name={name}&mail={quote(mail)}"
    )
    groups = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    event = {
        "name": "page_view",
        "page": {"url": address, "title": f"Thanks {mail}, we call {phone}", "referrer": nested},
        "order": {"id": card, "value": "9.50", "currency": "EUR", "coupon": f"FOR-{mail}", "items": [{"item_id": iban, "item_name": f"gift for {mail}"}]},
        "utm": {"source": mail, "campaign": f"to {phone}", "term": groups},
        "engagement": {"click": f"pay by {iban}"},
        "params": {"note": json.dumps({"email": mail, "iban": iban}), "first_name": name, "data": quote(mail.encode().hex()), "tel": phone[3:], "deep": quote(quote(mail))},
    }  # fmt: skip
    pixel = {
        "id": ACCOUNT,
        "ev": "PageView",
        "dl": address,
        "rl": nested,
        "cd[value]": "9.50",
        "cd[currency]": "EUR",
        "cd[content_name]": f"for {mail}",
    }
    return json.dumps(event).encode(), f"/g/meta_pixel/tr?{urlencode(pixel)}"


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


def send(gateway, person):
    headers = {COUNTRY_HEADER: "DE", "Cookie": choose(gateway, yes=PURPOSES)}
    event, pixel = hits(person)
    answers = [
        gateway.ask("POST", "/e", {**headers, "Content-Type": "application/json"}, event),
        gateway.ask("GET", pixel, headers),
    ]
    return [answer.status for answer in answers]


def test_nothing_personal_in_a_permitted_hit_leaves_waits_or_is_logged(tmp_path, destinations):
    person = make()
    with Gateway(tmp_path, destinations, policy=OPEN) as gateway:
        assert set(send(gateway, person)) <= {200, 204}
        gateway.drain()
        scanner = searching(person)
        bodies = b""
        for name, destination in destinations.items():
            for request in destination.requests:
                bodies += request.body
                scanner.look(f"request to {name}", request.head + request.body)
        metrics = gateway.ask("GET", "/metrics", port=gateway.admin_port).body
        scanner.look("metrics", metrics)
        scanner.look("log", gateway.log.read_bytes())
        scanner.look_into(gateway.data)
    assert list(scanner.finds) == []
    assert b"[email]" in bodies
    assert b"q=shoes" in bodies
    assert b'gateway_incidents_total{kind="iban",site="shop"}' in metrics
    incidents = [line for line in gateway.log.read_text().splitlines() if '"incident"' in line]
    assert any('"field": "engagement.click"' in line and '"kind": "iban"' in line for line in incidents)


def test_nothing_personal_waits_in_the_store_either(tmp_path, destinations):
    person = make()
    for destination in destinations.values():
        destination.behave(DOWN)
    with Gateway(tmp_path, destinations, policy=OPEN) as gateway:
        send(gateway, person)
        scanner = searching(person)
        scanner.look_into(gateway.data)
        scanner.look("log", gateway.log.read_bytes())
    assert list(scanner.finds) == []
