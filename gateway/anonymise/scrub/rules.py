"""Read the operator's own rules for the scrubber, or say everything that is wrong with them.

keys: {national_id: [versichertennr], user_id: [clubnr]}
harmless: [filiale_tel]
patterns:
  - {name: club card, pattern: 'CL-[0-9]{8}', label: USER_ID}
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gateway import marked_yaml
from gateway.anonymise.scrub.keys import Key
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.own import OwnPattern
from gateway.errors import ConfigurationError, Finding
from gateway.marked_yaml import Document, Path

MOST = 500
LONGEST_PATTERN = 200
MOST_REPEATS = 64
MOST_WAYS = 4096

_PARTS = ("keys", "harmless", "patterns")
_PIECE = re.compile(
    r"\\[dwsDWSb.+*?()\[\]{}|\\/^$-]|\[\^?(?:\\[\]\\dws^-]|[^\]\\\[])+\]|\(\?:|[()|?]|\{(\d{1,3})(?:,(\d{1,3}))?\}|[^\\()\[\]{}|?*+^$]"
)


class ScrubRules(NamedTuple):
    """What an operator adds to the shipped rules. `keys` maps a heading of the table of names to further names."""

    keys: Mapping[str, tuple[str, ...]] = {}
    harmless: tuple[str, ...] = ()
    patterns: tuple[OwnPattern, ...] = ()


def read_rules(text: str, file: str) -> ScrubRules:
    """The rules of a file. ConfigurationError with every finding (G070)."""
    document = marked_yaml.load(text, file)
    value = document.value if isinstance(document.value, dict) else {}
    findings = [*document.findings, *_strange(document)]
    keys, harmless = _keys(document, findings), _words(document, ("harmless",), value.get("harmless", []), findings)
    patterns = tuple(_patterns(document, findings))
    if findings:
        raise ConfigurationError(findings)
    return ScrubRules(keys, harmless, patterns)


def pattern_problem(pattern: str) -> str:
    """Why a pattern is refused, or nothing.

    Letters, classes and groups; `?` and `{m,n}` up to 64 on single signs, of which no more than 4096 combinations: no
    `*`, `+`, look-around or back-reference, so that the time a search takes is bounded by the length of the text.
    """
    if not 0 < len(pattern) <= LONGEST_PATTERN:
        return f"a pattern has 1 to {LONGEST_PATTERN} characters"
    place, ways, closed = 0, 1, True
    while place < len(pattern):
        piece = _PIECE.match(pattern, place)
        if piece is None:
            return f"at character {place + 1}: only single signs, classes, (?:…), |, ? and {{m,n}} are read"
        if piece[0][0] in "?{":
            least, most = int(piece[1] or 0), int(piece[2] or piece[1] or 1)
            if closed or most > MOST_REPEATS:
                return f"at character {place + 1}: only a single sign is repeated, at most {MOST_REPEATS} times"
            ways *= max(1, most - least + 1)
        closed = piece[0][0] in "?{()|"
        place = piece.end()
    if ways > MOST_WAYS:
        return f"more than {MOST_WAYS} combinations of lengths"
    return _compiled_problem(pattern)


def _compiled_problem(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"not a regular expression: {error.msg}"
    return "it matches nothing at all" if compiled.match("") else ""


def _strange(document: Document) -> Iterator[Finding]:
    if not isinstance(document.value, dict):
        yield _finding(document, (), f"the file is a mapping of {', '.join(_PARTS)}")
        return
    for name in document.value:
        if name not in _PARTS:
            yield _finding(document, (name,), f'unknown part "{name}"', f"known: {', '.join(_PARTS)}")


def _keys(document: Document, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    given = document.value.get("keys", {}) if isinstance(document.value, dict) else {}
    if not isinstance(given, dict):
        findings.append(_finding(document, ("keys",), "keys is a mapping of headings to lists of names"))
        return {}
    known = {key.value for key in Key}
    for heading in given.keys() - known:
        findings.append(
            _finding(document, ("keys", heading), f'unknown heading "{heading}"', f"known: {', '.join(sorted(known))}")
        )
    return {
        heading: _words(document, ("keys", heading), words, findings)
        for heading, words in given.items()
        if heading in known
    }


def _words(document: Document, path: Path, value: Any, findings: list[Finding]) -> tuple[str, ...]:
    right = isinstance(value, list) and len(value) <= MOST and all(isinstance(word, str) and word for word in value)
    if not right:
        findings.append(_finding(document, path, f"a list of at most {MOST} names"))
    return tuple(value) if right else ()


def _patterns(document: Document, findings: list[Finding]) -> Iterator[OwnPattern]:
    given = document.value.get("patterns", []) if isinstance(document.value, dict) else []
    if not isinstance(given, list) or len(given) > MOST:
        findings.append(_finding(document, ("patterns",), f"patterns is a list of at most {MOST}"))
        return
    for index, entry in enumerate(given):
        path: Path = ("patterns", index)
        if not isinstance(entry, dict) or entry.keys() != {"name", "pattern", "label"}:
            findings.append(_finding(document, path, "a pattern has a name, a pattern and a label"))
        elif entry["label"] not in Label.__members__:
            hint = f"known: {', '.join(Label.__members__)}"
            findings.append(_finding(document, (*path, "label"), "no label of the scrubber", hint))
        elif problem := pattern_problem(str(entry["pattern"])):
            findings.append(Finding(document.file, *document.at((*path, "pattern")), "G070", problem))
        else:
            yield OwnPattern(str(entry["name"]), re.compile(entry["pattern"]), Label[entry["label"]])


def _finding(document: Document, path: Path, message: str, hint: str = "") -> Finding:
    return Finding(document.file, *document.key_at(path), "G070", message, hint)
