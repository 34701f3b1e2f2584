"""What a pixel's parameters say, field by field: a value is decoded and checked when somebody asks for it.

Most of what a page sends is never asked for, because no policy names it or because nothing may leave at all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gateway.vendors.query import decode


class Rule(NamedTuple):
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

    __slots__ = ("_encoded", "_read", "lost", "packed", "parts")

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        # Field -> reader, encoded value, and so on for each repetition.
        self._encoded: dict[str, tuple[Any, ...]] = {}
        self._read: dict[str, Any] = dict(given) if given else {}
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
            targets, read, mode = rule
            if mode == "first":
                for target in targets:
                    if target in encoded:
                        encoded[target] += (read, value)
                    else:
                        encoded[target] = read, value
            elif mode == "packed":
                unpack(rule, decode(value), self)
            else:
                self.put(rule, decode(value))

    def put(self, rule: Rule, value: str) -> None:
        """Keep one decoded parameter."""
        targets, read, mode = rule
        clean = read(value)
        if mode == "fields":
            self._put_fields(clean)
            return
        if clean is None:
            return
        for target in targets:
            if mode == "gather":
                self._read.setdefault(target, []).append(clean)
            elif mode == "last" or target not in self:
                self._read[target] = clean

    def give(self, target: str, value: Any) -> None:
        """Set a field that the parameters did not."""
        if target not in self:
            self._read[target] = value

    def part(self, number: str) -> "Found":
        """The event with that number in a list within this one."""
        return self.parts.setdefault(number, Found())

    def over(self, shared: "Found") -> "Found":
        """These fields, and those of `shared` that are not among them; nothing is read where it holds none."""
        if not (shared._encoded or shared._read or shared.lost or shared.packed or shared.parts):
            return self
        both = Found({**shared, **self})
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
        read, encoded = self._read, self._encoded
        if target in encoded:
            if target not in read:
                self._settle(target)
            encoded.pop(target, None)
        return read.pop(target, default)

    def under(self, prefix: str) -> list[str]:
        """The names that begin with a prefix, read or not."""
        return [name for name in (*self._encoded, *self._read) if name.startswith(prefix)]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a field, or the default."""
        read = self._read
        if key in read:
            return read[key]
        if key not in self._encoded:
            return default
        self._settle(key)
        return read.get(key, default)

    def _settle(self, key: str) -> None:
        """Read what was encoded, until something is valid."""
        given = self._encoded.pop(key)
        if len(given) == 2:  # nearly always
            clean = given[0](decode(given[1]))
            if clean is not None:
                self._read[key] = clean
            return
        for index in range(0, len(given), 2):
            clean = given[index](decode(given[index + 1]))
            if clean is not None:
                self._read[key] = clean
                return

    def _settle_all(self) -> dict[str, Any]:
        for key in list(self._encoded):
            if key in self._read:
                del self._encoded[key]
            else:
                self._settle(key)
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
