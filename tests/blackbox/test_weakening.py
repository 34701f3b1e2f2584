"""Who has the files finds nobody in them, two destinations have nothing in common, and a refusal looks like nobody's."""

import base64
import hashlib
import json
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.keys import Keys
from tests.blackbox import attacker
from tests.blackbox.attacker import Visitor
from tests.blackbox.destination import DOWN, Destination
from tests.blackbox.opened import opened
from tests.blackbox.running import COUNTRY_HEADER, HOST, SITE, Gateway, same_origin
from tests.store.servers import Server

VISITORS = 6
LABELS = tuple(f"{len(kind)}:{kind}/{name}" for kind in ("client.ip/hash", "id.visitor") for name in ("one",))
HINTS = {
    "Sec-CH-UA": '"Hinted";v="1"',
    "Sec-CH-UA-Model": '"Hinted"',
    "Sec-CH-UA-Full-Version-List": '"Hinted";v="1.2.3"',
}
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEX = re.compile(r"\b[0-9a-f]{32}\b")

POLICY = """\
policy: 1
name: weakened
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  ads: {{label: Ads, family: advertising, sale_or_share: true, profile: plain}}
  insight: {{label: Use, family: analytics, profile: plain}}
  person: {{label: Knowing you, family: sensitive, profile: plain}}
profiles:
  plain: {{ip: {ip}, user_agent: family, referrer: drop, url: path, id: {id}, time: day, geo: drop, contact: hash}}
regions:
  de: {{match: [DE], basis: {{ads: opt_in, insight: opt_in, person: opt_in}}}}
signals:
  trust: [{{source: gateway_receipt}}]
  gpc: {{refuses: [sale_or_share, insight, person], override: never}}
  dnt: {{refuses: [everything_else], override: never}}
destinations:
  one:
    party: third
    controller_country: US
    events: {{page_view: [ads, person]}}
    fields: [event.name, event.id, page.url, client.ip, id.visitor, id.user, device.user_agent, contact.email_sha256]
  two:
    party: third
    controller_country: DE
    events: {{page_view: [insight]}}
    fields: [event.name, event.id, page.url, client.ip, id.visitor, id.user, device.user_agent]
"""


@contextmanager
def running(
    directory: Path, ip: str = "hash", identifier: str = "daily_hash", share: str = ""
) -> Iterator[tuple[Gateway, dict[str, Destination]]]:
    """A gateway with two webhooks of the same events."""
    with Destination() as one, Destination() as two:
        ends = {"meta": one, "hook": two}
        connected = {
            name: {
                "vendor": "webhook", "sources": ["events"], "settings": {"url": "https://hook.example/in"},
                "secrets": {"signing_secret": SIGNING}, "endpoint": end.url, "allow_loopback": True,
            }
            for name, end in (("one", one), ("two", two))
        }  # fmt: skip
        policy = POLICY.format(ip=ip, id=identifier)
        settings = {"destinations": connected, **({"salt": {"share": share}} if share else {})}
        with Gateway(directory, ends, settings, policy) as gateway:
            yield gateway, {"one": one, "two": two}


def visitors(count: int) -> list[Visitor]:
    return [
        Visitor(f"203.0.{number}.{77 + number}", f"Mozilla/5.0 (X11; Linux x86_64; rv:{100 + number}.0) Gecko/20100101 Firefox/{100 + number}.0")
        for number in range(count)
    ]  # fmt: skip


def headers_of(visitor: Visitor, cookie: str = "") -> dict[str, str]:
    told = {"User-Agent": visitor.agent, "X-Forwarded-For": visitor.address, COUNTRY_HEADER: "DE", **HINTS}
    return {**told, "Cookie": cookie} if cookie else told


def agree(gateway: Gateway, yes: bool = True, cookie: str = "") -> list[str]:
    """Answer for every purpose; every Set-Cookie line of the answer."""
    body = json.dumps({"purposes": {"ads": yes, "insight": yes, "person": yes}}).encode()
    headers = {"Content-Type": "application/json", **same_origin(), **({"Cookie": cookie} if cookie else {})}
    answer = gateway.ask("POST", "/consent", headers, body)
    assert answer.status == 200, answer
    return answer.headers.get_all("Set-Cookie") or []


