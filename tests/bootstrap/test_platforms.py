import pytest

from gateway.bootstrap.collecting import reader
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.platforms import platforms
from gateway.errors import ConfigurationError
from tests.bootstrap.configuration import GATEWAY, POLICY, write

TRUST = "signals: {trust: [{source: cmp, vendor: VENDOR}]}\ndestinations:\n"
NOW = 1_795_392_000.0  # 2026-11-23


def policy(vendor):
    return POLICY.replace("destinations:\n", TRUST.replace("VENDOR", vendor))


def plan(directory, cmps, vendor="klaro"):
    return read_plan(write(directory, GATEWAY + f"consent: {{cmps: {cmps}}}\n", policy(vendor)))


def findings(directory, cmps):
    with pytest.raises(ConfigurationError) as caught:
        plan(directory, cmps)
    return [finding for finding in caught.value.findings if finding.severity == "error"]


def granted(plan, cookie, site="shop"):
    signals = reader(plan).read_parts({b"cookie": [cookie]}, (), site, NOW).signals
    return {vote.purpose for vote in signals.votes if vote.grant and vote.explicit}


def test_what_a_site_made_of_its_platform_is_what_counts(tmp_path):
    cookie = b'klaro={"matomo":true}'
    assert granted(plan(tmp_path, "{}"), cookie) == set()
    assert granted(plan(tmp_path, "{klaro: {services: {matomo: analytics}}}"), cookie) == {"visits"}
    assert granted(plan(tmp_path, "{klaro: {matomo: analytics}}"), cookie) == {"visits"}


def test_a_site_may_have_words_of_its_own(tmp_path):
    cmps = "{klaro: {matomo: analytics, sites: {shop: {cookie: shop_consent, ads: advertising}}}}"
    found = plan(tmp_path, cmps)
    assert granted(found, b'shop_consent={"matomo":true,"ads":true}') == {"visits", "ads"}
    assert granted(found, b'klaro={"matomo":true}') == set()
    assert granted(found, b'klaro={"matomo":true}', site="other") == {"visits"}


def test_a_yes_to_another_version_or_from_before_the_first_day_does_not_count(tmp_path):
    cookie = b"cookiefirst-consent={%22performance%22:true,%22advertising%22:true,%22version%22:%223%22,%22timestamp%22:1790841600}"
    for words, grants in (
        ("version: 3", {"visits", "ads"}),
        ("version: 4", set()),
        ("min_date: 2026-10-01", {"visits", "ads"}),
        ("min_date: 2026-10-02", set()),
    ):
        assert granted(plan(tmp_path, f"{{cookiefirst: {{{words}}}}}", "cookiefirst"), cookie) == grants


@pytest.mark.parametrize(
    ("cmps", "hint"),
    [
        ("{klaroo: {}}", 'did you mean "klaro"?'),
        ("{klaro: {services: {matomo: fun}}}", "cookie, categories"),
        ("{klaro: {matomo: fun}}", "cookie, categories"),
        ("{klaro: {cookie: 'a b'}}", "cookie, categories"),
        ("{klaro: {min_date: soon}}", "cookie, categories"),
        ("{klaro: {version: [1]}}", "cookie, categories"),
        ("{klaro: {sites: {nowhere: {}}}}", ""),
        ("{klaro: {version: 3}}", ""),
        ("{klaro: {sites: {shop: {version: 3}}}}", ""),
        ("{klaro: {sites: {shop: 1}}}", ""),
        ("{klaro: {sites: [shop]}}", ""),
    ],
)
def test_words_that_mean_nothing_keep_the_gateway_from_starting(tmp_path, cmps, hint):
    (finding,) = findings(tmp_path, cmps)
    assert (finding.code, finding.line) == ("G032", GATEWAY.count("\n") + 1)
    assert finding.hint.startswith(hint)


def test_a_wrong_word_is_shown_where_it_stands(tmp_path):
    line = "consent: {cmps: {klaro: {services: {matomo: fun}}}}\n"
    (finding,) = findings(tmp_path, "{klaro: {services: {matomo: fun}}}")
    assert finding.column == line.index("matomo") + 1


def test_what_is_not_said_is_as_the_table_has_it(tmp_path):
    known, wrong = platforms(plan(tmp_path, "{klaro: {matomo: analytics}}").configured)
    assert (known["fides"], wrong) == (platforms(plan(tmp_path, "{}").configured)[0]["fides"], [])


@pytest.mark.parametrize(
    ("vendor", "told"),
    [("osano", "let the page send"), ("inmobi", "trust {source: tcf}"), ("nobody", "read are: adobe")],
)
def test_a_trusted_platform_that_cannot_be_read_is_warned_about(tmp_path, vendor, told):
    (warning,) = [each for each in plan(tmp_path, "{}", vendor).warnings if each.code == "G027"]
    assert warning.severity == "warning"
    assert told in warning.hint
