"""Know for some moments which actions were kept, so that what several beacons tell of one is sent once.

It sees permitted events alone. What has an id, of the page or of an order, is one wherever it comes from. What has none
is one with what came from another side, and never with what came from its own: whoever loads a page twice has done so
twice, and so have two visitors whom nothing tells apart.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from gateway.anonymise.likeness import Likeness
from gateway.event import Event

# What is remembered at once: different actions, and repetitions of one.
MOST, MOST_ALIKE = 20_000, 16

_Key = tuple[str, str, int]


class _Action:
    """One action at one destination. `until` is in POSIX seconds; `kept` once its event is durable."""

    __slots__ = ("apart", "id", "kept", "sides", "until")

    def __init__(self, event: Event, like: Likeness, now: float) -> None:
        self.id, self.apart = event.id, event.apart
        self.sides = {like.side}
        self.until = now + like.seconds
        self.kept = False


class Claim:
    """The events of a hit that are to be kept. Twins are told by `kept` or `lost` what became of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.actions: list[tuple[_Key, _Action]] = []
        self.merged: list[str] = []  # destinations whose event is kept already


class Twins:
    """The actions of the last moments. `told` is told the destination of each event that was merged into another."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._actions: OrderedDict[_Key, list[_Action]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._actions)

    def claim(self, permitted: Iterable[tuple[Event, Likeness | None]], now: float) -> Claim:
        """What of it is to be put into the queue, at `now` (POSIX seconds).

        The twin of an event that is not durable yet takes that one's id: the queue keeps one of them.
        """
        self._make_room(now)
        claim = Claim()
        for event, like in permitted:
            if like is None:
                claim.events.append(event)
            else:
                self._place(event, like, now, claim)
        return claim

    def kept(self, claim: Claim) -> None:
        """They are durable: from now on their twins need not be."""
        for (destination, *_), action in claim.actions:
            if action.kept:  # while this one was under way, and the queue has one of them
                self._told(destination)
            action.kept = True
        for destination in claim.merged:
            self._told(destination)

    def lost(self, claim: Claim) -> None:
        """They could not be kept, so nobody's twin is among them."""
        for key, action in claim.actions:
            alike = self._actions.get(key, [])
            if action in alike and not action.kept:
                alike.remove(action)
            if not alike:
                self._actions.pop(key, None)

    def forget(self, now: float) -> None:
        """Forget all that is over: what came later may be over earlier, for pixels differ in how long it takes."""
        for key, alike in [*self._actions.items()]:
            left = [action for action in alike if now < action.until]
            if left:
                self._actions[key] = left
            else:
                del self._actions[key]

    def _make_room(self, now: float) -> None:
        """Forget the oldest that is over, or too much. Every hit comes by here, so it is not looked for further."""
        actions = self._actions
        while actions:
            key = next(iter(actions))
            if len(actions) <= MOST and now < actions[key][-1].until:
                return
            del actions[key]

    def _place(self, event: Event, like: Likeness, now: float, claim: Claim) -> None:
        key = event.destination, event.record, like.of
        alike = self._actions.get(key)
        twin = _first(alike, like, now) if alike else None
        if twin is None:
            twin = _Action(event, like, now)
            self._actions[key] = [*alike, twin][-MOST_ALIKE:] if alike else [twin]
            self._actions.move_to_end(key)
        else:
            twin.sides.add(like.side)
            if twin.kept:
                claim.merged.append(event.destination)
                return
            event = _called(event, twin)
        claim.events.append(event)
        claim.actions.append((key, twin))


def _first(alike: list[_Action], like: Likeness, now: float) -> _Action | None:
    """The first of these actions that is told again."""
    for action in alike:
        if now < action.until and (like.certain or like.side not in action.sides):
            return action
    return None


def _called(event: Event, twin: _Action) -> Event:
    """The event under the id of its twin."""
    fields = {**event.fields, "event.id": twin.id} if "event.id" in event.fields else event.fields
    return replace(event, id=twin.id, apart=twin.apart, fields=fields)
