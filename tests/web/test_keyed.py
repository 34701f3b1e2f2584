"""Without a key that counts nobody learns or does anything at the admin listener, and no answer tells why."""

import asyncio
import json
from ipaddress import ip_network

import pytest

from gateway.api_keys.attempts import AT_ONCE
from gateway.api_keys.book import BookError
from gateway.api_keys.grant import SCOPES, Grant
from gateway.api_keys.jwk import KeySetError
from gateway.api_keys.oidc import Bearer
from gateway.api_keys.token import Presented, presented, written
from gateway.web.admin import Operated, admin
from gateway.web.dsr.endpoint import Front
from gateway.web.dsr.mount import mounted
from gateway.web.dsr.operations import OPENAPI
from gateway.web.keyed import OPEN, Doorman, Keyed, scope_of
from gateway.web.operating import Operating

HERE, THERE = "127.0.0.1", "203.0.113.7"
KEY, OTHER = written("AbCdEf123_-x", bytes(range(32))), written("ZbCdEf123_-x", bytes(32))
NOW = 1_795_429_200
PATHS = [
    ("GET", "/metrics"), ("POST", "/v1/policy/explain"), ("GET", "/v1/dead-letters"), ("GET", "/v1/dead-letters/meta"),
    ("GET", "/v1/dead-letters/meta/id"), ("DELETE", "/v1/dead-letters/meta"), ("POST", "/v1/dead-letters/meta/replay"),
    ("DELETE", "/v1/dead-letters/meta/id"), ("POST", "/v1/destinations/meta/resume"),
    ("POST", "/opendsr/v2/requests"), ("GET", "/opendsr/v2/requests/id"), ("GET", "/opendsr/v2/status/id"),
    ("POST", "/opengdpr_requests"), ("DELETE", "/opengdpr_requests/id"),
]  # fmt: skip


def grant(key=KEY, scopes=tuple(SCOPES), networks=(), ends=NOW + 60):
    shown = presented(key)
    return Grant(shown.id, shown.digest, frozenset(scopes), networks, NOW - 60, ends)


class Door:
    """An application behind keys. `let_in` is what came through: path, who asks, and whether more may be shown."""

    def __init__(self, grants=(), broken=False):
        self.grants, self.broken = list(grants), broken
        self.let_in, self.used = [], []
        self.steady = 0.0
        self.door = Keyed(
            self._app, Doorman(self._grants, lambda *told: self.used.append(told), lambda: NOW, lambda: self.steady)
        )

    def _grants(self):
        if self.broken:
            raise BookError("no")
        return self.grants

    async def _app(self, scope, receive, send):
        self.let_in.append((scope["path"], scope.get("actor"), scope.get("trusted")))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def ask(self, method, path, *authorizations, peer=THERE):
        """Status, headers and text of an answer."""
        sent = []

        async def run():
            headers = [(b"authorization", each.encode("latin-1")) for each in authorizations]
            scope = {
                "type": "http",
                "method": method,
                "path": path,
                "headers": headers,
                "client": (peer, 1) if peer else None,
            }

            async def send(message):
                sent.append(message)

            await self.door(scope, None, send)

        asyncio.run(run())
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        return sent[0]["status"], dict(sent[0]["headers"]), text


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_key_with_the_scope_opens_a_path_and_one_without_it_does_not(method, path):
    door = Door([grant(scopes=[scope_of(method, path)])])
    assert door.ask(method, path, f"Bearer {KEY}")[0] == 200
    assert (door.let_in, door.used) == ([(path, presented(KEY).id, True)], [(presented(KEY).id, "2026-11-23")])
    door = Door([grant(scopes=SCOPES.keys() - {scope_of(method, path)})])
    status, _, text = door.ask(method, path, f"Bearer {KEY}")
    assert (status, door.let_in, scope_of(method, path) in text) == (403, [], True)


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("peer", [HERE, "::1", THERE, ""])
def test_nobody_comes_in_without_a_key(method, path, peer):
    door = Door([grant()])
    status, headers, _ = door.ask(method, path, peer=peer)
    open_here = path == "/metrics" and peer in (HERE, "::1")
    assert (status, headers.get(b"www-authenticate")) == ((200, None) if open_here else (401, b"Bearer"))
    assert bool(door.let_in) == open_here


@pytest.mark.parametrize(
    ("grants", "shown"),
    [
        ([], f"Bearer {KEY}"), ([grant(ends=NOW)], f"Bearer {KEY}"), ([grant()], f"Bearer {OTHER}"),
        ([grant(networks=(ip_network("10.0.0.0/8"),))], f"Bearer {KEY}"), ([grant()], f"Basic {KEY}"), ([grant()], KEY),
        ([grant()], "Bearer"), ([grant()], "Bearer "), ([grant()], f"Bearer {KEY}x"), ([grant()], ""),
        ([grant()], f"Bearer {KEY}" + " " * 600 + "canary"), ([grant()], "Bearer é\xff canary"),
    ],
)  # fmt: skip
def test_no_answer_tells_one_stranger_from_another(grants, shown):
    door, nobody = Door(grants), Door()
    answers = [door.ask("GET", "/v1/dead-letters", shown), nobody.ask("GET", "/v1/dead-letters", "Bearer x")]
    assert answers[0] == answers[1]
    assert (answers[0][0], door.let_in, "canary" in str(answers)) == (401, [], False)


