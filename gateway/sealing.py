"""Seal what is kept under keys of its subject, so that whoever destroys the keys destroys all of it, in every copy.

Three layers, each AES-256-GCM (NIST SP 800-38D) with random nonces. What is kept lies under a random key of one subject
and month; that key, wrapped, under the random key of the month; and that one, wrapped, under a key that is in no store.
No key that must be destroyed is ever derived. What `random` gives must be fit for keys, as `os.urandom` is.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from struct import pack
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.days import SECONDS_A_DAY, day_of

VERSION = b"\x01"
ID_BYTES = 16
_HEAD = len(VERSION) + ID_BYTES
_NONCE = 12
_NONCES = 256
_KEY_BYTES = 32
_DICE = ID_BYTES + _KEY_BYTES
_NEAR = 4
_EPOCH = date(1970, 1, 1).toordinal()

# Subjects whose keys are at hand, 3 KiB each. Whoever comes back after so many others gets another key.
MOST_AT_HAND = 4_096


class MonthRow(NamedTuple):
    """The key of a month as it may be stored. `month` is `2026-11`; a month may have several."""

    id: bytes
    month: str
    wrapped: bytes


class KeyRow(NamedTuple):
    """The key of a subject as it may be stored: of which month, and the `id` of the month's key it is `wrapped` under.
    Of a stock, `subject` is empty until somebody is given the key."""

    id: bytes
    subject: str
    month: str
    under: bytes
    wrapped: bytes


class Made(NamedTuple):
    """Fresh keys: what must be durable before anything that they seal is."""

    months: list[MonthRow]
    keys: list[KeyRow]


class Learnt(NamedTuple):
    """What came of stored keys of months: those to store again, under the current wrapping key, and those that no
    wrapping key opens."""

    again: list[MonthRow]
    closed: list[MonthRow]


class _Key(NamedTuple):
    id: bytes
    cipher: AESGCM


class _Month(NamedTuple):
    month: str
    cipher: AESGCM


class Sealer:
    """Seals and opens, and makes the keys for it. `wrapping` are 32-byte keys that are stored nowhere, the current one
    first; `most` bounds the subjects whose keys are at hand. Not for several threads at once, nor for a process and its
    fork: both would have the same nonces."""

    def __init__(self, wrapping: Sequence[bytes], random: Callable[[int], bytes], most: int = MOST_AT_HAND) -> None:
        self._wrapping = [AESGCM(key) for key in wrapping]
        self._random = random
        self._nonces = _nonces(random)
        self._most = most
        self._months: dict[bytes, _Month] = {}
        self._current: dict[str, bytes] = {}
        self._at_hand: dict[tuple[str, str], _Key] = {}
        self._ciphers: dict[bytes, AESGCM] = {}
        self._stock: dict[str, list[_Key]] = {}
        self._unstored: dict[bytes, AESGCM] = {}
        self._given: dict[bytes, str] = {}
        self._fresh = Made([], [])

    # Keys of months

    def learn(self, rows: Iterable[MonthRow]) -> Learnt:
        """Take up the keys of months that are stored."""
        learnt = Learnt([], [])
        for row in rows:
            bound = _bound_month(row.id, row.month)
            opened = ((_opened(key, row.wrapped, bound), age) for age, key in enumerate(self._wrapping))
            raw, age = next(((raw, age) for raw, age in opened if raw), (None, 0))
            if raw is None:
                learnt.closed.append(row)
                continue
            self._months[row.id] = _Month(row.month, AESGCM(raw))
            self._current.setdefault(row.month, row.id)
            if age:
                learnt.again.append(row._replace(wrapped=_closed(self._wrapping[0], next(self._nonces), raw, bound)))
        return learnt

    def end(self, before: str) -> None:
        """Have nothing at hand any more of the months before one: their keys are destroyed."""
        for id_ in [id_ for id_, key in self._months.items() if key.month < before]:
            month = self._months.pop(id_).month
            self._current.pop(month, None)
            self._stock.pop(month, None)
        self._drop([at for at in self._at_hand if at[1] < before])

    # Keys of subjects

    def stock(self, month: str, number: int) -> Made:
        """So many keys that are nobody's yet, to be stored and then admitted."""
        made = Made([], [])
        # What is made together is stored together: neighbours by their ids lie side by side in an index.
        near, dice = self._random(_NEAR), self._random(number * _DICE)
        for at in range(number):
            place, rest = near + at.to_bytes(4, "big"), dice[at * _DICE : (at + 1) * _DICE]
            row, cipher = self._make("", month, made, place + rest[len(place) :])
            self._unstored[row.id] = cipher
            made.keys.append(row)
        return made

    def admit(self, made: Made) -> None:
        """Give keys of this stock to who comes next: they are durable."""
        for row in made.keys:
            self._stock.setdefault(row.month, []).append(_Key(row.id, self._unstored.pop(row.id)))

    def stocked(self, month: str) -> int:
        """How many keys of a month wait for somebody."""
        return len(self._stock.get(month, ()))

    def given(self) -> list[tuple[bytes, str]]:
        """Which keys of the stock were given to which subjects, and that is not yet `written` down."""
        return [*self._given.items()]

    def written(self, given: Iterable[tuple[bytes, str]]) -> None:
        """Who has these keys is durable."""
        for id_, _ in given:
            self._given.pop(id_, None)

    def fresh(self) -> Made:
        """The keys that were made because no stock had any, since this was last asked. Where they cannot be made
        durable, `abandon` them, and seal anew."""
        fresh, self._fresh = self._fresh, Made([], [])
        return fresh

    def make(self, subject: str, month: str) -> Made:
        """One key of a subject, and perhaps one of its month, to be stored; nothing else is sealed under it."""
        made = Made([], [])
        made.keys.append(self._make(subject, month, made, self._random(_DICE))[0])
        return made

    def abandon(self, made: Made) -> None:
        """Use no more what could not be stored."""
        lost, months = {row.id for row in made.keys}, {row.month for row in made.months}
        self._drop([at for at, key in self._at_hand.items() if key.id in lost or at[1][:7] in months])
        for row in made.keys:
            self._unstored.pop(row.id, None)
        for each in made.months:
            self._months.pop(each.id, None)
            self._current.pop(each.month, None)

    def forget(self, subjects: Collection[str]) -> None:
        """Have no key of these subjects at hand: what comes of them now gets new ones."""
        self._drop([at for at in self._at_hand if at[0] in subjects])

    def has(self, id_: bytes) -> bool:
        """Whether a key is at hand, so that `open` needs no stored one."""
        return id_ in self._ciphers

    def in_stock(self) -> set[bytes]:
        """The keys that are nobody's yet."""
        return {*self._unstored, *(key.id for keys in self._stock.values() for key in keys)}

    def in_use(self) -> set[bytes]:
        """The keys that something may be sealed under from now on."""
        return {*self._ciphers, *self.in_stock()}

    # What is sealed

    def seal(self, subject: str, period: str, plain: bytes, bound: bytes) -> bytes:
        """The row for what a subject has in a `period` (see `period`). `bound` must be the same to open it."""
        key = self._at_hand.get((subject, period)) or self._key(subject, period)
        nonce = next(self._nonces)
        return VERSION + key.id + nonce + key.cipher.encrypt(nonce, plain, bound)

    def seal_under(self, key: KeyRow, plain: bytes, bound: bytes) -> bytes | None:
        """The same under a key that is stored; None where the key of its month is not known."""
        cipher = self._unwrapped(key)
        return VERSION + key.id + _closed(cipher, next(self._nonces), plain, bound) if cipher else None

    def open(self, row: bytes, bound: bytes, key: KeyRow | None = None) -> bytes | None:
        """What was sealed; None where it was changed, where neither the key is at hand nor a stored one is given, or
        where that cannot be unwrapped."""
        cipher = self._ciphers.get(row[len(VERSION) : _HEAD]) or (self._unwrapped(key) if key else None)
        return _opened(cipher, row[_HEAD:], bound) if cipher and row.startswith(VERSION) else None

    def _key(self, subject: str, period: str) -> _Key:
        month = period[:7]
        if self._stock.get(month):
            key = self._stock[month].pop()
            self._given[key.id] = subject
        else:
            row, cipher = self._make(subject, month, self._fresh, self._random(_DICE))
            self._fresh.keys.append(row)
            key = _Key(row.id, cipher)
        if len(self._at_hand) >= self._most:
            self._drop((next(iter(self._at_hand)),))
        self._at_hand[subject, period] = key
        self._ciphers[key.id] = key.cipher
        return key

    def _make(self, subject: str, month: str, made: Made, dice: bytes) -> tuple[KeyRow, AESGCM]:
        under = self._current.get(month) or self._make_month(month, made)
        id_, raw = dice[:ID_BYTES], dice[ID_BYTES:]
        wrapped = _closed(self._months[under].cipher, next(self._nonces), raw, id_)
        return KeyRow(id_, subject, month, under, wrapped), AESGCM(raw)

    def _make_month(self, month: str, made: Made) -> bytes:
        id_, raw = self._random(ID_BYTES), self._random(_KEY_BYTES)
        wrapped = _closed(self._wrapping[0], next(self._nonces), raw, _bound_month(id_, month))
        made.months.append(MonthRow(id_, month, wrapped))
        self._months[id_], self._current[month] = _Month(month, AESGCM(raw)), id_
        return id_

    def _unwrapped(self, key: KeyRow) -> AESGCM | None:
        month = self._months.get(key.under)
        raw = _opened(month.cipher, key.wrapped, key.id) if month else None
        return AESGCM(raw) if raw else None

    def _drop(self, at_hand: Iterable[tuple[str, str]]) -> None:
        for at in at_hand:
            del self._ciphers[self._at_hand.pop(at).id]


