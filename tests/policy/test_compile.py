import copy
import functools
import hashlib
import json
import operator
import random
import re
from dataclasses import replace

from gateway.marked_yaml import load
from gateway.policy.compile import read_pack_file, read_policy
from tests.policy.made import HERE, PACK, POLICIES, SMALL, TODAY, codes, resolve, shipped, small


def test_the_shipped_policies_and_the_pack_are_without_findings():
    for name in ("starter", "shop"):
        text = (POLICIES / f"{name}.yaml").read_text("utf-8")
        assert read_policy(text, name, resolve, today=TODAY, require_tests=True).findings == []
    assert read_pack_file(*resolve(PACK)).findings == []


def test_a_broken_policy_gets_every_finding_in_the_order_of_its_lines():
    reading = read_policy((HERE / "broken.yaml").read_text("utf-8"), "broken.yaml", resolve)
    lines = [str(finding) for finding in reading.findings]
    lines.append(f"{reading.errors} error(s), {len(reading.findings) - reading.errors} warning(s)")
    assert "\n".join(lines) + "\n" == (HERE / "broken.lint.txt").read_text("utf-8")
    assert reading.policy is None


def test_a_text_with_an_error_is_no_policy():
    reading = read_policy(SMALL.replace("party: third", "party: theirs"), "small.yaml", resolve)
    assert (reading.policy, reading.errors) == (None, 1)
    assert [finding.code for finding in reading.findings if finding.severity == "error"] == ["P050"]


def test_the_fingerprint_is_of_the_bytes_of_policy_and_pack():
    shop = shipped("shop")
    texts = b"".join((POLICIES / name).read_bytes() for name in ("shop.yaml", PACK))
    assert shop.digest == hashlib.sha256(texts).hexdigest()
    assert shop.fingerprint == shop.digest[:16]
    assert small("Visits", "Visit").fingerprint != small().fingerprint


def test_the_terms_of_a_purpose_change_with_what_the_visitor_is_told_and_with_nothing_else():
    def terms(old="", new=""):
        return small(old, new).purposes["ads"].terms

    assert terms("label: Ads", "label: Adverts") != terms()
    assert (
        terms(
            "own: {party: first, events: {view: [visits]}", "own: {party: first, events: {view: [visits], buy: [ads]}"
        )
        != terms()
    )
    assert terms("label: Visits", "label: Counting") == terms()
    assert terms("valid_for: 100d", "valid_for: 99d") == terms()


def test_a_pack_that_is_not_there_or_not_readable_is_an_error():
    assert "P003" in codes("name: small", "name: small\nextends: packs/none.yaml")
    text = SMALL.replace("name: small", "name: small\nextends: it")
    broken = read_policy(text, "small.yaml", lambda name: ("pack: {", "it.yaml"))
    assert [(finding.file, finding.code) for finding in broken.findings if finding.severity == "error"] == [
        ("it.yaml", "Y001")
    ]
    nested = read_policy(text, "small.yaml", lambda name: ("pack: it\nextends: other\n", "it.yaml"))
    assert [(finding.file, finding.code) for finding in nested.findings if finding.severity == "error"] == [
        ("it.yaml", "P001")
    ]


def test_a_pack_speaks_of_families_only():
    findings = read_pack_file("pack: p\nregions:\n  a: {match: ['*'], basis: {ads: opt_in}}\n", "p.yaml").findings
    assert [finding.code for finding in findings] == ["P021"]


def test_blocked_groups_are_blocked_as_countries():
    policy = small("party: third", "party: third\n    block_regions: ['@EEA', US]")
    blocked = policy.destinations["meta"].block_regions
    assert len(blocked) == 31
    assert {"NO", "US"} <= set(blocked)


def test_the_rule_of_a_destination_keeps_its_place():
    rule = small().destinations["meta"]
    assert replace(rule, name="other").place == rule.place
    assert str(rule.place).startswith("small.yaml:")


WORDS = (
    "null",
    "[]",
    "{}",
    "[1]",
    "{a: 1}",
    "12",
    "true",
    "''",
    "[[x]]",
    "{x: {y: z}}",
    "'@EEA'",
    "-1",
    "1.5",
    "[{a: b}]",
    "view",
)
TOKEN = re.compile(r"[A-Za-z_.0-9-]+|\[[^\[\]\n]*\]|\{[^{}\n]*\}")


def test_whatever_is_written_gets_a_policy_or_an_error_and_never_an_exception():
    dice, text = random.Random(12), SMALL.replace("name: small", "name: small\nextends: it")
    pack = "pack: it\nregions: {world: {basis: {advertising: opt_in}, signals: {gpc: binding}}, fr: {match: [FR]}}\n"
    outcomes = set()
    for _ in range(300):
        broken = text
        for _ in range(dice.choice((1, 1, 2, 4))):
            token = dice.choice(list(TOKEN.finditer(broken)))
            broken = broken[: token.start()] + dice.choice(WORDS) + broken[token.end() :]
        reading = read_policy(broken, "broken.yaml", lambda name: (pack, "it.yaml"), today=TODAY)
        assert (reading.policy is None) == (reading.errors > 0)
        outcomes.add(reading.policy is None)
    assert outcomes == {True, False}


JUNK = (
    None,
    True,
    -1,
    1.5,
    "",
    [],
    {},
    [None],
    {"x": None},
    "x",
    ["x"],
    {"a": {"b": []}},
    10**9,
    [[]],
    [{}],
    "*",
    "all",
)


def places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def test_anything_in_the_place_of_anything_is_a_finding_and_never_an_exception():
    dice, fine = random.Random(5), 0
    text = f"{SMALL}always: [{{name: n, when: {{region: [FR], consent: {{ads: yes}}}}, deny: [meta]}}]\n"
    for _ in range(400):
        value = load(text, "policy.yaml").value
        *path, last = dice.choice(list(places(value))[1:])
        inside = functools.reduce(operator.getitem, path, value)
        inside[last] = copy.deepcopy(dice.choice(JUNK))
        reading = read_policy(json.dumps(value), "policy.yaml", resolve, today=TODAY)
        assert reading.policy or reading.errors
        fine += reading.policy is not None
    assert 0 < fine < 200
