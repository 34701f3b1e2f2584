import pytest

from gateway.anonymise.scrub.credentials import browser_ids, jwts, private_keys, secrets


def cut(finder, text):
    return [text[start:end] for start, end in finder(text)]


@pytest.mark.parametrize("prefix", ["sk_live_", "ghp_", "glpat-", "xoxb-", "AKIA", "AIza", "npm_"])
def test_keys_of_well_known_services_are_found(prefix):
    key = prefix + "A1B2C3D4E5F6G7H8I9J0K1L2M3N4"
    assert cut(secrets, f"k {key} x") == [key]


def test_what_follows_bearer_is_a_secret_if_it_looks_like_one():
    assert cut(secrets, "Authorization: Bearer abcDEF123456789") == ["abcDEF123456789"]
    assert cut(secrets, "the bearer documentation") == []


def test_tokens_and_private_keys_are_found():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    assert cut(jwts, f"t={token}") == [token]
    assert cut(jwts, "eyJhbGciOiJIUzI1NiJ9") == []
    assert cut(private_keys, "x -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- y")[0].endswith("KEY-----")


@pytest.mark.parametrize(
    "text", ["fb.1.1783728757262.353244707", "GA1.1.925414654.1749889084", "00:1A:2B:3C:4D:5E", "1" * 38]
)
def test_identifiers_of_browsers_are_found(text):
    assert cut(browser_ids, f"x {text} y") == [text]


@pytest.mark.parametrize("text", ["14:30:00-15:00:00", "1.2.3", "GA1", "1" * 37])
def test_times_and_versions_are_no_browsers(text):
    assert cut(browser_ids, text) == []
