"""Say what one thing that can be asked at `/v1` is: what it takes, who may, and what it answers.

Routes, scopes and the description for machines are all drawn from this.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel

# What anything can be answered with, whatever it is.
ALWAYS = (
    "invalid-parameter", "unauthenticated", "insufficient-scope", "no-browsers", "rate-limited", "internal",
    "key-store-unavailable", "keys-unavailable", "not-here",
)  # fmt: skip
_WITH_BODY = ("malformed-json", "too-large", "unsupported-media-type")
_CHANGING = ("log-unavailable",)
_SPOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """`name` is what it is called in the description, `path` a template, `scope` what a key needs for it.

    `kind` is the type of its answer: JSON of `answer`, or something else. `repeats` says that an `Idempotency-Key`
    makes a second request of it answer like the first; `waits` that it can wait for a change; `spends` that each answer
    uses something up, so that nobody may ask for its head alone.
    """

    name: str
    method: str
    path: str
    scope: str
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    statuses: tuple[int, ...] = (200,)
    kind: str = "application/json"
    problems: tuple[str, ...] = ()
    repeats: bool = False
    waits: bool = False
    spends: bool = False

    @cached_property
    def refusals(self) -> tuple[str, ...]:
        """The slugs of all that it can be refused with."""
        body = _WITH_BODY if self.body else ()
        changing = _CHANGING if self.method != "GET" else ()
        conflict = ("idempotency-conflict",) if self.repeats else ()
        return tuple(dict.fromkeys((*ALWAYS, *body, *changing, *conflict, *self.problems)))

    @cached_property
    def spots(self) -> tuple[str, ...]:
        """The names of the parameters in its path."""
        return tuple(_SPOT.findall(self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like."""
        return re.compile(_SPOT.sub(r"[^/]+", self.path))

    @cached_property
    def may_be_empty(self) -> bool:
        """Whether no body is as good as an empty object."""
        return self.body is None or not any(field.is_required() for field in self.body.model_fields.values())


class Call(NamedTuple):
    """One request: who asks (the id of a key), with which scopes, and what was read of it."""

    by: str
    scopes: frozenset[str]
    spots: Mapping[str, str]
    query: Any
    body: Any
    headers: Mapping[str, str]


def scope_of(operations: Collection[Operation], method: str, path: str) -> str | None:
    """The scope that a request takes; None where nothing is at this path. Another method than those takes the scope of
    one that there is, to be told so."""
    here = [each for each in operations if each.pattern.fullmatch(path)]
    fitting = [each for each in here if each.method == ("GET" if method == "HEAD" else method)]
    return next((each.scope for each in (*fitting, *here)), None)
