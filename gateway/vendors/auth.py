"""How a request proves who sends it: keys that go along, signatures, and access tokens that have to be got first."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from gateway.marked_yaml import Path
from gateway.outbound import Outbound, Reply
from gateway.vendors import assertion, service_account, signing
from gateway.vendors.expressions import Compiler, Run, Scope
from gateway.vendors.flows import Flow
from gateway.vendors.shapes import seconds, wrong
from gateway.vendors.urls import UrlTemplate, compile_url
from gateway.vendors.writing import Template, compile_template, header, with_query, write

_TOKENS = ("google_service_account", "oauth2_client_credentials", "oauth2_refresh_token", "oauth2_jwt")

# How long an assertion of `oauth2_jwt` is good: some givers of tokens take none that is good for longer.
_ASSERTED = 180


class Auth(NamedTuple):
    """How a request proves who sends it. `identity` and `timestamp` are what a webhook signs besides its body; `token`
    or `url` is where an access token is got, `lifetime` how many seconds one is kept whose answer does not say."""

    kind: str = "none"
    name: str = ""
    user: Run | None = None
    secret: str = ""
    identity: Run | None = None
    timestamp: Run | None = None
    scope: str = ""
    token: Template | None = None
    url: UrlTemplate | None = None
    claims: Run | None = None
    lifetime: int = 0
    flows: tuple[Flow, ...] = ()

    @property
    def needs_token(self) -> bool:
        """Whether requests go with an access token."""
        return self.kind in _TOKENS


def compile_auth(given: Mapping[str, Any], compiler: Compiler, at: Path) -> Auth:
    """The auth of a mapping of the right shape; what is wrong with its values goes to the compiler's findings."""
    nodes = {
        name: compiler.value(given[name], (*at, name))
        for name in ("user", "id", "timestamp", "claims")
        if name in given
    }
    if "secret" in given:
        nodes["secret"] = compiler.pipe(f"secret.{given['secret']}", (*at, "secret"))
    runs = {name: node.run for name, node in nodes.items()}
    flows = tuple(flow for node in nodes.values() for flow in node.flows)
    token = compile_template(given["token"], compiler, (*at, "token")) if "token" in given else None
    url, more, problem = compile_url(given["url"], compiler, (*at, "url")) if "url" in given else (None, (), "")
    if problem:
        compiler.findings.append(wrong(compiler.document, (*at, "url"), "M006", problem))
    return Auth(
        given["kind"], given.get("name", ""), runs.get("user"), given.get("secret", ""), runs.get("id"),
        runs.get("timestamp"), given.get("scope", ""), token, url, runs.get("claims"),
        seconds(given.get("lifetime", "0s")), flows + more + (token.flows if token else ()),
    )  # fmt: skip


def secret_problem(kind: str, value: str) -> str:
    """What is wrong with the secret of an authentication of this kind, or nothing."""
    if kind == "google_service_account":
        return service_account.key_problem(value)
    if kind == "oauth2_jwt":
        return assertion.pem_problem(value)
    if not (value.isascii() and value.isprintable()):
        return "must be printable ASCII"
    return signing.key_problem(value) if kind == "standard_webhooks" else ""


def proven(auth: Auth, request: Outbound, scope: Scope) -> Outbound:
    """The request with the proof of who sends it."""
    secret = scope.secret.get(auth.secret, "")
    if auth.kind == "query":
        return Outbound(request.method, with_query(request.url, {auth.name: secret}), request.headers, request.body)
    headers = _proof(auth, secret, request, scope)
    if not headers:
        return request
    return Outbound(request.method, request.url, {**request.headers, **headers}, request.body)


def _proof(auth: Auth, secret: str, request: Outbound, scope: Scope) -> Mapping[str, str]:
    if auth.kind == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if auth.kind == "header":
        return {auth.name: secret}
    if auth.kind == "basic":
        pair = f"{_text(auth.user, scope)}:{secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if auth.kind == "standard_webhooks":
        identity, timestamp = _text(auth.identity, scope), int(_text(auth.timestamp, scope) or 0)
        sign = signing.signature(secret, identity, timestamp, request.body)
        return {"webhook-id": identity, "webhook-timestamp": str(timestamp), "webhook-signature": sign}
    return {}


class Access:
    """How the access tokens of one account are got. `scope` holds settings and secrets and nothing of an event, `aim`
    turns an address to the operator's endpoint, `stale` tells whether a reply that is no 401 says so all the same."""

    def __init__(self, auth: Auth, scope: Scope, aim: Callable[[str], str], stale: Callable[[Reply], bool]) -> None:
        self._auth = auth
        self._scope = scope
        self._aim = aim
        self._stale = stale

    def refused(self, reply: Reply) -> bool:
        """Whether a reply says that the token is not taken any more."""
        return reply.status == 401 or self._stale(reply)

    @property
    def lifetime(self) -> float:
        """Seconds for which a token is kept whose answer does not say."""
        return float(self._auth.lifetime)

    @property
    def authority(self) -> str:
        """Host, with port where one is given, at which tokens are got."""
        url = self._auth.token.url if self._auth.token else self._auth.url
        return url.authority(self._scope) if url else service_account.TOKEN_HOST

    def request(self, now: float) -> Outbound | None:
        """The request for a token; None where the operator's key cannot sign one. `now` is POSIX seconds."""
        self._scope.now = datetime.fromtimestamp(int(now), UTC).isoformat()
        made = self._asked() if self._auth.token else self._signed(now)
        return made and Outbound(made.method, self._aim(made.url), made.headers, made.body)

    def _asked(self) -> Outbound | None:
        template = self._auth.token
        url = template.url.fill(self._scope) if template else None
        return None if template is None or url is None else write(template, url, self._scope)

    def _signed(self, now: float) -> Outbound | None:
        secret = self._scope.secret.get(self._auth.secret, "")
        if self._auth.kind == "google_service_account":
            claimed = service_account.claimed(secret, self._auth.scope)
            url, lasting = service_account.TOKEN_URL, service_account.SECONDS
        else:
            claims = self._auth.claims(self._scope) if self._auth.claims else None
            claimed = (secret, claims) if claims else None
            url, lasting = (self._auth.url.fill(self._scope) if self._auth.url else None) or "", _ASSERTED
        signed = assertion.assertion(*claimed, now, lasting) if claimed and url else None
        if signed is None:
            return None
        body = urlencode({"grant_type": assertion.GRANT, "assertion": signed}, quote_via=quote).encode()
        return Outbound("POST", url, {"content-type": "application/x-www-form-urlencoded"}, body)


def _text(run: Run | None, scope: Scope) -> str:
    value = run(scope) if run else None
    return "" if value is None else header(value)
