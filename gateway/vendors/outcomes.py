"""Read what a vendor's reply means, by the rules of its manifest: the status, the headers, and the body."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from gateway.outbound import Outcome, Reply

_MISSING = object()

# In a path of a body: any element of the list there.
EACH = "*"

Then = TypeVar("Then", bound=StrEnum)

# Without a rule: what the standards call temporary (RFC 9110, RFC 6585, RFC 8470) is tried again, the rest is finished.
_TEMPORARY = frozenset((0, 408, 425, 429))


class Rule(NamedTuple, Generic[Then]):
    """`then` holds where all that is given holds. Bodies are read by dotted path (`*` in it is any
    element of a list, as a value any value), or as a whole: by the pattern `text`."""

    then: Then
    statuses: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset()
    headers: tuple[tuple[str, frozenset[str]], ...] = ()
    body: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...] = ()
    text: re.Pattern[str] | None = None

    @property
    def reads(self) -> bool:
        """Whether it looks at the body."""
        return bool(self.body) or self.text is not None

    def holds(self, reply: Reply, document: Any) -> bool:
        """Whether the rule is the one for this reply, whose body is `document`."""
        if (self.statuses or self.classes) and not (
            reply.status in self.statuses or reply.status // 100 in self.classes
        ):
            return False
        if self.headers and not self._heads(reply.headers or {}):
            return False
        if self.text is not None and not self.text.fullmatch(reply.body.decode("latin-1")):
            return False
        return all(_holds(document, path, allowed) for path, allowed in self.body)

    def _heads(self, given: Mapping[str, str]) -> bool:
        headers = {name.lower(): value for name, value in given.items()}
        return all(name in headers and ("*" in allowed or headers[name] in allowed) for name, allowed in self.headers)


def compile_rule(rule: Mapping[str, Any], words: type[Then]) -> Rule[Then]:
    """A rule of the manifest: `{when: {status, header, body}, then}`, with `then` one of the words."""
    when = rule["when"]
    statuses = [str(status) for status in _list(when.get("status", []))]
    classes = frozenset(int(status[0]) for status in statuses if status.endswith("xx"))
    exact = frozenset(int(status) for status in statuses if not status.endswith("xx"))
    headers = tuple((name.lower(), frozenset(map(str, _list(value)))) for name, value in when.get("header", {}).items())
    body = tuple((tuple(path.split(".")), tuple(_list(value))) for path, value in when.get("body", {}).items())
    whole = re.compile(when["text"]) if "text" in when else None
    return Rule(words(rule["then"]), exact, classes, headers, body, whole)


def read(rules: Sequence[Rule[Outcome]], reply: Reply, repeatable: bool) -> Outcome:
    """The outcome of a reply. Without an answer events go again, but only unsent ones where the vendor counts twice.

    A manifest whose rules name a body decides by it: a 2xx that no rule knows is then no success.
    """
    if reply.status == 0:
        return Outcome.RETRY if repeatable else Outcome.RETRY_IF_UNSENT
    rule = matching(rules, reply)
    if rule:
        return rule.then
    if 200 <= reply.status < 300 and not any(each.reads for each in rules):
        return Outcome.OK
    return Outcome.RETRY if temporary(reply.status) else Outcome.DEAD_LETTER


def temporary(status: int) -> bool:
    """Whether a status asks for the same request again."""
    return status in _TEMPORARY or status >= 500


def rejected(rules: Sequence[Rule[Outcome]], reply: Reply) -> tuple[int, ...]:
    """The indices that a reply with the outcome `reject_indices` refuses: the list its rule's body path leads to."""
    rule = matching(rules, reply)
    if rule is None or not rule.body:
        return ()
    (path, allowed), document = rule.body[0], parse(reply.body)
    if EACH not in path:
        found = at(document, path)
        return tuple(index for index in found if isinstance(index, int)) if isinstance(found, list) else ()
    values = list(enumerate(_spread(document, path)))
    told = [value for _, value in values if isinstance(value, int) and not isinstance(value, bool)]
    # Each of the list names a position, or is in the place of its event and says what became of it.
    return tuple(told) if "*" in allowed else tuple(place for place, value in values if _allows(allowed, value))


def matching(rules: Sequence[Rule[Then]], reply: Reply) -> Rule[Then] | None:
    """The first rule that holds."""
    document = parse(reply.body) if any(rule.body for rule in rules) else None
    return next((rule for rule in rules if rule.holds(reply, document)), None)


def parse(body: bytes) -> Any:
    """The JSON of a reply, or None."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def at(document: Any, path: Sequence[str]) -> Any:
    """What a dotted path leads to; `_MISSING` where it leads nowhere."""
    for step in path:
        if isinstance(document, Mapping) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _MISSING
    return document


def _spread(document: Any, path: Sequence[str]) -> list[Any]:
    """What a path with `*` in it leads to, for each element of the list that stands there."""
    where = path.index(EACH)
    elements = at(document, path[:where])
    return [at(each, path[where + 1 :]) for each in elements] if isinstance(elements, list) else []


def missing(value: Any) -> bool:
    """Whether `at` found nothing."""
    return value is _MISSING


def _holds(document: Any, path: tuple[str, ...], allowed: tuple[Any, ...]) -> bool:
    if EACH not in path:
        return _allows(allowed, at(document, path))
    return any(_allows(allowed, value) for value in _spread(document, path))


def _allows(allowed: tuple[Any, ...], value: Any) -> bool:
    if value is _MISSING:
        return False
    return "*" in allowed or value in allowed or (value == [] and not allowed)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
