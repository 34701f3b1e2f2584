"""Write and read the messages by which replicas agree on a daily salt that no disk and no bystander gets to see.

Each message is one line of JSON with a MAC under a key derived from the root key. A salt travels only as the answer to
a question, sealed for the one who asked: X25519 between two keys that live for that one message, HKDF-SHA256 and
AES-256-GCM. Who recorded everything and gets the root key later cannot read a salt out of it.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.bootstrap.salt import SALT_BYTES, Salt
from gateway.keys import keys_of

MOST_BYTES = 2048
_NONCE = bytes(12)  # each key seals one message
_KINDS = frozenset(("ask", "have", "give"))
_TEXTS = ("kind", "sender", "receiver", "point", "rank", "box")


class Message(NamedTuple):
    """`ask`: who has the salt of `day`? Answer to `point`. `have`: I do, and `rank` is its rank. `give`: here it is,
    for `receiver`, sealed in `box` under `point`. Points and boxes are base64."""

    kind: str
    day: int
    sender: str
    receiver: str = ""
    point: str = ""
    rank: str = ""
    box: str = ""


def write(message: Message, ring: bytes) -> bytes:
    """The message as a line, under the current key of a ring."""
    body = json.dumps(message._asdict(), separators=(",", ":"), sort_keys=True)
    return json.dumps([body, _mac(body, keys_of(ring)[0])]).encode()


def read(line: bytes, ring: bytes) -> Message | None:
    """The message of a line, or None where it is none, or not under a key of the ring. Never raises."""
    if len(line) > MOST_BYTES:
        return None
    try:
        body, mac = json.loads(line)
        good = any(hmac.compare_digest(mac.encode(), _mac(body, key).encode()) for key in keys_of(ring))
        return _message(json.loads(body)) if good else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _message(given: Mapping[str, Any]) -> Message | None:
    day = given.get("day")
    texts = {name: text for name in _TEXTS if isinstance(text := given.get(name), str)}
    if texts.get("kind") not in _KINDS or len(texts) != len(_TEXTS):
        return None
    return Message(day=day, **texts) if isinstance(day, int) and not isinstance(day, bool) else None


def point_of(private: X25519PrivateKey) -> str:
    """The public half of a key, as a message carries it."""
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def give(question: Message, salt: Salt, sender: str) -> Message:
    """The answer to `ask`. ValueError where its point is none."""
    private = X25519PrivateKey.generate()
    answer = Message("give", question.day, sender, question.sender, point_of(private))
    key = _shared(private, question.point, answer)
    box = AESGCM(key).encrypt(_NONCE, bytes(salt), _about(answer))
    return answer._replace(box=base64.b64encode(box).decode())


def take(answer: Message, private: X25519PrivateKey) -> bytes | None:
    """The salt of a `give`, for the key whose point was in the question; None where it is not for that key."""
    bare = answer._replace(box="")
    try:
        box = base64.b64decode(answer.box, validate=True)
        salt = AESGCM(_shared(private, answer.point, bare)).decrypt(_NONCE, box, _about(bare))
    except (ValueError, InvalidTag):
        return None
    return salt if len(salt) == SALT_BYTES else None


def _shared(private: X25519PrivateKey, point: str, about: Message) -> bytes:
    other = X25519PublicKey.from_public_bytes(base64.b64decode(point, validate=True))
    return HKDF(hashes.SHA256(), 32, salt=None, info=_about(about)).derive(private.exchange(other))


def _about(answer: Message) -> bytes:
    return f"gateway salt\0{answer.day}\0{answer.sender}\0{answer.receiver}\0{answer.point}".encode()


def _mac(body: str, key: bytes) -> str:
    return hmac.digest(key, b"gateway salt message\0" + body.encode(), "sha256").hex()
