"""Keep a person out of what leaves without a guard: try how a parameter is read on values that are personal."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gateway.vendors.flows import FREE, class_of

ACCOUNT = "account"

_CLEAR = (
    "ann@mail.example", "ann%40mail.example", "203.0.113.7", "203.0.113.0", "2001:db8::1", "https://shop.example/?email=ann",
    "https://shop.example/ann", "+49 30 123456",
)  # fmt: skip
_DIGESTS = ("a" * 64, "0f" * 32)
_BROWSERS = ("fb.1.1764000000000.1234567890", "GA1.2.1234567890.1764000000")
_OPAQUE = ("0f" * 16, "0f" * 20, "c5081429-141c-418a-8d1d-0f0a837192d6", "1234567890.1764000000")
_NAMES = ("Ann Smith", "ann.smith")

# What a parameter that is relayed as it came must never be able to hold.
KEPT = (*_CLEAR, *_DIGESTS, *_BROWSERS, *_OPAQUE, *_NAMES)
# An account may be a digest in form, and a word: vendors call them so.
_ACCOUNTS = (*_CLEAR, *_DIGESTS, *_BROWSERS, "Ann Smith")
# A campaign may be called like a person.
_FREE = (*_CLEAR, *_DIGESTS, *_BROWSERS, *_OPAQUE)
# Where only hashes are kept.
_HASHED = (*_CLEAR, *_NAMES)

# Fields that leave without a guard, but not as the page wrote them: items and times are taken apart, an id is digested.
_REMADE = frozenset(("event.id", "event.time", "order.items"))


def let_through(read: Callable[[str], Any], samples: Sequence[str] = KEPT) -> str:
    """The first of the samples that a reading lets through, or empty."""
    return next((sample for sample in samples if read(sample) is not None), "")


def problems(targets: Sequence[str], read: Callable[[str], Any]) -> Iterator[str]:
    """Why what is read so may not be put there, for each target."""
    for target in targets:
        sample = let_through(read, _samples(target))
        if sample:
            yield f'{target} leaves without a guard, and "{sample}" could be in it'


def _samples(target: str) -> Sequence[str]:
    if target == ACCOUNT:
        return _ACCOUNTS
    if target.startswith("contact."):
        return _HASHED
    return _FREE if class_of(target) in FREE and target not in _REMADE else ()
