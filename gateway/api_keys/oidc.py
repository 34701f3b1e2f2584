"""Judge the access token of an identity provider, and read from it what its holder may do.

It is a JWT (RFC 7519, RFC 9068) that a listed issuer signed, for us, for at most an hour. Keys are those of the
issuer's own set, named by the token's `kid`; whatever else a token says of keys is not read.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.api_keys.grant import Grant, Network
from gateway.api_keys.jwk import ALGORITHMS, PublicKey, decoded
from gateway.api_keys.token import Presented
from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

MOST_CHARACTERS = 8_192
LIFETIME = 3_600
SKEW = 60  # seconds that an issuer's clock may go before ours
_MOST_DEPTH = 8
_MOST_SUBJECT = 255
_ID_CHARACTERS = 12
_TYPES = ("at+jwt", "application/at+jwt", "jwt")


class Issuer(NamedTuple):
    """An identity provider that is believed: its `iss`, what we are called in `aud`, which of its scopes stand for
    which of ours, the networks that its tokens count in (none: everywhere), and its algorithms."""

    name: str
    audience: str
    scopes: Mapping[str, Collection[str]]
    networks: tuple[Network, ...] = ()
    algorithms: Collection[str] = ALGORITHMS


class Token(NamedTuple):
    """A token that was taken apart, and is not believed yet."""

    issuer: str
    key: str
    algorithm: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class Bearer(NamedTuple):
    """Whom a token stands for: what the holder may, and what was shown of it."""

    grant: Grant
    shown: Presented


def looks_like_one(text: str) -> bool:
    """Whether a text is to be read as a token, and not as an API key."""
    return text.count(".") == 2


def taken_apart(text: str) -> Token | None:
    """The parts of a token; None where it is none that could ever be believed."""
    if len(text) > MOST_CHARACTERS or not looks_like_one(text):
        return None
    head, body, signature = text.split(".")
    try:
        header, claims, raw = _object(head), _object(body), decoded(signature)
    except (BadRequest, ValueError):
        return None
    algorithm, key, issuer = header.get("alg"), header.get("kid"), claims.get("iss")
    typ = header.get("typ", _TYPES[0])
    sound = algorithm in ALGORITHMS and isinstance(typ, str) and typ.lower() in _TYPES and "crit" not in header
    if not (sound and isinstance(key, str) and isinstance(issuer, str)):
        return None
    return Token(issuer, key, str(algorithm), claims, f"{head}.{body}".encode(), raw)


def judged(token: Token, issuer: Issuer, keys: Iterable[PublicKey], now: float) -> Bearer | None:
    """Whom a token stands for; None where the issuer did not sign it with one of these keys, where it is not for us, or
    not for now. `now` is in POSIX seconds."""
    if token.issuer != issuer.name or token.algorithm not in issuer.algorithms:
        return None
    own = [key for key in keys if key.id == token.key and token.algorithm in key.algorithms]
    if not any(key.holds(token.signed, token.signature) for key in own):
        return None
    subject, ends = token.claims.get("sub"), _end(token.claims, now)
    known = isinstance(subject, str) and 0 < len(subject) <= _MOST_SUBJECT
    if not known or ends is None or not _is_for(token.claims.get("aud"), issuer.audience):
        return None
    id_ = holder(issuer.name, str(subject))
    digest = hashlib.sha256(token.signed).digest()
    scopes = frozenset(ours for theirs in _scopes(token.claims) for ours in issuer.scopes.get(theirs, ()))
    return Bearer(Grant(id_, digest, scopes, issuer.networks, int(now), ends), Presented(id_, digest))


def holder(issuer: str, subject: str) -> str:
    """What is written down of who shows tokens of this subject, in the form of an API key's id."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{issuer}\n{subject}".encode()).digest())[:_ID_CHARACTERS].decode()


def _end(claims: Mapping[str, Any], now: float) -> int | None:
    """When a token ends; None where it does not count now, or counts for too long."""
    made, ends = _time(claims.get("iat")), _time(claims.get("exp"))
    begins = _time(claims.get("nbf", claims.get("iat")))
    if made is None or ends is None or begins is None:
        return None
    counts = max(made, begins) - SKEW <= now < ends
    return int(ends) if counts and ends - made <= LIFETIME else None


def _time(value: object) -> float | None:
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _is_for(audience: object, us: str) -> bool:
    return audience == us or (isinstance(audience, list) and us in audience)


def _scopes(claims: Mapping[str, Any]) -> Iterable[str]:
    """The claim of RFC 8693, section 4.2; some issuers write a list."""
    told = claims.get("scope", "")
    words = told.split(" ") if isinstance(told, str) else told
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else ()


def _object(part: str) -> Mapping[str, Any]:
    told = parse(decoded(part), _MOST_DEPTH)
    if not isinstance(told, dict):
        raise BadRequest(400, "this is no token")
    return told