def jar(lines: list[str]) -> str:
    return "; ".join(line.partition(";")[0] for line in lines)


def post(gateway: Gateway, visitor: Visitor, cookie: str, **fields: object) -> int:
    event = {"name": "page_view", "page": {"url": f"https://{SITE}/"}, **fields}
    headers = {**headers_of(visitor, cookie), "Content-Type": "application/json"}
    return gateway.ask("POST", "/e", headers, json.dumps(event).encode()).status


def found_by(kept: bytes, people: list[Visitor], keys: set[bytes]) -> list[Visitor]:
    """Whom the files are about, for who tries every key on every pseudonym in them."""
    there = attacker.pseudonyms(kept)
    return [
        each
        for each in people
        if there & set(attacker.unkeyed(each))
        or any(made in there for key in keys for made in attacker.keyed(key, each, LABELS))
    ]


def waiting(directory: Path, gateway: Gateway, people: list[Visitor]) -> bytes:
    """Everything in the files once each of `people` has sent an event that nobody takes yet, but for the root key; and
    the events, as if they had not been sealed."""
    cookie = agree(gateway)[0].partition(";")[0]
    for each in people:
        assert post(gateway, each, cookie) == 204
    kept = attacker.read_files(directory, frozenset(("root.key",)))
    rows = [row for path in gateway.data.glob("*.db*") if path.suffix == ".db" for row in attacker.rows_of(path)]
    events = [event.to_json() for event in opened(gateway.config, gateway.data)]
    return kept + "\n".join([*rows, *events]).encode()


def test_who_has_every_file_but_the_root_key_finds_nobody(tmp_path):
    people = visitors(VISITORS)
    with running(tmp_path) as (gateway, ends):
        for end in ends.values():
            end.behave(DOWN)
        kept = waiting(tmp_path, gateway, people)
    assert len(attacker.pseudonyms(kept)) >= 2 * 2 * VISITORS
    for each in people:
        assert each.address.encode() not in kept and each.agent.encode() not in kept
    assert found_by(kept, people[:1], attacker.windows(kept)) == []
    # Nor by going through a whole network and a thousand browsers without a key.
    there = attacker.pseudonyms(kept)
    for number in range(0, 1 << 16, 13):
        guess = Visitor(f"203.0.{number >> 8}.{number & 255}", people[0].agent)
        assert there.isdisjoint(attacker.unkeyed(guess))
    for number in range(1000):
        guess = Visitor(people[0].address, people[0].agent.replace("100", str(number)))
        assert there.isdisjoint(attacker.unkeyed(guess))


def test_who_has_the_root_key_too_finds_nobody_of_a_salt_that_is_gone(tmp_path):
    people = visitors(2)
    with running(tmp_path) as (gateway, ends):
        for end in ends.values():
            end.behave(DOWN)
        kept = waiting(tmp_path, gateway, people)
        assert gateway.stop() == 0
        kept += attacker.read_files(tmp_path, frozenset())
        root = base64.b64decode((tmp_path / "root.key").read_text())
        labels = (
            "subject",
            "consent-cookie",
            "visitor-cookie",
            "salt-exchange",
            *(f"pseudonym/{each}" for each in LABELS),
        )
        derived = {Keys(root).derive(label) for label in labels}
        assert found_by(kept, people, {root, *derived}) == []
        records = [json.loads(line) for line in (gateway.data / "salts.jsonl").read_text().splitlines()]
        assert ["destroyed" in record for record in records] == [False, True]
        # The same visitor on the same day under the next salt is another one.
        before = attacker.pseudonyms(kept)
        gateway.start()
        after = attacker.pseudonyms(waiting(tmp_path, gateway, people)) - before
    assert len(after) >= 2 * 2 * len(people)


