"""What an operator says of the identity providers whose tokens count at the admin listener."""

from collections.abc import Collection

from pydantic import Field, field_validator

from gateway.api_keys.grant import SCOPES
from gateway.api_keys.jwk import ALGORITHMS
from gateway.settings.scalars import Closed, Networks, Words


class IssuerSettings(Closed):
    """One identity provider. `jwks` is the https address of its keys, or a file beside this one; `scopes` says which of
    its scopes stand for which of ours. Tokens count in `networks` alone, where there are some. `allow_networks` are
    networks of the operator's own that the provider may be in."""

    issuer: str = Field(min_length=1, max_length=255)
    audience: str = Field(min_length=1, max_length=255)
    jwks: str = Field(min_length=1)
    scopes: dict[str, Words]
    networks: Networks = ()
    algorithms: Words = Field(default=list(ALGORITHMS), min_length=1)
    allow_networks: Networks = ()

    @field_validator("scopes")
    @classmethod
    def _scopes(cls, scopes: dict[str, list[str]]) -> dict[str, list[str]]:
        _known({word for words in scopes.values() for word in words}, SCOPES)
        return scopes

    @field_validator("algorithms")
    @classmethod
    def _algorithms(cls, algorithms: list[str]) -> list[str]:
        _known(algorithms, ALGORITHMS)
        return algorithms


def _known(words: Collection[str], known: Collection[str]) -> None:
    if set(words) - set(known):
        raise ValueError(f"one of {', '.join(known)}")
