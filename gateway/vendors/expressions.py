"""Compile the values of a manifest to closures: literals, `= path | function`, `{{ … }}` and the directives.

Nothing here can loop, call out or name a path that the vocabulary does not have. A missing value deletes its key, an
empty mapping counts as missing, and lists lose their missing elements, so no request holds a null.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.taxonomy import GROUPS, is_field
from gateway.vendors.flows import EVERY_CLASS, Flow, class_of, reduced
from gateway.vendors.functions import FUNCTIONS, UNREADABLE, Function

GRANTS = (
    "ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage", "email_tracking",
)  # fmt: skip


class Scope:
    """What the expressions of one event can see."""

    __slots__ = (
        "account", "answer", "batch", "consent", "fields", "index", "item", "kept", "key", "now", "secret", "settings",
        "source", "subject", "vendor_event",
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any], secret: Mapping[str, str], key: bytes) -> None:
        self.settings = settings
        self.secret = secret
        self.key = key
        self.fields: Mapping[str, Any] = {}
        self.consent: Mapping[str, bool] = {}
        self.source: Mapping[str, str] = {}
        self.kept: Mapping[str, str] = {}
        self.batch: Mapping[str, Any] = {}
        self.subject: Mapping[str, Any] = {}
        self.answer: Any = None
        self.account = ""
        self.vendor_event = ""
        self.now = ""
        self.item: Any = None
        self.index = 0


Run = Callable[[Scope], Any]


class Node(NamedTuple):
    """A compiled value, and the data that flows into it."""

    run: Run
    flows: tuple[Flow, ...] = ()


class Names(NamedTuple):
    """The names that belong to one manifest: its settings, its secrets, and the parameters its pixel keeps."""

    settings: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_CALL = re.compile(r"([a-z0-9_]+(?:\.[a-z]+)?)(?:\(([^()]*)\))?")
_ARGUMENTS = re.compile(r"\s*'([^']*)'\s*(?:,|$)")
_PIPE = re.compile(r"\|(?=(?:[^']*'[^']*')*[^']*$)")
_HOLE = re.compile(r"\{\{(.*?)\}\}")

_CLOSED = {
    "consent": frozenset((*GRANTS, "sale_opt_out")),
    "source": frozenset(("site", "pixel", "account", "channel", "day")),
    "batch": frozenset(("events", "first", "count")),
}
_SINGLE = frozenset(("account", "vendor_event", "now", "index", "item", "fields", "kept", "consent"))

# Directive -> the companions it may have.
_DIRECTIVES = {
    "$if": ("$then", "$else"),
    "$case": ("$of", "$default"),
    "$grant": ("$value", "$else"),
    "$lookup": ("$in", "$default"),
    "$first": (),
    "$each": ("$do", "$join"),
    "$merge": (),
}


class Compiler:
    """Compiles the values of one document; what is wrong with them goes to `findings`."""

    def __init__(self, document: Document, names: Names, roots: Iterable[str] = ()) -> None:
        self.document = document
        self._names = names
        self._roots = frozenset(roots)
        self._items: list[tuple[Flow, ...]] = []
        self.findings: list[Finding] = []

    def value(self, value: Any, at: Path, grants: frozenset[str] = frozenset()) -> Node:
        """Any value of a manifest. `grants` are the consent types that hold wherever it is evaluated."""
        if isinstance(value, str):
            return self.text(value, at, grants)
        if isinstance(value, list):
            return self._list(value, at, grants)
        if isinstance(value, dict):
            directive = next((key for key in value if key in _DIRECTIVES), None)
            if directive:
                return self._directive(directive, value, at, grants)
            return self._mapping(value, at, grants)
        return Node(lambda scope: value)

    def text(self, text: str, at: Path, grants: frozenset[str] = frozenset()) -> Node:
        """`= expression`, a template with `{{ … }}`, or literal text."""
        if text.startswith("= "):
            return self.pipe(text[2:], at, grants)
        if "{{" not in text:
            return Node(lambda scope: text)
        literals, holes = self.template(text, at, grants)
        return Node(_joined(literals, [hole.run for hole in holes]), _flows(holes))

    def template(self, text: str, at: Path, grants: frozenset[str]) -> tuple[list[str], list[Node]]:
        """The literal parts of a template and what stands between them; there is one literal more than holes."""
        parts = _HOLE.split(text)
        return parts[::2], [self.pipe(part, at, grants) for part in parts[1::2]]

    def pipe(self, text: str, at: Path, grants: frozenset[str] = frozenset()) -> Node:
        """`path | function | function('argument')`."""
        head, *calls = (part.strip() for part in _PIPE.split(text))
        node = self._path(head, at, grants)
        for call in calls:
            node = self._call(call, node, at, grants)
        return node

    def _path(self, path: str, at: Path, grants: frozenset[str]) -> Node:
        root, _, rest = path.partition(".")
        problem = "" if _PATH.fullmatch(path) else "not a path"
        problem = problem or self._unknown(root, rest)
        if problem:
            known = [*GROUPS, *_CLOSED, *_SINGLE, "settings", "secret"]
            return self._wrong("M004", f'"{path}": {problem}', at, near(root, known) if root not in known else "")
        if root in GROUPS:
            return Node(_field(path), (Flow(at, path, class_of(path), grants),))
        if path == "kept":
            return Node(_kept, (Flow(at, path, "event", grants),))
        if path == "fields":
            return Node(_nested, tuple(Flow(at, "fields", data, grants) for data in EVERY_CLASS))
        flows: tuple[Flow, ...] = (Flow(at, path, "event", grants),)
        if root == "path":
            return Node(lambda scope: scope.kept.get(f"path:{rest}"), flows)
        if root == "item" and self._items:
            flows = tuple(Flow(at, f"{flow.source}[].{rest}", flow.data, grants) for flow in self._items[-1])
        elif root == "subject":
            flows = (Flow(at, path, class_of(path), grants),)
        return Node(_walk(root, tuple(rest.split(".")) if rest else ()), flows)

    def _unknown(self, root: str, rest: str) -> str:
        """Why a path leads nowhere, or nothing."""
        if root in GROUPS:
            return "" if is_field(f"{root}.{rest}") else f"no field of the group {root}"
        declared = {
            "settings": self._names.settings,
            "secret": self._names.secrets,
            "kept": self._names.kept,
            "path": frozenset(name[5:] for name in self._names.kept if name.startswith("path:")),
            **_CLOSED,
        }
        if not rest and root in _SINGLE:
            return "" if self._items or root not in ("item", "index") else f"{root} has a meaning inside $each only"
        if root in declared:
            return "" if rest.partition(".")[0] in declared[root] else f"not declared under {root}"
        if root == "item":
            return "" if self._items else "item has a meaning inside $each only"
        return "" if root in self._roots else "unknown path"

    def _call(self, text: str, node: Node, at: Path, grants: frozenset[str]) -> Node:
        match = _CALL.fullmatch(text)
        function = FUNCTIONS.get(match[1]) if match else None
        if not match or not function:
            name = match[1] if match else text
            return self._wrong("M005", f'unknown function "{name}"', at, near(name, FUNCTIONS))
        arguments = _ARGUMENTS.findall(match[2] or "")
        if _ARGUMENTS.sub("", match[2] or "").strip():
            return self._wrong("M005", f"{match[1]}: arguments are written in single quotes, with commas between", at)
        if not function.least <= len(arguments) <= function.most:
            return self._wrong("M005", f"{match[1]} takes {function.least} to {function.most} arguments", at)
        if function.digest and any(flow.data == "ip" for flow in node.flows):
            return self._wrong(
                "M012", f"{match[1]} of an address: all addresses are soon tried", at, "send none, or hmac"
            )
        flows = tuple(flow._replace(data=reduced(flow.data, function.reduces)) for flow in node.flows)
        if function.by_path:
            other = self._path(arguments[0], at, grants)
            return Node(_two(function, node.run, other.run), flows + other.flows)
        return Node(_one(function, node.run, tuple(arguments)), flows)

    def _list(self, values: list[Any], at: Path, grants: frozenset[str]) -> Node:
        nodes = [self.value(value, (*at, index), grants) for index, value in enumerate(values)]
        runs = [node.run for node in nodes]
        return Node(lambda scope: [value for run in runs if (value := run(scope)) is not None], _flows(nodes))

    def _mapping(self, values: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        nodes = {}
        for key, value in values.items():
            if key.startswith("$") and not key.startswith("$$"):
                return self._wrong("M003", f'unknown directive "{key}"', (*at, key), near(key, _DIRECTIVES))
            nodes[key.removeprefix("$") if key.startswith("$$") else key] = self.value(value, (*at, key), grants)
        pairs = tuple((key, node.run) for key, node in nodes.items())

        def run(scope: Scope) -> dict[str, Any] | None:
            return {key: value for key, part in pairs if (value := part(scope)) is not None} or None

        return Node(run, _flows(nodes.values()))

    def _directive(self, name: str, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        for key in value:
            if key != name and key not in _DIRECTIVES[name]:
                known = _DIRECTIVES[name]
                return self._wrong("M003", f'"{key}" does not go with {name}', (*at, key), near(key, known))
        build: dict[str, Callable[..., Node]] = {
            "$if": self._if, "$case": self._case, "$grant": self._grant, "$lookup": self._lookup, "$each": self._each,
            "$merge": self._merge, "$first": self._first,
        }  # fmt: skip
        return build[name](value, at, grants)

    def _part(self, value: Mapping[str, Any], key: str, at: Path, grants: frozenset[str]) -> Node:
        return self.value(value.get(key), (*at, key), grants)

    def _if(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        test, then, other = (self._part(value, key, at, grants) for key in ("$if", "$then", "$else"))
        if_, then_, else_ = test.run, then.run, other.run
        # What is tested shows in which branch was taken, so it flows into the result too.
        return Node(lambda scope: then_(scope) if if_(scope) else else_(scope), _flows((test, then, other)))

    def _case(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        of = value.get("$of")
        if not isinstance(of, dict):
            return self._wrong("M003", "$case needs a mapping $of", at)
        test, other = self._part(value, "$case", at, grants), self._part(value, "$default", at, grants)
        nodes = {key: self.value(inner, (*at, "$of", key), grants) for key, inner in of.items()}
        runs = {key: node.run for key, node in nodes.items()}
        case_, else_ = test.run, other.run
        return Node(lambda scope: runs.get(str(case_(scope)), else_)(scope), _flows((test, other, *nodes.values())))

    def _grant(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        named = value["$grant"]
        needed = frozenset([named] if isinstance(named, str) else named if isinstance(named, list) else [])
        if not needed or not needed <= frozenset(GRANTS):
            return self._wrong("M003", "$grant names consent types", (*at, "$grant"), ", ".join(GRANTS))
        then, other = self._part(value, "$value", at, grants | needed), self._part(value, "$else", at, grants)
        run = then.run
        for grant in needed:
            run = _guarded(grant, run, other.run)
        return Node(run, _flows((then, other)))

    def _lookup(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        nodes = [self._part(value, key, at, grants) for key in ("$lookup", "$in", "$default")]
        key_, table_, else_ = (node.run for node in nodes)

        def run(scope: Scope) -> Any:
            table = table_(scope)
            found = table.get(str(key_(scope))) if isinstance(table, Mapping) else None
            return else_(scope) if found is None else found

        return Node(run, _flows(nodes))

    def _first(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        parts = value["$first"]
        if not isinstance(parts, list):
            return self._wrong("M003", "$first needs a list", at)
        nodes = [self.value(part, (*at, "$first", index), grants) for index, part in enumerate(parts)]
        runs = [node.run for node in nodes]
        return Node(lambda scope: next((got for run in runs if (got := run(scope)) is not None), None), _flows(nodes))

    def _each(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        source = self._part(value, "$each", at, grants)
        self._items.append(source.flows)
        body = self._part(value, "$do", at, grants)
        self._items.pop()
        each_, do_, joint = source.run, body.run, value.get("$join")

        def run(scope: Scope) -> list[Any] | str | None:
            items = each_(scope)
            if not isinstance(items, list):
                return None
            outer = scope.item, scope.index
            result = []
            for scope.index, scope.item in enumerate(items):
                if (made := do_(scope)) is not None:
                    result.append(made)
            scope.item, scope.index = outer
            return result if joint is None else str(joint).join(map(str, result)) or None

        return Node(run, _flows((source, body)))

    def _merge(self, value: Mapping[str, Any], at: Path, grants: frozenset[str]) -> Node:
        parts = value["$merge"]
        if not isinstance(parts, list):
            return self._wrong("M003", "$merge needs a list", at)
        nodes = [self.value(part, (*at, "$merge", index), grants) for index, part in enumerate(parts)]
        runs = [node.run for node in nodes]

        def run(scope: Scope) -> dict[str, Any] | None:
            result: dict[str, Any] = {}
            for part in runs:
                result.update(part(scope) or {})
            return result or None

        return Node(run, _flows(nodes))

    def _wrong(self, code: str, message: str, at: Path, hint: str = "") -> Node:
        self.findings.append(Finding(self.document.file, *self.document.at(at), code, message, hint))
        return Node(lambda scope: None)


def near(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is nearly one of the known ones, or nothing."""
    match = get_close_matches(word, list(known), n=1)
    return f'did you mean "{match[0]}"?' if match else ""