def test_the_attacker_would_find_them_if_a_key_lay_in_the_files():
    person = visitors(1)[0]
    salt, root = hashlib.sha256(b"salt").digest(), hashlib.sha256(b"root").digest()
    daily = next(iter(list(attacker.keyed(salt, person, LABELS))[2:]))
    rooted = list(attacker.keyed(root, person, LABELS))[-1]
    for key, made in ((salt, daily), (root, rooted)):
        for form in (key, base64.b64encode(key), base64.urlsafe_b64encode(key).rstrip(b"="), key.hex().encode()):
            kept = b"some page of a file " + made + b" and further on " + form + b" and more"
            assert found_by(kept, [person], attacker.windows(kept)) == [person]
        assert found_by(b"some page of a file " + made, [person], {bytes(32)}) == []
    plain = next(attacker.unkeyed(person))
    assert found_by(b"x " + plain + b" x", [person], set()) == [person]


def test_the_captures_of_two_destinations_have_no_identifier_in_common(tmp_path):
    people = visitors(VISITORS)
    with running(tmp_path, identifier="keyed_hash") as (gateway, ends):
        for number, each in enumerate(people):
            cookies = jar(agree(gateway))
            for _ in range(2):
                assert post(gateway, each, cookies, id={"user": f"user-{number}"}) == 204
        gateway.drain()
        heads = b"".join(each.head + each.body for end in ends.values() for each in end.requests)
        assert b"Hinted" not in heads and b"sec-ch-ua" not in heads.lower()
        bodies = {name: [json.loads(each.body) for each in end.requests] for name, end in ends.items()}
    words = {
        name: [set(re.findall(r"[0-9A-Za-z._:-]{8,}", json.dumps(body["data"]))) for body in captured]
        for name, captured in bodies.items()
    }
    for name, captured in words.items():
        assert len(captured) == 2 * VISITORS
        ids = [HEX.findall(json.dumps(body["data"])) for body in bodies[name]]
        # A visitor is the same at both of his visits, by his cookie, his user id and his address: three pseudonyms.
        assert all(len(each) == 3 for each in ids)
        assert len({tuple(each) for each in ids}) == VISITORS
    everywhere = set.intersection(*words["one"])
    shared = set.union(*words["one"]) & set.union(*words["two"]) - everywhere
    assert {word for word in shared if not word.startswith("Firefox")} == set()


def test_the_cookie_of_a_visitor_comes_with_a_yes_and_goes_with_a_no(tmp_path):
    person = visitors(1)[0]
    with running(tmp_path, identifier="keyed_hash") as (gateway, ends):
        given = agree(gateway)
        assert [line.partition("=")[0] for line in given] == ["__Host-consent", "__Host-visitor"]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(given[1].split("; "))
        assert post(gateway, person, jar(given)) == 204
        assert post(gateway, person, given[0].partition(";")[0]) == 204
        gateway.drain()
        again = agree(gateway, cookie=jar(given))
        assert [line.partition("=")[0] for line in again] == ["__Host-consent"]
        taken = agree(gateway, yes=False, cookie=jar(given))
        assert taken[1].startswith("__Host-visitor=; ") and taken[1].endswith("Max-Age=0")
        assert [line.partition("=")[0] for line in agree(gateway, yes=False)] == ["__Host-consent"]
        known = ["id" in json.loads(each.body)["data"] for each in ends["one"].requests]
        value = given[1].partition("=")[2].partition(";")[0]
        sent = b"".join(each.head + each.body for each in ends["one"].requests)
    assert known == [True, False]
    assert value.split(".")[1].encode() not in sent


def seen_by_replicas(directory: Path, person: Visitor, share: str) -> list[set[str]]:
    """The pseudonyms that each of two replicas with one root key sends of the same visitor on the same day."""
    seen = []
    (directory / "a").mkdir(parents=True)
    (directory / "b").mkdir()
    with running(directory / "a", share=share) as first:
        (directory / "b" / "root.key").write_text((directory / "a" / "root.key").read_text())
        (directory / "b" / "root.key").chmod(0o600)
        with running(directory / "b", share=share) as second:
            for gateway, ends in (first, second):
                cookie = agree(gateway)[0].partition(";")[0]
                assert post(gateway, person, cookie) == 204
                gateway.drain()
                seen.append(set(HEX.findall(json.dumps(json.loads(ends["one"].requests[0].body)["data"]))))
    return seen


