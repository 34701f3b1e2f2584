"""Read YAML 1.2 with the line and column of everything.

Only what a person would write by hand is read: mappings with text keys, lists and scalars. Scalars follow the YAML 1.2
core schema, so `NO` is Norway, `on` is a word and `012` is twelve (https://yaml.org/spec/1.2.2/, section 10.3.2).
Anchors, aliases and tags are refused, so no document can expand beyond its own size.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from gateway.errors import ConfigurationError, Finding

Path = tuple[str | int, ...]
MAX_BYTES = 1 << 20
MAX_DEPTH = 32

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_OCTAL = re.compile(r"0o[0-7]{1,20}\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,17}|[0-9]{1,17}(\.[0-9]{0,17})?)([eE][-+]?[0-9]{1,3})?\Z")

_QUOTED = frozenset("'\"|>")

# The parser that comes with libyaml where it was built, else the slow one; both give the same nodes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """A document as plain values, and where in the file each of them stands.

    `values` and `keys` map a path such as `("destinations", "meta", "fields", 2)` to (line, column), both from 1: of
    the value, and of the key in its mapping. `findings` are the errors that did not keep the rest from being read.
    """

    file: str
    value: Any = None
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def at(self, path: Path) -> tuple[int, int]:
        """Where the value at `path` begins, or the nearest thing above it that stands in the file."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def key_at(self, path: Path) -> tuple[int, int]:
        """Where the key of `path` begins; for a list item, where the item does."""
        return self.keys.get(path) or self.at(path)


def load(text: str, file: str) -> Document:
    """Read one document. Raises ConfigurationError where nothing could be read at all (Y001).

    Duplicate keys (Y002; the first one holds), keys that are no text (Y003), anchors, aliases and tags (Y004) are
    findings of the document, so that a linter can go on and name the rest.
    """
    document = Document(file)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ConfigurationError([Finding(file, 1, 1, "Y001", f"the file is larger than {MAX_BYTES} bytes")])
    try:
        _refuse_sharing(text, document)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or error.context or "not YAML")
        raise ConfigurationError([Finding(file, line, column, "Y001", problem)]) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ConfigurationError([Finding(file, 1, 1, "Y001", "not readable as YAML")]) from None
    document.value = _build(node, (), document) if node is not None else None
    return document


def _refuse_sharing(text: str, document: Document) -> None:
    """Stop at the first anchor, alias, tag or over-deep nesting, before anything is composed."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        shared = isinstance(event, yaml.AliasEvent) or bool(getattr(event, "anchor", None))
        tagged = isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if not (shared or tagged or depth > MAX_DEPTH):
            continue
        place = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 1)
        message = "anchors, aliases and tags are not read" if depth <= MAX_DEPTH else "nested too deeply"
        raise ConfigurationError([Finding(document.file, *place, "Y004", message, "write the value out")])


def _build(node: yaml.Node, path: Path, document: Document) -> Any:
    document.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), document) for index, item in enumerate(node.value)]
    quoted = getattr(node, "style", None) in _QUOTED
    return node.value if quoted else scalar(node.value)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.findings.append(Finding(document.file, *place, "Y003", "a key must be text"))
            continue
        key = str(key_node.value)
        if key in result:
            first = document.keys[*path, key][0]
            message = f'key "{key}" is given twice (first at line {first})'
            document.findings.append(Finding(document.file, *place, "Y002", message))
            continue
        document.keys[*path, key] = place
        result[key] = _build(value_node, (*path, key), document)
    return result


def scalar(text: str) -> str | int | float | bool | None:
    """A plain (unquoted) scalar as YAML 1.2 core reads it."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.match(text):
        return int(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text, 16)
    return float(text) if _FLOAT.match(text) else text
