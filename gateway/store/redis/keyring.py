"""Seal what stands behind one tag, under keys that are stored there too, and open what others have sealed.

Keys stand where their rows do, so that one script changes both, and no server has rows without their keys. A key goes
with every row that is sealed under it: whoever stores the row stores the key, unless it was destroyed.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.sealing import ID_BYTES, KeyRow, Learnt, MonthRow, Sealer, key_id, period

# Subjects whose keys are at hand, for each tag.
_AT_HAND = 2_048

_MONTH = len("2026-11")
_WRAPPED = 12 + 32 + 16
_UNDER = _MONTH + ID_BYTES
_SUBJECT = _UNDER + _WRAPPED


class Opened(NamedTuple):
    """What a row says, empty where it cannot be read; `erased` where its key was destroyed."""

    body: str
    erased: bool


class Keyring:
    """The keys behind one tag, as far as this process has made or met them. `wrapping` are 32-byte keys that are stored
    nowhere, the current one first."""

    def __init__(self, wrapping: Sequence[bytes]) -> None:
        self._sealer = Sealer(wrapping, os.urandom, _AT_HAND)
        self._rows: dict[bytes, bytes] = {}
        self._months: dict[bytes, bytes] = {}

    def seal(self, subject: str, received: int, plain: bytes, bound: bytes) -> bytes:
        """The row for what was received then of a subject."""
        row = self._sealer.seal(subject, period(subject, received), plain, bound)
        if (id_ := key_id(row)) not in self._rows:
            self._take_up(id_)
        return row

    def stored(self, rows: Iterable[bytes]) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
        """The keys that rows were just sealed under, as they are stored, and those of their months; by id."""
        keys = {id_: self._rows[id_] for id_ in map(key_id, rows)}
        if len(self._rows) > 2 * _AT_HAND:
            self._rows = {each: row for each, row in self._rows.items() if self._sealer.has(each)}
        return keys, {under: self._months[under] for under in {row[_MONTH:_UNDER] for row in keys.values()}}

    def make(self, subject: str, month: str) -> tuple[bytes, bytes]:
        """A key of a subject that nothing else is sealed under: its id, and how it is stored."""
        made = self._sealer.make(subject, month)
        self._months |= {each.id: _packed_month(each) for each in made.months}
        (key,) = made.keys
        return key.id, _packed(key)

    def months_of(self, rows: Iterable[bytes]) -> dict[bytes, bytes]:
        """The keys of the months that stored keys lie under, as far as they are known here; by id."""
        unders = {row[_MONTH:_UNDER] for row in rows}
        return {under: self._months[under] for under in unders if under in self._months}

    def unknown(self, rows: Iterable[bytes]) -> set[bytes]:
        """The keys of months that stored keys lie under, and that were not met yet."""
        return {row[_MONTH:_UNDER] for row in rows}.difference(self._months)

    def learn(self, months: Mapping[bytes, bytes]) -> tuple[dict[bytes, bytes], bool]:
        """Take up stored keys of months. Those to store again, under the current wrapping key; and whether there are
        any that no wrapping key opens."""
        learnt: Learnt = self._sealer.learn(_unpacked_month(id_, row) for id_, row in months.items())
        closed = {row.id for row in learnt.closed}
        again = {row.id: _packed_month(row) for row in learnt.again}
        self._months |= {id_: row for id_, row in (dict(months) | again).items() if id_ not in closed}
        return again, bool(closed)

    def open(self, row: bytes, bound: bytes, key: bytes | None) -> Opened:
        """What a row says, for the key as it is stored; a key that is only at hand here counts for nothing."""
        if not key_id(row):  # it was stored before anything was sealed
            return Opened(row.decode("utf-8", "replace"), False)
        if key is None or key[_MONTH:_UNDER] not in self._months:
            return Opened("", True)
        plain = self._sealer.open(row, bound, _unpacked(key_id(row), key))
        return Opened("" if plain is None else plain.decode("utf-8", "replace"), False)

    def unseal(self, row: bytes, bound: bytes, key: bytes) -> str | None:
        """What was sealed under a stored key; None where it cannot be read."""
        plain = self._sealer.open(row, bound, _unpacked(key_id(row), key))
        return plain.decode() if plain is not None else None

    def seal_under(self, id_: bytes, key: bytes, plain: bytes, bound: bytes) -> bytes | None:
        """The row under a stored key; None where that of its month is not known."""
        return self._sealer.seal_under(_unpacked(id_, key), plain, bound)

    def forget(self, subjects: Collection[str]) -> None:
        """Have no key of these subjects at hand."""
        self._sealer.forget(subjects)

    def end(self, before: str) -> None:
        """Have no key of the months before one at hand."""
        self._sealer.end(before)
        self._months = {id_: row for id_, row in self._months.items() if month_of_row(row) >= before}

    def _take_up(self, id_: bytes) -> None:
        fresh = self._sealer.fresh()
        self._months |= {each.id: _packed_month(each) for each in fresh.months}
        self._rows |= {each.id: _packed(each) for each in fresh.keys}


class Keyrings:
    """The keyrings of this process, by tag."""

    def __init__(self, wrapping: Sequence[bytes]) -> None:
        self._wrapping = wrapping
        self._of: dict[str, Keyring] = {}

    def of(self, tag: str) -> Keyring:
        """That of what stands behind a tag."""
        found = self._of.get(tag)
        if found is None:
            found = self._of[tag] = Keyring(self._wrapping)
        return found

    def forget(self, subjects: Collection[str]) -> None:
        """Have no key of these subjects at hand anywhere."""
        for keyring in self._of.values():
            keyring.forget(subjects)

    def end(self, before: str) -> None:
        """Have no key of the months before one at hand anywhere."""
        for keyring in self._of.values():
            keyring.end(before)


def month_of_row(row: bytes) -> str:
    """The month of a key as it is stored."""
    return row[:_MONTH].decode()


def _packed(key: KeyRow) -> bytes:
    return key.month.encode() + key.under + key.wrapped + key.subject.encode()


def _unpacked(id_: bytes, row: bytes) -> KeyRow:
    return KeyRow(id_, row[_SUBJECT:].decode(), month_of_row(row), row[_MONTH:_UNDER], row[_UNDER:_SUBJECT])


def _packed_month(key: MonthRow) -> bytes:
    return key.month.encode() + key.wrapped


def _unpacked_month(id_: bytes, row: bytes) -> MonthRow:
    return MonthRow(id_, month_of_row(row), row[_MONTH:])
