"""Let nobody ask anything at the admin listener without a key whose scope says so, but whether the process lives.

What is not in the table below is refused, whoever asks. Answers repeat nothing of a request, and do not tell a key that
is unknown from one that has ended, was revoked or is shown from elsewhere.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple, Protocol

from starlette.responses import Response

from gateway.api_keys.attempts import Attempts
from gateway.api_keys.book import BookError
from gateway.api_keys.grant import Address, Asked, Grant, Verdict, plain, weigh
from gateway.api_keys.jwk import KeySetError
from gateway.api_keys.oidc import MOST_CHARACTERS, Bearer, looks_like_one
from gateway.api_keys.token import Presented, presented
from gateway.web.dsr.operations import OPENAPI, needed
from gateway.web.dsr.problems import Refused, answered
from gateway.web.explain import PATH as EXPLAIN
from gateway.web.opendsr import words as opendsr
from gateway.web.operating import ACTOR, DESTINATIONS, GRANTED
from gateway.web.operating import PATH as DEAD_LETTERS
from gateway.web.replies import App, Receive, Scope, Send

# Whoever can reach the listener may ask this; what `/readyz` tells a stranger is yes or no.
OPEN = ("/livez", "/readyz")

# What is the same for everybody, and stands in the documentation too: what can be asked, and who signs the answers.
PUBLIC = (OPENAPI, *opendsr.OPEN)

# On the machine itself nobody needs a key for it.
METRICS = "/metrics"

TRUSTED = "trusted"  # whether whoever asks may see more than yes or no

_READ = ("GET", "HEAD")
_PREFIX = "bearer "
_LONGEST = len(_PREFIX) + MOST_CHARACTERS


class Tokens(Protocol):
    """The identity providers that are believed."""

    async def bearer(self, text: str, now: float) -> Bearer | None:
        """Whom a token stands for; None where it stands for nobody. KeySetError where nobody can say."""


class Doorman(NamedTuple):
    """What is asked of an installation's keys. `grants` are those that count now (BookError where nobody can say),
    `used` is told the id of a key and the day it was used on; `clock` is in POSIX seconds, `steady` never goes back.
    Without `tokens` no token counts."""

    grants: Callable[[], Iterable[Grant]]
    used: Callable[[str, str], None]
    clock: Callable[[], float]
    steady: Callable[[], float]
    tokens: Tokens | None = None


def scope_of(method: str, path: str) -> str | None:
    """The scope that a request takes; None where there is none that would do."""
    if path == METRICS:
        return "metrics"
    if path == EXPLAIN:
        return "policy:explain"
    if path == DEAD_LETTERS or path.startswith(f"{DEAD_LETTERS}/"):
        return "dead-letters:read" if method in _READ else "dead-letters:write"
    if path.startswith(f"{DESTINATIONS}/"):
        return "destinations:write"
    return needed(method, path) or opendsr.scope_of(method, path)


class Keyed:
    """The application behind the keys."""

    def __init__(self, app: App, doorman: Doorman) -> None:
        self._app = app
        self._doorman = doorman
        self._attempts = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or refuse it."""
        refused = await self._judge(scope)
        await (refused or self._app)(scope, receive, send)

    async def _judge(self, scope: Scope) -> Response | None:
        path, address = scope["path"], _peer(scope)
        here = address is not None and address.is_loopback
        shown = _shown(scope["headers"])
        if path in PUBLIC:
            return None
        if path in OPEN and (here or shown is None):
            scope[TRUSTED] = here
            return None
        if path == METRICS and here and shown is None:
            return None
        takes = "metrics" if path in OPEN else scope_of(scope["method"], path)
        return await self._weigh(scope, takes, address, shown)

    async def _weigh(
        self, scope: Scope, needed: str | None, address: Address | None, shown: str | None
    ) -> Response | None:
        doorman, now = self._doorman, self._doorman.steady()
        wait = self._attempts.wait(address, now)
        if wait:
            return _refused("too-many-attempts", "too many wrong keys", {"retry-after": str(ceil(wait))})
        try:
            grants, key = await self._known(shown or "")
        except (BookError, KeySetError):
            return _refused("keys-unavailable", "", {"retry-after": "5"})
        verdict = weigh(grants, key, Asked(needed or "", address, doorman.clock()))
        if key is None or verdict is Verdict.STRANGER:
            if shown is not None:
                self._attempts.failed(address, now)
            return _refused("unauthenticated", "", {"www-authenticate": "Bearer"})
        if verdict is Verdict.LACKS:
            detail = f"this takes a key with the scope {needed}" if needed else "no key opens this"
            return _refused("insufficient-scope", detail)
        if not looks_like_one(shown or ""):  # when a token was used, its issuer knows
            doorman.used(key.id, datetime.fromtimestamp(doorman.clock(), UTC).date().isoformat())
        scope[ACTOR], scope[TRUSTED] = key.id, True
        scope[GRANTED] = next(grant.scopes for grant in grants if grant.id == key.id)
        return None

    async def _known(self, shown: str) -> tuple[Collection[Grant], Presented | None]:
        """What is shown, and the grants that it is held against."""
        doorman = self._doorman
        if doorman.tokens and looks_like_one(shown):
            bearer = await doorman.tokens.bearer(shown, doorman.clock())
            return ([bearer.grant], bearer.shown) if bearer else ([], None)
        return tuple(doorman.grants()), presented(shown)


def _refused(slug: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return answered(Refused(slug, headers=headers, detail=detail))


def _peer(scope: Scope) -> Address | None:
    client = scope.get("client")
    return plain(client[0]) if client else None


def _shown(headers: Collection[tuple[bytes, bytes]]) -> str | None:
    """What is shown as a key: an empty text where it is none, or there are several; None where nothing is."""
    values = [value for name, value in headers if name.lower() == b"authorization"]
    if not values:
        return None
    text = values[0].decode("ascii", "replace")
    sound = len(values) == 1 and len(text) <= _LONGEST and text.lower().startswith(_PREFIX)
    return text[len(_PREFIX) :].strip() if sound else ""
