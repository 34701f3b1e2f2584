"""What a pixel's parameters say, field by field: a value is decoded and checked when somebody asks for it.

Most of what a page sends is never asked for, because no policy names it or because nothing may leave at all.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.vendors.query import decode


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one parameter. `mode` is first, last or gather (a list); `read` gives None for a bad value.

    With `fields` for mode, `read` gives a mapping of fields, empty for a bad value; `targets` are then all it may name.
    With `packed`, `read` gives parameters, and the only target is what their names begin with: no field is put.
    """

    targets: tuple[str, ...]
    read: Callable[[str], Any]
    mode: str = "first"


class Found(Mapping[str, Any]):
    """The fields of one event. What is given first and valid holds, unless its rule says otherwise.

    Encoded values must come from a checked text (`query.checked`), so that decoding them later cannot fail.
    """

    __slots__ = ("_encoded", "_last", "_read", "lost", "packed", "parts")

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        # Field -> reader, encoded value, and so on for each repetition.
        self._encoded: dict[str, tuple[Any, ...]] = {}
        self._read: dict[str, Any] = dict(given) if given else {}
        self._last: tuple[Collection[str], Callable[[Found], None]] | None = None
        self.lost = 0  # values of mode `fields` that said nothing
        self.packed: list[tuple[str, str]] = []  # all that was packed in values, whatever its name
        self.parts: dict[str, Found] = {}  # the events of a list within, by their number

    def put_encoded(
        self, rules: Mapping[str, Rule], pairs: Iterable[str], unpack: Callable[[Rule, str, "Found"], None]
    ) -> None:
        """The request path's own loop: keep of parameters as they came (`name=value`) those whose name has a rule.

        `unpack` is told what is packed in a value.
        """
        encoded = self._encoded
        for pair in pairs:
            name, _, value = pair.partition("=")
            rule = rules.get(name)
            if rule is None and ("%" not in name or (rule := rules.get(decode(name))) is None):
                continue
            if rule.mode == "first":
                given = rule.read, value
                for target in rule.targets:
                    encoded[target] = encoded[target] + given if target in encoded else given
            elif rule.mode == "packed":
                unpack(rule, decode(value), self)
            else:
                self.put(rule, decode(value))

    def put(self, rule: Rule, value: str) -> None:
        """Keep one decoded parameter."""
        clean = rule.read(value)
        if rule.mode == "fields":
            self._put_fields(clean)
            return
        if clean is None:
            return
        for target in rule.targets:
            if rule.mode == "gather":
                self._read.setdefault(target, []).append(clean)
            elif rule.mode == "last" or target not in self:
                self._read[target] = clean

    def give(self, target: str, value: Any) -> None:
        """Set a field that the parameters did not."""
        if target not in self:
            self._read[target] = value

    def ask_last(self, fields: Collection[str], tell: Callable[["Found"], None]) -> None:
        """Have `tell` put those of `fields` that are not there, as soon as somebody asks for one of them."""
        self._last = fields, tell

    def part(self, number: str) -> "Found":
        """The event with that number in a list within this one."""
        return self.parts.setdefault(number, Found())

    def over(self, shared: "Found") -> "Found":
        """These fields, and those of `shared` that are not among them; of both nothing is read but what both may be."""
        if not (shared._encoded or shared._read or shared.lost or shared.packed or shared.parts):
            return self
        for target in self._encoded.keys() & (shared._encoded.keys() | shared._read.keys()):
            self.get(target)
        both = Found({**shared._read, **self._read})
        both._encoded = {**shared._encoded, **self._encoded}
        both.lost = shared.lost + self.lost
        both.packed = [*shared.packed, *self.packed]
        both.parts = {**shared.parts, **self.parts}
        return both

    def _put_fields(self, read: Mapping[str, Any]) -> None:
        self.lost += not read
        for target, clean in read.items():
            if target not in self:
                self._read[target] = clean

    def take(self, target: str, default: Any = None) -> Any:
        """The value of a field, which is then no longer there."""
        given = self._encoded.pop(target, None)
        if given is None or target in self._read:
            return self._read.pop(target, default)
        value = _valid(given)
        return default if value is None else value

    def under(self, prefix: str) -> list[str]:
        """The names that begin with a prefix, read or not."""
        return [name for name in (*self._encoded, *self._read) if name.startswith(prefix)]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a field, or the default."""
        read = self._read
        if key in read:
            return read[key]
        if key in self._encoded and (value := _valid(self._encoded.pop(key))) is not None:
            read[key] = value
            return value
        if self._last is None or key not in self._last[0]:
            return default
        (_, tell), self._last = self._last, None
        tell(self)
        return read.get(key, default)

    def _settle_all(self) -> dict[str, Any]:
        for key in (*self._encoded, *(self._last[0] if self._last else ())):
            self.get(key)
        self._encoded.clear()
        return self._read

    def __getitem__(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._settle_all())

    def __len__(self) -> int:
        return len(self._settle_all())

    def __repr__(self) -> str:
        return "<Found>"


def _valid(given: tuple[Any, ...]) -> Any:
    """The first valid value among readers and encoded values in turns, or None."""
    if len(given) == 2:  # nearly always
        return given[0](decode(given[1]))
    read = (given[at](decode(given[at + 1])) for at in range(0, len(given), 2))
    return next((value for value in read if value is not None), None)
