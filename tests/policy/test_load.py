import pytest

from gateway.policy.load import DEFAULT_SIGNALS, open_document, read_draft
from tests.policy.made import POLICIES, SMALL, codes, findings


def draft(text):
    return read_draft(open_document(text, "file.yaml"))


def test_the_shop_is_read_whole():
    shop = draft((POLICIES / "shop.yaml").read_text("utf-8"))
    assert (shop.name, shop.version, shop.owner) == ("multi-region-shop", "2026-11-23.1", "privacy@shop.example")
    assert (len(shop.purposes), len(shop.destinations)) == (7, 8)
    assert [source.kind for source in shop.trust] == ["gateway_receipt", "cmp", "tcf", "gpp"]
    assert shop.trust[1].map == (("C0002", ("insight",)), ("C0004", ("measure", "retarget", "affiliate")))
    assert shop.signals["gpc"].after_notice
    assert not shop.signals["dnt"].after_notice
    assert shop.destinations["meta"].block_regions == ("CN", "RU")


def test_what_a_policy_does_not_say_of_signals_is_strict():
    small = draft(SMALL)
    assert small.signals == DEFAULT_SIGNALS
    assert [source.kind for source in small.trust] == ["gateway_receipt"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("policy: 1", "policy: 2", "P002"),
        ("policy: 1", "policy: true", "P002"),
        ("name: small", "name: small\nmod: enforce", "P001"),
        ("name: small", "name: small\nmode: enforced", "P018"),
        ("name: small", "name: small\nunknown_subdivision: lax", "P016"),
        ("name: small", "name: 12", "P004"),
        ("name: small", "name: small\nbots: count_only", "P001"),
        ("name: small", "name: small\nbots: feed", "P004"),
        ("party: third", "party: third\n    enabled: yes", "P001"),
        ("party: third", "party: third\n    connector: x", "P001"),
        ("party: third", "party: third\n    without_consent: count_only", "P001"),
        ("party: third", "party: theirs", "P050"),
        ("    party: third\n", "", "P050"),
        ("controller_country: US", "controller_country: USA", "P012"),
        ("party: third", "party: third\n    minors: sometimes", "P004"),
        ("party: third", "party: third\n    block_regions: [CHN]", "P012"),
        ("fields: [page.url]\n    anon", "fields: [page.uri]\n    anon", "P060"),
        ("anonymise: {url: origin}", "anonymise: {uri: origin}", "P062"),
        ("anonymise: {url: origin}", "anonymise: {url: none}", "P063"),
        ("family: advertising", "family: adverts", "P020"),
        ("{label: Ads, family: advertising, sale_or_share: yes}", "{label: Ads}", "P020"),
        ("sale_or_share: yes", "sale_or_share: maybe", "P004"),
        ("destinations:", "signals: {gpc: {refuses: [nothing]}}\ndestinations:", "P021"),
        ("destinations:", "signals: {gpc: {override: always}}\ndestinations:", "P004"),
        ("destinations:", "signals: {trust: [{vendor: x}]}\ndestinations:", "P004"),
        ("destinations:", "signals: {trust: [{source: phone}]}\ndestinations:", "P004"),
        ("destinations:", "signals: {trust: [{source: cmp, map: {C1: [nothing]}}]}\ndestinations:", "P021"),
        ("name: small", "name: small\nname: again", "Y002"),
        ("name: small", "name: small\n? [a]\n: b", "Y003"),
        ("name: small", "name: &anchor small", "Y004"),
        ("name: small", "name: {", "Y001"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(old, new, code):
    assert code in codes(old, new)
    assert any(finding.code == code and finding.severity == "error" for finding in findings(old, new))


@pytest.mark.parametrize("text", ["", "[]", "word", "12"])
def test_what_is_no_mapping_is_no_policy(text):
    assert "P002" in codes(text=text)


def test_a_policy_may_say_what_is_done_anyway():
    assert codes("name: small", "name: small\nbots: drop") == []
    assert codes("party: third", "party: third\n    without_consent: drop") == []