def period(subject: str, received: int) -> str:
    """What shares a key: all that a subject has in a month (`2026-11`), or nobody in particular on a day."""
    return _periods(received // SECONDS_A_DAY)[0 if subject else 1]


def month_of(at: float) -> str:
    """The month of a time in POSIX seconds, UTC."""
    return _periods(day_of(at))[0]


def key_id(row: bytes) -> bytes:
    """The key that a row was sealed under; empty where it is none."""
    return row[len(VERSION) : _HEAD] if row.startswith(VERSION) else b""


def bound(destination: str, name: str) -> bytes:
    """What a queued or dead event is bound to: its destination and its key, each with its length before it."""
    event = name.encode("utf-8", "surrogatepass")
    return _prefixed(destination) + pack(">I", len(event)) + event


@lru_cache(1_024)
def _prefixed(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return pack(">I", len(raw)) + raw


@lru_cache(64)
def _periods(day: int) -> tuple[str, str]:
    text = date.fromordinal(_EPOCH + day).isoformat()
    return text[:7], text


def _bound_month(id_: bytes, month: str) -> bytes:
    return _prefixed("month") + id_ + _prefixed(month)


def _nonces(random: Callable[[int], bytes]) -> Iterator[bytes]:
    """Nonces without end, each given once. The system is asked for many at a time: for every row would cost more than
    to encrypt it."""
    while True:
        dice = random(_NONCES * _NONCE)
        yield from (dice[start : start + _NONCE] for start in range(0, len(dice), _NONCE))


def _closed(key: AESGCM, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return nonce + key.encrypt(nonce, plain, bound)


def _opened(key: AESGCM, sealed: bytes, bound: bytes) -> bytes | None:
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError):
        return None
