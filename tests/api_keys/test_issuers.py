"""Keys of an issuer are kept, asked for again in time and not too often, and count for nothing when they are too old."""

import asyncio

import pytest

from gateway.api_keys.issuers import AGAIN, FRESH, LAST, Issuers, Source
from gateway.api_keys.jwk import KeySetError
from tests.api_keys.signing import NOW, claims, ed25519, jwk, key_set, p256, token
from tests.api_keys.test_oidc import STAFF


class Provider:
    """An identity provider whose key set is `keys`; None where it cannot be had."""

    def __init__(self, keys=None):
        self.keys = keys or key_set()
        self.asked = 0
        self.steady = 0.0
        self.issuers = Issuers([Source(STAFF, self.fetch)], lambda: self.steady)

    async def fetch(self):
        self.asked += 1
        if self.keys is None:
            raise KeySetError("away")
        return self.keys

    async def lets_in(self, text=None):
        return await self.issuers.bearer(text or token(), NOW) is not None

    def ask(self, text=None):
        return asyncio.run(self.lets_in(text))


def test_keys_are_asked_for_once_and_again_when_they_are_old():
    provider = Provider()
    assert [provider.ask() for _ in range(5)] == [True] * 5
    assert provider.asked == 1
    provider.steady = FRESH
    assert (provider.ask(), provider.asked) == (True, 2)


def test_a_new_key_counts_at_once_and_one_that_was_taken_back_does_not():
    provider = Provider(key_set(jwk(p256())))
    assert (provider.ask(), provider.asked) == (False, 1)
    provider.keys = key_set(jwk(ed25519()))
    provider.steady = AGAIN
    assert (provider.ask(), provider.asked) == (True, 2)
    assert not provider.ask(token(key=p256(), alg="ES256", kid="ec"))


def test_tokens_of_strangers_do_not_make_the_issuer_be_asked_all_the_time():
    provider = Provider()
    for number in range(100):
        provider.ask(token(kid=f"k{number}"))
        provider.ask(token(claims(iss="https://evil.example")))
        provider.ask("no token")
    assert provider.asked == 1


def test_an_issuer_that_is_away_is_believed_for_an_hour_more():
    provider = Provider()
    assert provider.ask()
    provider.keys = None
    provider.steady = LAST - 1
    assert provider.ask()
    provider.steady = LAST
    with pytest.raises(KeySetError):
        provider.ask()


@pytest.mark.parametrize("keys", [None, b"nothing", b'{"keys":1}'])
def test_without_keys_nobody_can_say(keys):
    provider = Provider()
    provider.keys = keys
    with pytest.raises(KeySetError):
        provider.ask()
    assert provider.asked == 1


def test_a_set_that_cannot_be_read_leaves_the_one_before():
    provider = Provider()
    assert provider.ask()
    provider.keys, provider.steady = b"<html>", FRESH
    assert (provider.ask(), provider.asked) == (True, 2)


def test_many_at_once_ask_once():
    provider = Provider()

    async def all_at_once():
        return await asyncio.gather(*(provider.lets_in() for _ in range(50)))

    assert (asyncio.run(all_at_once()), provider.asked) == ([True] * 50, 1)
