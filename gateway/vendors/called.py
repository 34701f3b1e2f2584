"""Read what a page's tag says of a call it took: whose pixel it was for, and how long ago."""

from collections.abc import Callable, Mapping, MutableMapping
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.errors import BadRequest

PIXEL = "pixel"
ACCOUNT = "account"
AGO = "ago"
# As long as a page may stay open before its visitor chooses; what waited longer is told as if it were now.
MOST_SECONDS = 86_400

# Pixel of the catalogue -> a text as an account of it, or nothing.
Accounts = Mapping[str, Callable[[str], str]]


class Call(NamedTuple):
    """`pixel` is a pixel of the catalogue, or empty; `account` the vendor's account, or empty; `time` POSIX seconds,
    or None where it is the time of arrival."""

    pixel: str
    account: str
    time: float | None


def take_call(given: MutableMapping[str, Any], pixels: Accounts, received: float) -> Call:
    """What the members say; they are taken out. BadRequest for a pixel that is none of `pixels`: nobody knows where
    such an event may go."""
    pixel = given.pop(PIXEL, "")
    if pixel and (not isinstance(pixel, str) or pixel not in pixels):
        raise BadRequest(400, "an event names a pixel that does not exist")
    account = given.pop(ACCOUNT, "")
    named = pixels[pixel](account) if pixel and isinstance(account, str) else ""
    return Call(pixel or "", named, _time(given.pop(AGO, None), received))


def _time(ago: object, received: float) -> float | None:
    """The page tells a span and not a time, since nobody knows how its clock goes."""
    if isinstance(ago, bool) or not isinstance(ago, int | float | Decimal):
        return None
    seconds = float(ago)
    return received - seconds if 0 <= seconds <= MOST_SECONDS else None
