"""Bound how often somebody may show a wrong key: some at once, then one every few seconds.

It is kept by network and in memory alone, and of few networks; where there are more, all further ones share a bound.
"""

from gateway.api_keys.grant import Address

AT_ONCE = 10
EVERY_SECONDS = 6.0
MOST_NETWORKS = 1024
_BITS = {4: 32, 6: 64}


class Attempts:
    """The wrong keys of a process. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._free_at: dict[int, float] = {}

    def wait(self, address: Address | None, now: float) -> float:
        """How many seconds until the next key of this address is looked at; 0: it is looked at now."""
        return max(0.0, self._free_at.get(self._place(address), now) - now - (AT_ONCE - 1) * EVERY_SECONDS)

    def failed(self, address: Address | None, now: float) -> None:
        """A key was wrong."""
        if len(self._free_at) >= MOST_NETWORKS:
            self._free_at = {each: at for each, at in self._free_at.items() if at > now}
        place = self._place(address)
        self._free_at[place] = max(now, self._free_at.get(place, now)) + EVERY_SECONDS

    def _place(self, address: Address | None) -> int:
        if address is None:
            return 0
        shift = address.max_prefixlen - _BITS[address.version]
        place = address.version << 64 | int(address) >> shift
        return place if place in self._free_at or len(self._free_at) < MOST_NETWORKS else 0
