import pytest

from gateway.errors import ConfigurationError
from gateway.taxonomy import ISSUER_OF
from gateway.vendors.issuers import company_of
from gateway.vendors.manifest import load_manifest


def refused(text, file):
    with pytest.raises(ConfigurationError) as error:
        load_manifest(text, file)
    return [(finding.code, finding.message) for finding in error.value.findings]


def test_a_click_id_of_another_company_is_found(texts):
    broken = texts["meta.yaml"].replace("fbc: = click.fbc", "fbc: = click.gclid")
    assert refused(broken, "meta.yaml") == [
        ("M011", "user_data.fbc: click.gclid was issued by google and goes to meta")
    ]


def test_a_manifest_cannot_claim_to_be_another_company(texts):
    claims = texts["meta.yaml"].replace("  vendor: Meta", "  vendor: Meta\n  company: google")
    assert ("M011", "the requests go to meta, not to google") in refused(claims, "meta.yaml")


def test_a_click_id_goes_to_no_address_that_nobody_knows(texts):
    broken = texts["ga4.yaml"].replace("  company: google\n", "")
    assert [code for code, _ in refused(broken, "ga4.yaml")] == ["M011"]


def test_a_manifest_tells_which_click_ids_its_company_issued(texts):
    def issued(file, text=None):
        return load_manifest(text or texts[file], file).clicks

    assert issued("meta.yaml") == {"click.fbc"}
    assert issued("ga4.yaml") == {"click.gclid"}
    assert issued("linkedin.yaml") == {"click.li_fat_id"}
    assert issued("webhook.yaml") == frozenset()
    own = issued("webhook.yaml", texts["webhook.yaml"].replace("company: operator", "company: google"))
    assert own == {f"click.{name}" for name, company in ISSUER_OF.items() if company == "google"}


@pytest.mark.parametrize(
    ("url", "company"),
    [
        ("https://graph.facebook.com/v25.0/{{ account }}/events", "meta"),
        ("https://ADS-API.x.com/12", "x"),
        ("https://x.com", "x"),
        ("https://datamanager.googleapis.com/v1/events:ingest", "google"),
        ("https://notfacebook.com/", ""),
        ("https://facebook.com.evil.example/", ""),
        ("https://{{ settings.host }}/mp/collect", ""),
        ("https://{{ settings.host }}.google.com/", ""),
        ("{{ settings.url }}", ""),
        ("http://graph.facebook.com/", ""),
    ],
)
def test_the_company_is_told_by_the_domain_of_the_request(url, company):
    assert company_of({}, url) == company
