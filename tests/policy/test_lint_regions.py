import pytest

from gateway.policy.compile import read_pack_file
from tests.policy.made import TODAY, codes, findings

MORE = "destinations:"


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("fr: {match: [FR], inherits: wrld}", "P010"),
        ("fr: {match: [FR], inherits: fr}", "P011"),
        ("fr: {match: ['*'], inherits: world}", "P013"),
        ("fr: {match: [FR], inherits: world, basis: {add: opt_in}}", "P021"),
    ],
)
def test_what_does_not_fit_is_found(region, code):
    assert code in codes(MORE, f"  {region}\n{MORE}")


def test_a_line_of_ancestors_that_never_ends_is_cut():
    chain = "".join(f"  r{number}: {{inherits: r{number + 1}}}\n" for number in range(40))
    found = [one for one in findings(MORE, f"{chain}  r40: {{inherits: world}}\n{MORE}") if one.code == "P011"]
    assert "has too many ancestors" in found[0].message


def test_a_policy_without_a_rest_of_the_world_is_doubtful():
    assert codes('match: ["*"]', "match: [FR]") == ["P014"]


def test_a_law_to_come_is_mentioned_when_somebody_asks_on_a_day():
    line = f"  fr: {{match: [FR], inherits: world, applies_from: '2026-12-01'}}\n{MORE}"
    assert codes(MORE, line) == []
    assert codes(MORE, line, today=TODAY) == ["P015"]
    assert codes(MORE, line, today=TODAY + 6) == []


def test_the_unknown_must_be_strictest_or_a_region_that_exists():
    assert codes("name: small", "name: small\nunknown_region: strictest") == []
    assert codes("name: small", "name: small\nunknown_region: strict") == ["P016"]
    assert codes("name: small", "name: small\nunknown_region: world") == ["P017"]
    assert codes("name: small", "name: small\nunknown_subdivision: country") == ["P017"]


def test_a_pack_is_held_to_the_same():
    regions = "a: {match: [FR], inherits: c}, b: {match: [FR], basis: {advertising: opt_in}}"
    found = read_pack_file(f"pack: p\nregions: {{{regions}}}\n", "p.yaml").findings
    assert sorted(one.code for one in found) == ["P010", "P013"]
