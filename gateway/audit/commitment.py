"""Name a subject in the log so that nobody can tell whom, once the salt is gone.

The salt is 32 random bytes of one subject, kept apart from the log: whoever has it and the subject's pseudonym can show
that a leaf is about that subject. When it is destroyed, the leaf stays, the log still verifies, and nobody can.
"""

import hashlib
import hmac

SALT_BYTES = 32


def commit(salt: bytes, subject: str) -> str:
    """The commitment to a subject, 64 hexadecimal digits. ValueError for a salt of another length."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(b"\2" + salt + subject.encode("utf-8", "surrogatepass")).hexdigest()


def opens(commitment: str, salt: bytes, subject: str) -> bool:
    """Whether a commitment is to this subject."""
    return hmac.compare_digest(commit(salt, subject).encode(), commitment.encode("utf-8", "surrogatepass"))
