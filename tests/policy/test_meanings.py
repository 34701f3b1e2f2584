import pytest

from gateway.consent.meaning import CATEGORIES_OF, GOOGLE_OF, TCF_OF
from gateway.policy.compile import read_policy
from gateway.policy.meanings import WORDS, Words

POLICY = """policy: 1
name: small
version: "1"
purposes:
  ads: {{label: Ads, family: {family}, sale_or_share: true{more}}}
regions:
  world: {{match: ["*"], basis: {{ads: opt_in}}}}
signals:
  trust:
    - {{source: {source}}}
destinations:
  one: {{party: first, events: {{purchase: [ads]}}, fields: [event.name], minors: never}}
"""


def read(more="", family="advertising", source="gateway_receipt"):
    text = POLICY.format(more=f", {more}" if more else "", family=family, source=source)
    return read_policy(text, "small.yaml", lambda name: None)


def codes(reading):
    return [finding.code for finding in reading.findings if finding.severity == "error"]


def test_a_purpose_that_says_nothing_leaves_it_to_its_family():
    purpose = read().policy.purposes["ads"]
    assert (purpose.tcf, purpose.google, purpose.cmp) == Words()


def test_a_purpose_may_ask_for_the_part_of_its_family_that_it_needs():
    purpose = read("tcf: [1, 7], google: [ad_storage, ad_user_data], cmp: [advertising]").policy.purposes["ads"]
    assert (purpose.tcf, purpose.google, purpose.cmp) == ((1, 7), ("ad_storage", "ad_user_data"), ("advertising",))


@pytest.mark.parametrize(
    "more",
    ["tcf: [7]", "tcf: [1, 5]", "tcf: [1, 25]", "tcf: []", "tcf: 1", 'tcf: ["1"]', "tcf: [true, 7]", "tcf: [1, [7]]",
     "google: [analytics_storage]", "google: [ad_storage, x]", "cmp: [analytics]", "cmp: [unknown]", "cmp: {a: b}"],
)  # fmt: skip
def test_what_is_outside_the_family_is_an_error(more):
    reading = read(more)
    assert set(codes(reading)) == {"P025"}
    assert reading.policy is None


@pytest.mark.parametrize("family", ["necessary", "email_open", "sensitive"])
def test_a_family_without_words_of_others_cannot_be_given_any(family):
    assert "P025" in codes(read("tcf: [1]", family))


def test_legitimate_interest_belongs_to_a_line_about_tc_strings():
    for source in ("tcf, legitimate_interest: true", "gpp, legitimate_interest: yes"):
        assert read(source=source).policy.trust[0].legitimate_interest
    assert not read(source="tcf").policy.trust[0].legitimate_interest
    assert "P026" in codes(read(source="cmp, vendor: onetrust, legitimate_interest: true"))
    assert "P004" in codes(read(source="tcf, legitimate_interest: maybe"))


def test_what_a_family_means_by_default_is_within_what_it_may_ask_for():
    for family, meaning in TCF_OF.items():
        assert set(map(int, meaning.needs)) <= set(WORDS[family].tcf)
    for family, meaning in GOOGLE_OF.items():
        assert set(meaning.vetoes) <= set(WORDS[family].google)
    for family, words in WORDS.items():
        assert set(CATEGORIES_OF[family].needs) <= set(words.cmp)
