"""A token is asked for with an assertion that only the account's key can have signed, and at Google alone."""

import base64
import json
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.vendors.binding import Binding, problems
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination
from gateway.vendors.service_account import TOKEN_URL, claimed, key_problem

SCOPE = "https://www.googleapis.com/auth/datamanager"
NOW = 1795428930.7


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def key_file(key, **others):
    return json.dumps({"client_email": "a@project.example", "private_key": pem(key), **others}, indent=1)


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_claims_name_account_and_scope_and_google(key):
    found, claims = claimed(key_file(key, token_uri="https://evil.example/token"), SCOPE)
    assert found == pem(key)
    assert claims == {"iss": "a@project.example", "scope": SCOPE, "aud": TOKEN_URL}
    assert claimed("no key file", SCOPE) is None


def test_what_is_no_key_file_is_a_problem_that_does_not_repeat_it(key):
    assert key_problem(key_file(key)) == ""
    for text in (
        "",
        "secret-token",
        "[]",
        "[" * 5000,
        '{"client_email": "a"}',
        '{"client_email": 1, "private_key": 2}',
    ):
        assert key_problem(text) and (not text or text not in key_problem(text))
    assert key_problem('{"client_email": "a", "private_key": "abc"}') == "private_key must be PEM"


def test_a_destination_asks_in_its_own_name_and_may_reach_google_for_it(key, texts):
    manifest = load_manifest(texts["google_data_manager.yaml"], "google_data_manager.yaml")
    settings = {"customer_id": "1234567890", "conversion_actions": {"purchase": "5"}}
    binding = Binding("gdm", settings, {"service_account": key_file(key)})
    assert problems(manifest, binding) == []
    destination = Destination(manifest, binding)
    assert destination.hosts == {"datamanager.googleapis.com", "oauth2.googleapis.com"}
    request = destination.access.request(NOW)
    assert (request.method, request.url) == ("POST", TOKEN_URL)
    claims = json.loads(decoded(parse_qs(request.body.decode())["assertion"][0].split(".")[1]))
    assert (claims["iat"], claims["exp"]) == (1795428930, 1795432530)
    here = Destination(manifest, binding._replace(endpoint="http://127.0.0.1:9000"))
    assert here.hosts == {"127.0.0.1:9000"}
    assert here.access.request(NOW).url == "http://127.0.0.1:9000/token"


def test_an_operator_hears_of_what_is_no_key_file(texts):
    manifest = load_manifest(texts["google_data_manager.yaml"], "google_data_manager.yaml")
    settings = {"customer_id": "1234567890", "conversion_actions": {}}
    found = problems(manifest, Binding("gdm", settings, {"service_account": "ya29.token"}))
    assert [(problem.path, "ya29" in problem.message) for problem in found] == [(("secrets", "service_account"), False)]
