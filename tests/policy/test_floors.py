import pytest

from gateway.policy.compile import read_policy
from tests.policy.made import PACK, SMALL, codes, findings

WORLD = """  world:
    match: ["*"]
    basis: {audience_measurement: opt_in, advertising: opt_in}
    consent: {valid_for: 100d}
    minors: {under: 16}
"""


def on_pack(regions, text=SMALL):
    """The small policy on the shipped pack, with these regions in place of its own."""
    assert WORLD in text
    return text.replace("name: small", f"name: small\nextends: {PACK}").replace(WORLD, regions)


def told(regions):
    return [(one.code, one.message) for one in findings(text=on_pack(regions)) if one.severity == "error"]


@pytest.mark.parametrize(
    ("region", "change"),
    [
        ("fr: {basis: {ads: opt_out}}", "ads from opt_in to opt_out"),
        ("fr: {basis: {advertising: notice}}", "advertising from opt_in to notice"),
        ("fr: {signals: {dnt: ignore}}", "dnt from honour to ignore"),
        ("fr: {consent: {valid_for: 1y}}", "valid_for from 180d to 365d"),
        ("fr: {minors: {under: 13}}", "the age of consent from 15 to 13"),
        ("mine: {match: [AQ], basis: {ads: notice}}", "ads from opt_in to notice"),
        ("mine: {inherits: fr, match: [AQ], basis: {ads: notice}}", "ads from opt_in to notice"),
    ],
)
def test_loosening_needs_a_reason(region, change):
    name = region.partition(":")[0]
    assert ("P030", f'region "{name}" loosens {change} without saying why') in told(f"  {region}\n")
    excused = region.replace("{", "{because: 'the board decided on 2026-11-01', ", 1)
    assert told(f"  {excused}\n") == []


def test_a_reason_must_have_a_word_in_it():
    for silence in ("", " ", "…", "-"):
        assert told(f"  fr: {{because: '{silence}', basis: {{ads: opt_out}}}}\n")[0][0] == "P030"
    assert told("  fr: {because: CNIL, basis: {ads: opt_out}}\n") == []


def test_another_parent_can_loosen_too():
    assert "P030" in [code for code, _ in told("  ca-qc: {inherits: ar, basis: {audience_measurement: notice}}\n")]
    moved = told("  lv: {inherits: us}\n")
    assert ("P030", 'region "lv" loosens ads from opt_in to opt_out without saying why') in moved


@pytest.mark.parametrize(
    "region",
    [
        "fr: {basis: {ads: prohibited, audience_measurement: opt_in}}",
        "fr: {consent: {valid_for: 30d}, minors: {under: 18}, ceiling: {url: origin}}",
        "us: {signals: {gpc: binding}}",
        "mine: {match: [AQ], inherits: world}",
        "gb: {basis: {visits: opt_out}}",
    ],
)
def test_tightening_needs_none(region):
    assert told(f"  {region}\n") == []


@pytest.mark.parametrize("region", ["us-ca: {signals: {gpc: ignore}}", "us-ca: {signals: {gpc: honour}}"])
def test_a_binding_signal_cannot_be_weakened_for_any_reason(region):
    message = 'GPC is legally binding in region "us-ca" and cannot be weakened'
    assert told(f"  {region}\n") == [("P031", message)]
    excused = region.replace("{", "{because: 'the board decided on 2026-11-01', ", 1)
    assert told(f"  {excused}\n") == [("P031", message)]


def test_a_region_cannot_be_moved_away_from_a_binding_signal():
    assert "P031" in [code for code, _ in told("  mine: {inherits: us-ca, match: [AQ], signals: {gpc: honour}}\n")]


def test_gpc_must_be_able_to_refuse_sale_where_it_binds():
    signals = "signals: {gpc: {refuses: [visits]}}\ndestinations:"
    text = on_pack("").replace("destinations:", signals).replace("regions:\n", "")
    assert [one.code for one in findings(text=text) if one.severity == "error"] == ["P031"]
    fine = text.replace("refuses: [visits]", "refuses: [sale_or_share]")
    assert [one.code for one in findings(text=fine) if one.severity == "error"] == []


def test_without_a_pack_there_is_no_floor():
    assert codes("advertising: opt_in", "advertising: notice") == []


