"""Say why a request, or an act on one, is not taken: each a kind of its own, none with a value of a person."""

from gateway.errors import GatewayError


class Problem(GatewayError):
    """What is wrong with what was asked. `slug` names it for machines."""

    slug = "invalid-request"


class IdempotencyConflict(Problem):
    """The id is that of a request with another body."""

    slug = "idempotency-conflict"


class UnknownRequest(Problem):
    """There is no such request, target or appeal."""

    slug = "not-found"


class InvalidState(Problem):
    """A request in this state does not let itself be treated like this."""

    slug = "invalid-state"


class InvalidIdentity(Problem):
    """An identity that cannot be read; `place` is its index, `code` what is wrong."""

    slug = "invalid-identity"

    def __init__(self, place: int, code: str) -> None:
        self.place = place
        self.code = code
        super().__init__(f"identity {place} cannot be read: {code}")


class UnsupportedIdentity(InvalidIdentity):
    """An identity of a type or format that says nothing here."""

    slug = "unsupported-identity"


class InvalidDraft(Problem):
    """A draft that lacks something or says something that has no form."""

    slug = "invalid-parameter"


class VerificationFailed(Problem):
    """What was shown is not enough for what is asked."""

    slug = "verification-failed"


class VerificationExpired(Problem):
    """The time to verify a request is over."""

    slug = "verification-expired"


class SamePrincipal(Problem):
    """An appeal is decided by somebody else than the one who denied."""

    slug = "same-principal"


class NotHere(Problem):
    """This process has no root key, and takes no requests."""

    slug = "not-here"


class TooManyAttempts(Problem):
    """It was tried too often."""

    slug = "too-many-attempts"


class CodeNotSent(Problem):
    """Nobody took the code that was to be sent to the person."""

    slug = "code-not-sent"


class PackageGone(Problem):
    """A link that leads nowhere, any more or at all."""

    slug = "package-gone"
