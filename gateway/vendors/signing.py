"""Sign a webhook as Standard Webhooks says: `v1` by HMAC-SHA256, `v1a` by Ed25519 (specification 1.0.0)."""

import base64
import binascii
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SYMMETRIC, ASYMMETRIC = "whsec_", "whsk_"


def key_problem(secret: str) -> str:
    """Why a secret cannot sign, or nothing. Several, with spaces between, sign while keys rotate."""
    for each in secret.split() or [""]:
        try:
            size = len(_bytes(each))
        except ValueError:
            return f"not {SYMMETRIC} or {ASYMMETRIC} with base64 behind"
        if not (24 <= size <= 64 if each.startswith(SYMMETRIC) else size in (32, 64)):
            return "the key must have 24 to 64 bytes, for Ed25519 32 or 64"
    return ""


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one signature per secret. `timestamp` is POSIX seconds of this attempt."""
    message = b".".join((identity.encode(), str(timestamp).encode(), body))
    return " ".join(_sign(each, message) for each in secret.split())


def _sign(secret: str, message: bytes) -> str:
    key = _bytes(secret)
    if secret.startswith(ASYMMETRIC):
        # 64 bytes are the seed with the public key behind it, as libsodium writes them.
        return "v1a," + base64.b64encode(Ed25519PrivateKey.from_private_bytes(key[:32]).sign(message)).decode()
    return "v1," + base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def _bytes(secret: str) -> bytes:
    for prefix in (SYMMETRIC, ASYMMETRIC):
        if secret.startswith(prefix):
            try:
                return base64.b64decode(secret.removeprefix(prefix), validate=True)
            except binascii.Error:
                break
    raise ValueError("not a signing secret")
