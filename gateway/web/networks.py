"""Bound how much one network may have kept for long: records of choices, and requests that are made at the page.

A network is known by a digest under a key that ends with the process, and for as long as its turns are spent.
"""

import hashlib
from collections.abc import Callable

from gateway.region.address import Address
from gateway.web.rates import Rates

_BITS = {4: 32, 6: 64}  # of a network that one client can have for itself


class Networks:
    """The turns of the networks that a process hears from. All of a minute's may be taken at once: many share an
    address. `steady` gives seconds and never goes back, `key` is 16 random bytes."""

    def __init__(self, per_minute: int, steady: Callable[[], float], key: bytes) -> None:
        self._rates = Rates(per_minute, steady, per_minute)
        self._key = key

    def take(self, address: Address | None) -> float:
        """Take a turn, and 0; or how many seconds until there is one. Whose address is not known share theirs."""
        if address is None:
            return self._rates.take("unknown")
        network = int(address) >> address.max_prefixlen - _BITS[address.version]
        told = f"{address.version}/{network:x}".encode()
        return self._rates.take(hashlib.blake2b(told, key=self._key, digest_size=16).hexdigest())
