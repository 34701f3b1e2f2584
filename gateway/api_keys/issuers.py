"""Hold tokens against the identity providers that are believed, and keep the keys of these for a while.

A set of keys is asked for again when it is old, and when a token names a key that is not in it, though not more often
than every half minute. Where it cannot be had, the one from before counts on for an hour; then nobody can say.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from gateway.api_keys.jwk import KeySetError, PublicKey, parse_keys
from gateway.api_keys.oidc import Bearer, Issuer, judged, taken_apart

FRESH = 600.0
AGAIN = 30.0
LAST = 3_600.0

Fetch = Callable[[], Awaitable[bytes]]
"""Gets the text of a set of keys. KeySetError where it cannot be had."""


class Source(NamedTuple):
    """An issuer, and where its keys are."""

    issuer: Issuer
    fetch: Fetch


class Issuers:
    """All that are believed. `steady` is a clock in seconds that never goes back."""

    def __init__(self, sources: Iterable[Source], steady: Callable[[], float]) -> None:
        self._sets = {source.issuer.name: _KeySet(source, steady) for source in sources}

    async def bearer(self, text: str, now: float) -> Bearer | None:
        """Whom a token stands for, at a time in POSIX seconds; None where it stands for nobody. KeySetError where
        nobody can say."""
        token = taken_apart(text)
        known = self._sets.get(token.issuer) if token else None
        if token is None or known is None:
            return None
        return judged(token, known.issuer, await known.keys(token.key), now)


class _KeySet:
    """The keys of one issuer."""

    def __init__(self, source: Source, steady: Callable[[], float]) -> None:
        self.issuer = source.issuer
        self._fetch = source.fetch
        self._steady = steady
        self._lock = asyncio.Lock()
        self._keys: tuple[PublicKey, ...] = ()
        self._got = self._tried = -LAST

    async def keys(self, id_: str) -> tuple[PublicKey, ...]:
        """The keys, asked for again where they are old or this one is not among them."""
        async with self._lock:
            now = self._steady()
            fresh = now - self._got < FRESH and any(key.id == id_ for key in self._keys)
            if not fresh and now - self._tried >= AGAIN:
                await self._renew(now)
            if self._steady() - self._got >= LAST:
                raise KeySetError("the keys of an issuer cannot be had")
            return self._keys

    async def _renew(self, now: float) -> None:
        self._tried = now
        try:
            self._keys = parse_keys(await self._fetch())
        except KeySetError:
            return
        self._got = now
