"""Dead letters for an operator: to look at, queue again or destroy; and their end where the law keeps them no longer.

What is shown of one is the weakened event that would have left, never the evidence or the pseudonym beside it. What is
queued again passes the decision, the withdrawals and the weakening of that moment like every queued event.
"""

from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime
from typing import Any

from gateway.days import SECONDS_A_DAY, day_of
from gateway.delivery import Policy
from gateway.event import Event
from gateway.store.protocols import DeadLetter, DeadLetters

PAGE = 200


class Desk:
    """The dead letters of a store. `replayed` is told how many events of a destination are queued again."""

    def __init__(self, letters: DeadLetters, replayed: Callable[[str, int], None] = lambda name, number: None) -> None:
        self._letters = letters
        self._replayed = replayed

    async def count(self) -> list[dict[str, Any]]:
        """How many there are, by destination and reason."""
        counted = sorted((await self._letters.buried()).items())
        return [{"destination": name, "reason": reason, "events": number} for (name, reason), number in counted]

    async def browse(self, destination: str, most: int = PAGE, after: str = "") -> list[dict[str, Any]]:
        """The newest of a destination without their content; `after` is the id that the last page ended with."""
        return [_told(letter) for letter in await self._letters.browse(destination, min(most, PAGE), after)]

    async def show(self, destination: str, name: str) -> dict[str, Any] | None:
        """One with its weakened event, None where there is none; `event` is None where it cannot be read, and `erased`
        is there where its key was destroyed."""
        letter = await self._letters.find(destination, name)
        if letter is None:
            return None
        event = _event(letter)
        return {**_told(letter), "event": event.grouped() if event else None}

    async def replay(self, destination: str, names: Collection[str] | None = None) -> int:
        """Queue them again, all or some; how many."""
        number = await self._letters.unearth(destination, names)
        if number:
            self._replayed(destination, number)
        return number

    async def discard(self, destination: str, names: Collection[str] | None = None) -> int:
        """Destroy them, all or some; how many."""
        return await self._letters.destroy(destination, names)


async def review(letters: DeadLetters, policy: Policy, now: float) -> None:
    """Destroy each that is older than the policy keeps events like it (POSIX seconds). What cannot be read is left to
    the general time for dead letters."""
    day = day_of(now)
    for destination in {name for name, _ in await letters.buried()}:
        outlived = [letter.id async for letter in pages(letters, destination) if _outlived(letter, policy, now, day)]
        if outlived:
            await letters.destroy(destination, outlived)


async def pages(letters: DeadLetters, destination: str) -> AsyncIterator[DeadLetter]:
    """Every dead letter of a destination, the newest first."""
    page = await letters.browse(destination, PAGE)
    while page:
        for letter in page:
            yield letter
        page = await letters.browse(destination, PAGE, page[-1].id)


def _outlived(letter: DeadLetter, policy: Policy, now: float, day: int) -> bool:
    event = _event(letter)
    days = policy.keeps(event.facts, day) if event else None
    return days is not None and letter.received < now - days * SECONDS_A_DAY


def _event(letter: DeadLetter) -> Event | None:
    try:
        return Event.from_json(letter.body)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _told(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "destination": letter.destination,
        "reason": letter.reason,
        "received": _time(letter.received),
        "buried": _time(letter.buried),
        "attempts": letter.attempts,
        **({"erased": True} if letter.erased else {}),
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
