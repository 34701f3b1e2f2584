import yaml
from click.testing import CliRunner

from gateway.adopt.page import Found
from gateway.adopt.skeleton import operator_file, policy_file, wanted
from gateway.bootstrap.shipped import manifests
from gateway.cli import main
from gateway.vendors.catalogue import load_catalogue

CATALOGUE = load_catalogue(manifests())
EVERY = [
    Found("pixel", pixel.id, manifest.id, 0, "A", "rewrite", event="page_view")
    for manifest in CATALOGUE.manifests.values()
    for pixel in manifest.pixels
]


def test_every_vendors_pixels_make_a_policy_that_says_no_without_a_yes(tmp_path):
    policy = tmp_path / "policy.yaml"
    text = policy_file(wanted(EVERY, CATALOGUE))
    # A person fills in the countries that nobody else can know.
    policy.write_text(text.replace("# controller_country: XX,", "controller_country: NZ #"))
    result = CliRunner().invoke(main, ["policy", "test", str(policy)])
    assert result.exit_code == 0, result.output


def test_a_country_that_is_not_known_is_asked_for(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(policy_file(wanted([each for each in EVERY if each.vendor == "matomo"], CATALOGUE)))
    result = CliRunner().invoke(main, ["policy", "check", str(policy)])
    assert result.exit_code == 1
    assert 'third-party destination "matomo" needs controller_country' in result.output


def test_every_destination_is_fed_by_its_pixels_and_unconnected_where_it_lacks_something():
    made = yaml.safe_load(operator_file(wanted(EVERY, CATALOGUE), "t.shop.example:8443"))
    assert made["sites"] == {"site": ["t.shop.example"]}
    for name, each in made["destinations"].items():
        manifest = CATALOGUE.manifests[name]
        assert each["sources"] == sorted(pixel.id for pixel in manifest.pixels)
        needs = any(not one.optional and one.default is None for one in manifest.settings.values())
        needs = needs or any(not one.optional for one in manifest.secrets.values())
        assert each.get("enabled", True) is not needs


def test_two_accounts_of_a_vendor_are_left_to_a_person():
    found = [
        Found("pixel", "linkedin_insight", "linkedin", 0, "A", "rewrite", account=account) for account in ("42", "43")
    ]
    text = operator_file(wanted(found, CATALOGUE), "t.shop.example")
    assert "2 accounts were found: 42, 43" in text
    assert "settings" not in yaml.safe_load(text)["destinations"]["linkedin"]


def test_a_word_of_a_page_that_is_no_name_makes_no_event():
    for word in ("true", "null", "a: b", "x}", "1e5", "", "on"):
        (each,) = yaml.safe_load(
            policy_file(wanted([Found("pixel", "meta_pixel", "meta", 0, "A", "rewrite", event=word)], CATALOGUE))
        )["destinations"].values()
        assert each["events"] == {"page_view": ["advertising"]}


def test_a_country_is_told_where_a_company_and_not_the_site_itself_gets_the_events():
    told = {name: manifest.document.value["metadata"].get("country") for name, manifest in CATALOGUE.manifests.items()}
    assert told["tiktok"] == "CN"
    own = {name for name, manifest in CATALOGUE.manifests.items() if manifest.own}
    assert own >= {"jsonl", "parquet", "webhook", "email_opens"} and not any(told[vendor] for vendor in own)
    assert told["matomo"] is None


def test_what_stays_with_the_site_is_the_first_party_and_everybody_else_a_third():
    own, vendor = (
        Found("pixel", "mandrill_open", "email_opens", 0, "", "rewrite"),
        Found("pixel", "meta_pixel", "meta", 0, "1", "rewrite"),
    )
    told = yaml.safe_load(policy_file(wanted([own, vendor], CATALOGUE)))["destinations"]
    assert (told["email_opens"]["party"], told["meta"]["party"]) == ("first", "third")
