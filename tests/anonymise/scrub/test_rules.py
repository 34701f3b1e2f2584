import pytest

from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.rules import pattern_problem, read_rules
from gateway.errors import ConfigurationError


def findings(text):
    with pytest.raises(ConfigurationError) as raised:
        read_rules(text, "rules.yaml")
    return [(finding.code, finding.line) for finding in raised.value.findings]


def test_rules_are_read_as_they_stand():
    rules = read_rules(
        "keys: {email: [kontaktadr]}\nharmless: [x]\npatterns: [{name: a, pattern: 'A[0-9]{4}', label: HEALTH}]", "f"
    )
    assert (rules.keys, rules.harmless) == ({"email": ("kontaktadr",)}, ("x",))
    assert (rules.patterns[0].pattern.pattern, rules.patterns[0].label) == ("A[0-9]{4}", Label.HEALTH)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("G070", 1)]), ("- a", [("G070", 1)]), ("other: 1", [("G070", 1)]), ("keys: [a]", [("G070", 1)]),
        ("keys:\n  unheard: [a]", [("G070", 2)]), ("keys:\n  email: a", [("G070", 2)]), ("harmless: a", [("G070", 1)]), ("harmless: [1]", [("G070", 1)]),
        ("patterns: a", [("G070", 1)]), ("patterns:\n  - a", [("G070", 2)]), ("patterns:\n  - {name: a, pattern: b}", [("G070", 2)]),
        ("patterns:\n  - {name: a, pattern: b, label: UNHEARD}", [("G070", 2)]), ("patterns:\n  - {name: a, pattern: 'b+', label: IP}", [("G070", 2)]),
        ("harmless: [a]\nharmless: [b]", [("Y002", 2)]),
    ],
)  # fmt: skip
def test_everything_wrong_is_told_with_its_place(text, expected):
    assert findings(text) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "CL-[0-9]{8}",
        "(?:AB|CD)[A-Z]{2,4}",
        r"\\d{4}-\\d{4}".replace("\\\\", "\\"),
        "K[0-9]?x",
        "(a|b)c",
        r"\.[^a-z]{3}",
    ],
)
def test_plain_patterns_are_read(pattern):
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    ["", "a*", "a+", "(a{1,9}){1,9}", "(?:a|b)?", "(?=a)", "(?<!a)b", r"(a)\1", "a{1,65}", "a{0,64}b{0,64}c", "a?", "[a", "(a", "x" * 201, "a{2}{3}", "^a", "a$"],
)  # fmt: skip
def test_what_could_take_long_or_means_something_else_is_refused(pattern):
    assert pattern_problem(pattern)