def test_each_refusal_is_of_a_kind_that_machines_can_tell():
    door, broken = Door([grant(scopes=["metrics"])]), Door(broken=True)
    answers = [door.ask("GET", "/v1/dead-letters"), door.ask("GET", "/v1/dead-letters", f"Bearer {KEY}")]
    answers += [broken.ask("GET", "/v1/dead-letters", f"Bearer {KEY}")]
    for _ in range(AT_ONCE + 1):
        refused = door.ask("GET", "/v1/dead-letters", f"Bearer {OTHER}")
    slugs = [json.loads(text)["type"].rpartition(":")[2] for _, _, text in [*answers, refused]]
    assert slugs == ["unauthenticated", "insufficient-scope", "keys-unavailable", "too-many-attempts"]


def test_two_keys_are_none():
    assert Door([grant()]).ask("GET", "/metrics", f"Bearer {KEY}", f"Bearer {KEY}")[0] == 401


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/canary", "/v1/dead-lettersX", "/v1/destinations", "/docs", "//metrics"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_has_no_scope_is_refused_whoever_asks(method, path):
    door = Door([grant()])
    assert [door.ask(method, path, *shown, peer=HERE)[0] for shown in ([], [f"Bearer {KEY}"])] == [401, 403]
    assert door.let_in == []


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_whether_it_lives_anybody_may_ask_and_more_only_who_is_here_or_has_a_key(path):
    door = Door([grant(scopes=["metrics"])])
    for peer, shown in [(THERE, []), (HERE, []), (THERE, [f"Bearer {KEY}"])]:
        assert door.ask("GET", path, *shown, peer=peer)[0] == 200
    assert [trusted for _, _, trusted in door.let_in] == [False, True, True]


def test_a_book_that_cannot_be_read_lets_nobody_in():
    door = Door(broken=True)
    status, headers, _ = door.ask("GET", "/v1/dead-letters", f"Bearer {KEY}")
    assert (status, b"retry-after" in headers, door.let_in) == (503, True, [])
    assert door.ask("GET", "/livez")[0] == 200


def test_who_shows_wrong_keys_waits_and_others_do_not():
    door = Door([grant()])
    statuses = [door.ask("GET", "/metrics", "Bearer wrong")[0] for _ in range(AT_ONCE + 5)]
    assert statuses == [401] * AT_ONCE + [429] * 5
    status, headers, _ = door.ask("GET", "/metrics", f"Bearer {KEY}")
    assert (status, int(headers[b"retry-after"]) > 0) == (429, True)
    assert door.ask("GET", "/metrics", f"Bearer {KEY}", peer="203.0.113.8")[0] == 200
    door.steady = 3_600.0
    assert door.ask("GET", "/metrics", f"Bearer {KEY}")[0] == 200


def test_every_route_of_the_listener_is_open_to_all_or_has_a_scope():
    answering = mounted([], Front(None, None, None), "1")
    operated = Operated(None, None, None, answering)
    router = admin(None, None, None, operated, Doorman(None, None, None, None))._app
    assert len(router.routes) >= len(Operating(None, None, None).routes()) + len(answering) + 4
    for route in router.routes:
        needs = {scope_of(method, route.path) for method in ("GET", "POST", "DELETE")}
        assert route.path in (*OPEN, OPENAPI) or (None not in needs and needs <= SCOPES.keys())


class Provider:
    """The tokens that are believed: a text for each grant. `broken` where nobody can say."""

    def __init__(self, tokens, broken=False):
        self.tokens, self.broken = tokens, broken

    async def bearer(self, text, now):
        if self.broken:
            raise KeySetError("no")
        found = self.tokens.get(text)
        return Bearer(found, Presented(found.id, found.digest)) if found else None


def with_tokens(door, provider):
    door.door = Keyed(door._app, door.door._doorman._replace(tokens=provider))
    return door


def test_a_token_opens_what_its_scopes_say_and_the_day_it_was_used_is_not_kept():
    door = with_tokens(Door(), Provider({"a.b.c": grant(scopes=["metrics"])}))
    assert door.ask("GET", "/metrics", "Bearer a.b.c")[0] == 200
    assert door.ask("GET", "/v1/dead-letters", "Bearer a.b.c")[0] == 403
    assert (door.let_in, door.used) == ([("/metrics", presented(KEY).id, True)], [])


def test_no_answer_tells_a_wrong_token_from_a_wrong_key():
    door = with_tokens(Door([grant()]), Provider({"a.b.c": grant(ends=NOW)}))
    answers = [
        door.ask("GET", "/metrics", f"Bearer {each}") for each in ("a.b.c", "x.y.z", OTHER, "x" * 9_000 + ".y.z")
    ]
    assert answers == [answers[0]] * 4
    assert (answers[0][0], door.let_in) == (401, [])
    assert door.ask("GET", "/metrics", f"Bearer {KEY}")[0] == 200


def test_wrong_tokens_count_as_attempts():
    door = with_tokens(Door(), Provider({}))
    statuses = [door.ask("GET", "/metrics", "Bearer a.b.c")[0] for _ in range(AT_ONCE + 2)]
    assert statuses == [401] * AT_ONCE + [429] * 2


def test_where_nobody_can_say_whose_a_token_is_it_lets_nobody_in():
    door = with_tokens(Door([grant()]), Provider({}, broken=True))
    status, headers, _ = door.ask("GET", "/metrics", "Bearer a.b.c")
    assert (status, b"retry-after" in headers, door.let_in) == (503, True, [])
    assert door.ask("GET", "/metrics", f"Bearer {KEY}")[0] == 200
