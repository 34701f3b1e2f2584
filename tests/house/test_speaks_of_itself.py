"""The project speaks of itself alone: no path of a machine, no note to oneself, nothing of how it was made."""

import re

import pytest

from tests.house.tree import files, name

# Written in pieces, so that this file is not itself a finding.
FORBIDDEN = {
    "a path of somebody's machine": r"/wor" + r"k/|/roo" + r"t/|/home/(?!visitor\b)[a-z]+/|/Use" + r"rs/",
    "another folder than this": r"\.\./shar" + r"ed",
    "a note to oneself": r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b",
    # Some of these names are crawlers or vendors too: what counts is that something was made with them.
    "how it was made": r"(?i)\b(by|with|from|using|of|via)\s+(an?\s+)?(chat"
    + r"gpt|cla"
    + r"ude|open"
    + r"ai|anth"
    + r"ropic|copi"
    + r"lot|llm|language model)\b|\bai-gen"
    + r"erated\b|co-author"
    + r"ed-by",
    "a tracker's number": r"(?i)\bissue #?\d+\b|\bcloses #\d+\b",
}
DATA = (".jsonl", ".csv", ".lock", ".png", ".gif", ".ico", "package-lock.json")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_says(what):
    pattern = re.compile(FORBIDDEN[what])
    found = []
    for path in files():
        if path.name.endswith(DATA):
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [
            f"{name(path)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(lines, 1)
            if pattern.search(line)
        ]
    assert found == []


def test_no_check_is_silenced_without_its_name():
    bare = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))")
    found = [name(path) for path in files(".py") if bare.search(path.read_text(encoding="utf-8"))]
    assert found == []
