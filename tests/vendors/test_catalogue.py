"""Third-party requests are recognised, and look-alikes are not."""

import json
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.catalogue import SHIPPED, Fronted, load_catalogue

REQUESTS = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "pixel_requests.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row["id"])
def test_every_request_is_the_pixel_its_label_says_or_none(row, catalogue):
    fronted = catalogue.recognise(row["method"], row["url"], row["body"] or "")
    label = row["label"]["pixel_id"]
    assert (fronted.pixel if fronted else None) == (label if label in catalogue.pixels else None)


def test_a_recognised_request_keeps_its_own_path_and_query(catalogue):
    url = "https://www.facebook.com:443/tr/?id=12345&ev=Lead#top"
    assert catalogue.recognise("GET", url) == Fronted("meta_pixel", "/tr/", "id=12345&ev=Lead")


@pytest.mark.parametrize(
    "url",
    [
        "https://user@www.facebook.com/tr?id=12345",
        "https://www.facebook.com@evil.example/tr?id=12345",
        "https://evil.example/www.facebook.com/tr?id=12345",
        "https://www.facebook.com/tr/../admin?id=12345",
        "https://www.facebook.com/tr?id=12345&x=%zz",
        "https://www.facebook.com/tr?ev=PageView",
        "https://www.google.com/g/collect?v=2&tid=G-ABCD1",
        "ftp://www.facebook.com/tr?id=12345",
        "/tr?id=12345",
        "",
    ],
)
def test_what_only_looks_like_a_pixel_is_none(url, catalogue):
    assert catalogue.recognise("GET", url) is None


def test_a_pixel_takes_only_its_methods(catalogue):
    assert catalogue.recognise("POST", "https://px.ads.linkedin.com/collect/?pid=123") is None


def test_what_says_who_it_is_within_a_batch_of_queries_is_recognised(catalogue):
    body = '{"requests": ["?idsite=3&rec=1", "?idsite=3&e_c=a"]}'
    assert catalogue.recognise("POST", "https://stats.example/piwik.php", body) == Fronted("matomo", "/piwik.php", "")
    assert catalogue.recognise("POST", "https://stats.example/piwik.php", '{"requests": ["?x=%zz"]}') is None


def test_the_vendor_of_a_pixel_is_known(catalogue):
    assert catalogue.vendor_of("ga4_first_party") == "ga4"
    assert catalogue.vendor_of("nobody") == ""


def test_every_file_in_the_package_is_shipped_and_the_reverse():
    package = Path(__file__).parents[2] / "gateway" / "vendors"
    assert sorted(path.name for path in package.glob("[!_]*.yaml")) == sorted(SHIPPED)


def test_a_manifest_is_named_like_its_file_and_stands_there_once(texts):
    with pytest.raises(ConfigurationError, match="must be the name of its file"):
        load_catalogue({"other.yaml": texts["jsonl.yaml"]})
    with pytest.raises(ConfigurationError, match="unique"):
        load_catalogue({"jsonl.yaml": texts["jsonl.yaml"], "own/jsonl.yaml": texts["jsonl.yaml"]})
    renamed = texts["linkedin.yaml"].replace("  id: linkedin\n", "  id: other\n")
    with pytest.raises(ConfigurationError, match="in two manifests"):
        load_catalogue({"linkedin.yaml": texts["linkedin.yaml"], "other.yaml": renamed})


def test_everything_wrong_in_every_file_is_named_at_once(texts):
    broken = {name: texts[name].replace("kind: Destination", "kind: Nothing") for name in SHIPPED}
    with pytest.raises(ConfigurationError) as error:
        load_catalogue(broken)
    assert {finding.file for finding in error.value.findings} == set(SHIPPED)