def test_replicas_that_share_a_salt_count_a_visitor_once(tmp_path):
    person = visitors(1)[0]
    with Server(tmp_path / "valkey") as server:
        one, other = seen_by_replicas(tmp_path / "together", person, server.url)
    assert one == other and len(one) == 2
    one, other = seen_by_replicas(tmp_path / "apart", person, "")
    assert one.isdisjoint(other) and len(one) == len(other) == 2


def raw(gateway: Gateway, request: bytes) -> bytes:
    with closing(socket.create_connection((HOST, gateway.port), timeout=30)) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_two_hundred_who_refused_get_the_same_bytes_and_no_cookie(tmp_path):
    answers: dict[str, set[bytes]] = {"GET /p.gif": set(), "POST /e": set(), "GET /g": set()}
    with running(tmp_path, identifier="keyed_hash") as (gateway, ends):
        stolen = agree(gateway)[1].partition(";")[0]
        refused = f"{agree(gateway, yes=False)[0].partition(';')[0]}; {stolen}"
        for number in range(200):
            who = f"X-Forwarded-For: 198.51.{number}.9\r\nUser-Agent: Mozilla/5.0 (X11; Linux) Firefox/{number}.0\r\n"
            who += f"Cookie: _ga=GA1.1.{number}; {refused if number % 2 else ''}\r\n{COUNTRY_HEADER}: DE\r\nConnection: close\r\n"
            body = json.dumps({"name": "page_view", "id": str(uuid.uuid4()), "n": number}).encode()
            head = f"HTTP/1.1\r\nHost: {SITE}\r\n{who}"
            answers["GET /p.gif"].add(raw(gateway, f"GET /p.gif?name=page_view&id={number} {head}\r\n".encode()))
            answers["GET /g"].add(
                raw(gateway, f"GET /g/meta_pixel/tr?id=1234567890&ev=PageView&eid={number} {head}\r\n".encode())
            )
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            answers["POST /e"].add(raw(gateway, f"POST /e {head}".encode() + length + body))
        gateway.drain()
        assert all(end.requests == [] for end in ends.values())
    for kind, seen in answers.items():
        without_date = {re.sub(rb"\r\ndate: [^\r]*", b"", each, flags=re.IGNORECASE) for each in seen}
        assert len(without_date) == 1, kind
        assert b"set-cookie" not in without_date.pop().lower()


def test_a_page_that_is_fetched_ahead_and_a_bot_are_nobody(tmp_path):
    person = visitors(1)[0]
    with running(tmp_path) as (gateway, ends):
        cookie = agree(gateway)[0].partition(";")[0]
        for more in (
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
            {"X-Moz": "prefetch"},
            {"User-Agent": "Googlebot/2.1"},
        ):
            answer = gateway.ask("GET", "/p.gif?name=page_view", {**headers_of(person, cookie), **more})
            assert answer.status == 200
        gateway.drain()
        counted = {name: value for name, value in gateway.metrics().items() if 'reason="bot"' in name}
        assert all(end.requests == [] for end in ends.values())
    assert sum(counted.values()) == 8


def test_clear_contact_data_leaves_hashed_and_only_where_policy_names_it(tmp_path):
    person = visitors(1)[0]
    with running(tmp_path) as (gateway, ends):
        cookie = agree(gateway)[0].partition(";")[0]
        assert (
            post(gateway, person, cookie, contact={"email": " Ann.Lee@Mail.Example ", "phone": "+49 30 123456"}) == 204
        )
        gateway.drain()
        kept = attacker.read_files(tmp_path, frozenset(("root.key",)))
        sent = {name: b"".join(each.body for each in end.requests) for name, end in ends.items()}
    digest = hashlib.sha256(b"ann.lee@mail.example").hexdigest().encode()
    assert digest in sent["one"] and digest not in sent["two"]
    for text in (b"nn.lee@mail", b"nn.Lee@Mail", b"30 123456", b"4930123456"):
        assert text not in kept and text not in sent["one"] + sent["two"]