@pytest.mark.parametrize("signal", ["gpc", "dnt"])
def test_neither_signal_is_weakened_where_it_binds(signal):
    pack = f"pack: p\nregions:\n  fr: {{match: [FR], basis: {{advertising: opt_in}}, signals: {{{signal}: binding}}}}\n"
    text = SMALL.replace("name: small", "name: small\nextends: p.yaml").replace(
        "destinations:", f"  fr: {{because: the board said so, signals: {{{signal}: honour}}}}\ndestinations:"
    )
    found = read_policy(text, "small.yaml", lambda name: (pack, name)).findings
    assert [(one.code, one.message) for one in found if one.severity == "error"] == [
        ("P031", f'{signal.upper()} is legally binding in region "fr" and cannot be weakened')
    ]


SOME = """\
pack: p
regions:
  fr: {match: [FR], basis: {advertising: opt_in}, signals: {gpc: binding}, minors: {under: 18}}
  de: {match: [DE], basis: {advertising: notice}, minors: {under: 13}}
  world: {match: ["*"], basis: {advertising: opt_in}, minors: {under: 16}}
"""


@pytest.mark.parametrize(
    ("codes", "region", "fine"),
    [
        ("'@EU'", "basis: {ads: opt_in}, minors: {under: 16}", True),
        ("'@EU'", "basis: {ads: opt_out}, minors: {under: 16}", False),
        ("'@EU'", "basis: {ads: opt_in}, minors: {under: 15}", False),
        ("JP", "basis: {ads: opt_in}, minors: {under: 16}", True),
        ("JP", "basis: {ads: notice}, minors: {under: 16}", False),
        ("FR-75", "basis: {ads: opt_in}, signals: {gpc: binding}, minors: {under: 18}", True),
        ("FR-75", "basis: {ads: opt_in}, minors: {under: 18}", False),
        ("DE-BE", "basis: {ads: notice}, minors: {under: 13}", True),
    ],
)
def test_a_new_region_is_held_against_what_governed_its_places_before(codes, region, fine):
    text = SMALL.replace("name: small", "name: small\nextends: p.yaml").replace(
        WORLD, f"  mine: {{match: [{codes}], {region}}}\n"
    )
    found = read_policy(text, "small.yaml", lambda name: (SOME, name)).findings
    assert ([one.code for one in found if one.severity == "error"] == []) is fine


@pytest.mark.parametrize(
    ("levels", "refuses", "found"),
    [
        ("gpc: binding", "[visits]", [("P031", "GPC is legally binding in 1 regions and must refuse sale_or_share")]),
        ("gpc: binding", "[sale_or_share]", []),
        ("gpc: binding", "[everything_else]", []),
        ("gpc: honour", "[visits]", []),
        ("dnt: binding", "[visits]", []),
    ],
)
def test_what_gpc_refuses_matters_only_where_it_binds(levels, refuses, found):
    pack = f"pack: p\nregions:\n  fr: {{match: [FR], basis: {{advertising: opt_in}}, signals: {{{levels}}}}}\n"
    text = SMALL.replace("name: small", "name: small\nextends: p.yaml").replace(
        "destinations:", f"signals:\n  dnt: {{refuses: []}}\n  gpc: {{refuses: {refuses}}}\ndestinations:"
    )
    told = [
        one for one in read_policy(text, "small.yaml", lambda name: (pack, name)).findings if one.severity == "error"
    ]
    assert [(one.code, one.message) for one in told] == found
    assert [(one.line, one.column) for one in told] == [(17, 18)] * len(found)


@pytest.mark.parametrize("signal", ["gpc", "dnt"])
def test_either_signal_is_loosened_with_a_reason_only(signal):
    text = on_pack(f"  fr: {{signals: {{{signal}: ignore}}}}\n")
    assert [one.message for one in findings(text=text) if one.code == "P030"] == [
        f'region "fr" loosens {signal} from honour to ignore without saying why'
    ]


def test_a_region_may_ask_less_than_another_of_the_same_policy_where_no_pack_says_more():
    rows = "  fr: {match: [FR], inherits: world, basis: {ads: notice}, signals: {gpc: ignore}, minors: {under: 13}}\n"
    text = SMALL.replace("destinations:", f"{rows}destinations:").replace("    basis:", "    signals: {gpc: binding}\n    basis:", 1)  # fmt: skip
    assert codes(text=text) == []
