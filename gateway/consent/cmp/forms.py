"""Take a cookie apart by the form it is written in; `FORMS` is the closed set of them.

Rule 1: never raise. What is not of the form is left out, and `whole` is false.
Rule 2: percent signs are resolved once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from gateway.consent.cmp.json_text import parse, read_json
from gateway.consent.cmp.text import MAX_TEXT, unquoted
from gateway.consent.cmp.written import Twice, Written, gathered


class Separators(NamedTuple):
    """What separates the parts of a text (any of its signs), and what a name from its value; which fields matter."""

    between: str = ""
    inside: str = ""
    fields: frozenset[str] = frozenset()


NO_SEPARATORS = Separators()


MAX_NAME = 64

_FIELD = re.compile(r"&([^&=]*)=([^&]*)")
_LITERAL = re.compile(r"([A-Za-z0-9_]{1,32}):(?:'([^'\\]*)'|(true|false)|(-?[0-9]{1,15}))(?:,|\Z)")
_HEAD = re.compile(r"([0-9]{1,15}):([^:]*):([0-9a-f]{0,64}):", re.DOTALL)


def split_pairs(text: str, separators: Separators) -> tuple[list[tuple[str, str]], bool]:
    """The (name, value) pairs of a text, and whether it holds nothing else."""
    between, inside = separators.between, separators.inside
    for sign in between[1:]:
        text = text.replace(sign, between[0])
    pairs: list[tuple[str, str]] = []
    whole = True
    for part in text.split(between[0]):
        name, found, value = part.partition(inside)
        if found and 0 < len(name) <= MAX_NAME and name.isprintable():
            pairs.append((name, value))
        elif part:
            whole = False
    return pairs, whole


def read_query(text: str, separators: Separators) -> Written:
    """A query string: `name=value&name=value`, a plus sign for a space."""
    pairs = _FIELD.findall("&" + text)
    tree, once = gathered(pairs)
    # Most fields of a long query are no answers, and need not be decoded.
    for name in separators.fields:
        if name in tree:
            value = tree[name]
            tree[name] = Twice(map(_unescaped, value)) if isinstance(value, Twice) else _unescaped(value)
    return Written(tree, whole=once and len(pairs) == text.count("&") + 1)


def _unescaped(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    # A list of groups holds these two alone, and they cannot become part of another sequence.
    text = text.replace("%3A", ":").replace("%2C", ",")
    return unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text


def read_pairs(text: str, separators: Separators) -> Written:
    """Names and values in a row, with separators of the platform's own."""
    plain, is_clean = unquoted(text)
    bare = plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain
    pairs, whole = split_pairs(bare, separators)
    tree, once = gathered(pairs)
    return Written(tree, whole=is_clean and whole and once and bool(pairs) and '"' not in bare)


def read_literal(text: str, separators: Separators) -> Written:
    """An object literal of JavaScript, `{name:'text',name:true}`; a bare `0` or `-1` is none yet."""
    if text in {"0", "-1"}:
        return Written({})
    plain, is_clean = unquoted(text)
    inner = plain[1:-1] if plain[:1] == "{" and plain[-1:] == "}" else plain.lstrip("{")
    pairs, length = [], 0
    for match in _LITERAL.finditer(inner):
        length += len(match[0])
        pairs.append((match[1], _scalar(match)))
    tree, once = gathered(pairs)
    whole = is_clean and once and bool(pairs) and length == len(inner) == len(plain) - 2
    return Written(tree, whole=whole)


def _scalar(match: re.Match[str]) -> str | bool | int:
    if match[2] is not None:
        return match[2]
    return match[3] == "true" if match[3] else int(match[4])


def read_object(text: str, separators: Separators) -> Written:
    """JSON: raw, percent-encoded, in base64, or packed by gzip."""
    found = read_json(text)
    return Written(None, whole=False) if found is None else Written(found.value, whole=found.whole)


def read_word(text: str, separators: Separators) -> Written:
    """One word."""
    plain, is_clean = unquoted(text)
    return Written(plain, whole=is_clean)


def read_list(text: str, separators: Separators) -> Written:
    """A row of words between separators, with one before and after: what was cut off shows."""
    plain, is_clean = unquoted(text)
    sign = separators.between
    is_closed = plain.startswith(sign) and plain.endswith(sign)
    return Written([part for part in plain.split(sign) if part], whole=is_clean and is_closed)


def read_columns(text: str, separators: Separators) -> Written:
    """Columns between separators, some of them empty."""
    plain, is_clean = unquoted(text)
    columns = plain.split(separators.between)
    return Written(dict(zip(map(str, range(len(columns))), columns, strict=True)), whole=is_clean and len(columns) > 1)


def read_headed(text: str, separators: Separators) -> Written:
    """A time, ids and a hash between colons, then JSON."""
    plain, is_clean = unquoted(text)
    head = _HEAD.match(plain)
    found = parse(plain[head.end() :]) if head else None
    if not head or found is None:
        return Written(None, whole=False)
    return Written({"time": head[1], "hash": head[3], "body": found.value}, whole=is_clean and found.whole)


def read_several(texts: Mapping[str, Sequence[str]]) -> Written:
    """Several cookies, each with one answer; their names without the beginning they share."""
    pairs: list[tuple[str, Any]] = []
    whole = True
    for name, values in texts.items():
        for value in values:
            plain, is_clean = unquoted(value)
            whole = whole and is_clean
            pairs.append((name, plain))
    tree, once = gathered(pairs)
    return Written(tree, whole=whole and once)


def read_form(form: str, text: str, separators: Separators) -> Written:
    """The cookie by the form of the table; whatever is longer than a cookie can be is unreadable."""
    return FORMS[form](text, separators) if len(text) <= MAX_TEXT else Written(None, whole=False)


FORMS: dict[str, Callable[[str, Separators], Written]] = {
    "query": read_query,
    "pairs": read_pairs,
    "literal": read_literal,
    "json": read_object,
    "word": read_word,
    "list": read_list,
    "columns": read_columns,
    "headed": read_headed,
}

# The form of a platform whose cookies are read together, and of one whose cookies nobody can read.
SEVERAL, OPAQUE = "several", "opaque"
