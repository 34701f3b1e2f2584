import re

import jsonschema
import pytest

from gateway.marked_yaml import load
from gateway.policy import schema
from gateway.policy.json_schema import pack_schema, policy_schema
from tests.policy.made import HERE, PACK, POLICIES, ROOT, SMALL, codes, resolve

jsonschema.Draft202012Validator.check_schema(policy_schema())
jsonschema.Draft202012Validator.check_schema(pack_schema())
POLICY = jsonschema.Draft202012Validator(policy_schema())
BARE = SMALL + "always: [{name: n, when: {gpc: yes}, deny: [meta]}]\n"


def errors(text):
    value = load(text, "policy.yaml").value
    return [(list(error.absolute_path), error.validator) for error in POLICY.iter_errors(value)]


@pytest.mark.parametrize("name", ["shop", "starter"])
def test_the_shipped_policies_are_valid(name):
    assert errors((POLICIES / f"{name}.yaml").read_text("utf-8")) == []


def test_the_shipped_pack_is_valid():
    text, file = resolve(PACK)
    jsonschema.Draft202012Validator(pack_schema()).validate(load(text, file).value)


def snippets():
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.S):
            if block.startswith("policy: 1"):
                yield page.name, block


@pytest.mark.parametrize(("page", "block"), list(snippets()))
def test_the_policies_of_the_documentation_are_valid(page, block):
    assert errors(block) == []


# What a schema can see of the broken policy; it cannot know other keys' names, the pack, or which words are purposes.
SEEN = {
    "P020": ["purposes", "visits", "family"],
    "P063": ["profiles", "p", "ip"],
    "P062": ["profiles", "p"],
    "P040": ["regions", "gb", "consent", "valid_for"],
    "P012": ["regions", "benelux", "match", 2],
    "P070": ["destinations", "meta"],
    "P060": ["destinations", "meta", "fields", 1],
    "P051": ["destinations", "orphan"],
    "P081": ["tests", 0],
    "P001": ["tests", 0, "given"],
}


def test_what_a_schema_can_see_of_the_broken_policy_is_refused():
    found = [path for path, _ in errors((HERE / "broken.yaml").read_text("utf-8"))]
    assert [code for code, path in SEEN.items() if path not in found] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("policy: 1", "policy: 2"),
        ("name: small", "nmae: small"),
        ("family: advertising", "family: ads"),
        ("profile: strict", "profil: strict"),
        ("ip: drop", "ip: dropped"),
        ("match:", "matches:"),
        ('["*"]', "[LUX]"),
        ("advertising: opt_in", "advertising: opt-in"),
        ("valid_for: 100d", "valid_for: 100 days"),
        ("under: 16", "under: 30"),
        ("party: third", "party: thrid"),
        ("    controller_country: US\n", ""),
        ("controller_country: US", "controller_country: USA"),
        ("events: {view: [ads]}", "events: {view: []}"),
        ("events: {view: [ads]}", "events: {}"),
        ("    fields: [page.url]\n    anonymise", "    fields: [page.uri]\n    anonymise"),
        ("region: FR", "regoin: FR"),
        ("region: FR", "region: France"),
        ("{meta: deny}", "{meta: denied}"),
        ("{meta: deny}", "{meta: deny (whim)}"),
        ("when: {gpc: yes}", "when: {gpc: on}"),
        (", deny: [meta]", ""),
        ("always:", "alway:"),
    ],
)
def test_schema_and_loader_refuse_the_same_slips(old, new):
    assert errors(BARE) == [] == codes(text=BARE)
    assert errors(BARE.replace(old, new, 1)) != []
    assert codes(old, new, BARE) != []


def test_the_schema_has_every_key_of_the_tables():
    drawn = policy_schema()["properties"]
    assert list(drawn) == list(schema.POLICY)
    for name, keys in (("purposes", schema.PURPOSE), ("regions", schema.REGION), ("destinations", schema.DESTINATION)):
        assert list(drawn[name]["additionalProperties"]["properties"]) == list(keys)
