"""Every kind of authentication proves itself in its own way; tokens are asked for without anything of an event."""

import json
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.marked_yaml import load
from gateway.outbound import Outbound, Reply
from gateway.vendors.auth import Access, compile_auth, proven, secret_problem
from gateway.vendors.expressions import Compiler, Names, Scope

NAMES = Names(frozenset(("client", "tenant")), frozenset(("key", "refresh")))
NOW = 1795428930.0


def compiled(text, clean=True):
    document = load(text, "x.yaml")
    compiler = Compiler(document, NAMES)
    auth = compile_auth(document.value, compiler, ())
    assert not (clean and compiler.findings)
    return auth if clean else compiler.findings


def scope(**secrets):
    return Scope({"client": "C", "tenant": "acme"}, secrets, b"")


@pytest.mark.parametrize(
    ("auth", "url", "headers"),
    [
        ("kind: none", "https://a.example/x", {}),
        ("kind: bearer, secret: key", "https://a.example/x", {"Authorization": "Bearer K"}),
        ("kind: header, secret: key, name: X-Key", "https://a.example/x", {"X-Key": "K"}),
        ("kind: query, secret: key, name: token", "https://a.example/x?token=K", {}),
        ("kind: basic, secret: key, user: = settings.client", "https://a.example/x", {"Authorization": "Basic QzpL"}),
    ],
)
def test_a_key_goes_along_in_its_place(auth, url, headers):
    request = proven(compiled(f"{{{auth}}}"), Outbound("POST", "https://a.example/x", {}, b""), scope(key="K"))
    assert (request.url, dict(request.headers)) == (url, headers)


CLIENT = (
    "{kind: oauth2_client_credentials, lifetime: 15m, token: {url: 'https://{{ settings.tenant }}.auth.example/token', "
    "body: {grant_type: client_credentials, client_id: = settings.client, client_secret: = secret.key}}}"
)


def access(text, **secrets):
    return Access(compiled(text), scope(**secrets), lambda url: url, lambda reply: reply.body == b"601")


def test_a_client_asks_with_its_credentials():
    giver = access(CLIENT, key="K")
    request = giver.request(NOW)
    assert (request.url, giver.authority, giver.lifetime) == (
        "https://acme.auth.example/token",
        "acme.auth.example",
        900.0,
    )
    assert json.loads(request.body) == {"grant_type": "client_credentials", "client_id": "C", "client_secret": "K"}


def test_a_refresh_token_is_handed_in():
    text = (
        "{kind: oauth2_refresh_token, rotates: false, token: {url: 'https://a.example/token', style: form, "
        "body: {grant_type: refresh_token, refresh_token: = secret.refresh}}}"
    )
    assert access(text, refresh="R").request(NOW).body == b"grant_type=refresh_token&refresh_token=R"


def test_an_assertion_is_signed_for_a_few_minutes():
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    text = (
        "{kind: oauth2_jwt, secret: key, url: 'https://login.example/token', claims: {iss: = settings.client, aud: x}}"
    )
    request = access(text, key=pem).request(NOW)
    form = parse_qs(request.body.decode())
    assert request.url == "https://login.example/token"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert len(form["assertion"][0].split(".")) == 3
    assert access(text, key="no key").request(NOW) is None


def test_a_token_is_refused_by_401_or_by_what_the_manifest_knows():
    giver = access(CLIENT, key="K")
    assert [giver.refused(reply) for reply in (Reply(401), Reply(200, body=b"601"), Reply(200))] == [True, True, False]


def test_tokens_are_got_at_public_names_alone():
    for url in ("http://a.example/", "https://10.0.0.1/", "https://{{ event.name }}.example/"):
        findings = compiled(f"{{kind: oauth2_client_credentials, token: {{url: '{url}'}}}}", clean=False)
        assert "M006" in [finding.code for finding in findings]
    assert [finding.code for finding in compiled("{kind: bearer, secret: other}", clean=False)] == ["M004"]


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("bearer", "abc", True),
        ("bearer", "a\nb", False),
        ("oauth2_jwt", "-----BEGIN PRIVATE KEY-----\nx", True),
        ("oauth2_jwt", "abc", False),
        ("standard_webhooks", "abc", False),
        ("google_service_account", "abc", False),
    ],
)
def test_a_secret_is_held_against_what_it_serves(kind, value, right):
    assert (secret_problem(kind, value) == "") is right
    assert value not in secret_problem(kind, value) or not value