def _flows(nodes: Iterable[Node]) -> tuple[Flow, ...]:
    return tuple(flow for node in nodes for flow in node.flows)


def _field(path: str) -> Run:
    return lambda scope: scope.fields.get(path)


def _guarded(grant: str, run: Run, other: Run) -> Run:
    return lambda scope: run(scope) if scope.consent.get(grant) else other(scope)


def _nested(scope: Scope) -> dict[str, Any]:
    """Every field of the event, by group."""
    result: dict[str, Any] = {}
    for path, value in scope.fields.items():
        group, _, name = path.partition(".")
        result.setdefault(group, {})[name] = value
    return result


def _kept(scope: Scope) -> dict[str, str]:
    """What a pixel kept of its query and body; what it kept of its path has a place of its own (`path.name`)."""
    return {name: value for name, value in scope.kept.items() if not name.startswith("path:")}


def _walk(root: str, steps: tuple[str, ...]) -> Run:
    def run(scope: Scope) -> Any:
        value = getattr(scope, root)
        try:
            for step in steps:
                value = value[step]
        except (KeyError, TypeError):
            return None
        return None if value == "" else value

    return run


def _one(function: Function, run: Run, arguments: tuple[str, ...]) -> Run:
    call, total, keyed = function.run, function.total, function.keyed

    def apply(scope: Scope) -> Any:
        value = run(scope)
        if value is None and not total:
            return None
        try:
            return call(value, scope.key) if keyed else call(value, *arguments)
        except UNREADABLE:
            return None

    return apply


def _two(function: Function, run: Run, other: Run) -> Run:
    def apply(scope: Scope) -> Any:
        value, second = run(scope), other(scope)
        try:
            return None if value is None or second is None else function.run(value, second)
        except UNREADABLE:
            return None

    return apply


def _joined(literals: list[str], runs: list[Run]) -> Run:
    def run(scope: Scope) -> str | None:
        parts = [literals[0]]
        for hole, literal in zip(runs, literals[1:], strict=True):
            value = hole(scope)
            if value is None:
                return None
            parts += (str(value), literal)
        return "".join(parts)

    return run
