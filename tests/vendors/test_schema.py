"""A manifest has the keys it needs and none that nothing acts upon."""

import pytest

from gateway.marked_yaml import load
from gateway.vendors.schema import AUTH_KINDS, MANIFEST

API = "{request: {url: 'https://a.example/'}, event: {a: 1}, outcome: []"


def found(api="", erasure="supported: false, note: none"):
    text = (
        "apiVersion: gateway/v1\nkind: Destination\nmetadata: {id: abc, vendor: A, verified_on: 2026-11-26}\n"
        f"privacy: {{purposes: [analytics]}}\napi: {API}{api}}}\nerasure: {{{erasure}}}\ntests: [{{name: x}}]\n"
    )
    document = load(text, "abc.yaml")
    return "\n".join(str(finding) for finding in MANIFEST(document.value, (), document))


def test_what_fits_is_no_finding():
    assert found() == ""


TOKEN = "token: {url: 'https://a.example/t'}"


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("kind: bearer", 'bearer needs "secret"'),
        ("kind: bearer, secret: a, scope: 'https://a.example/s'", 'bearer has no use for "scope"'),
        ("kind: oauth2_client_credentials", 'oauth2_client_credentials needs "token"'),
        (f"kind: oauth2_refresh_token, {TOKEN}", 'oauth2_refresh_token needs "rotates"'),
        (f"kind: oauth2_refresh_token, {TOKEN}, rotates: true", "no vendor's secret is kept here"),
        ("kind: oauth2_jwt, secret: a, url: 'https://a.example/t'", 'oauth2_jwt needs "claims"'),
        ("kind: oauth1", '"oauth1" is not known here'),
    ],
)
def test_an_authentication_has_what_its_kind_needs_and_no_more(auth, said):
    assert said in found(f", auth: {{{auth}}}")


def test_a_token_that_does_not_rotate_is_fine():
    assert found(f", auth: {{kind: oauth2_refresh_token, {TOKEN}, rotates: false}}") == ""
    assert len(AUTH_KINDS) == 10


def test_a_key_of_older_manifests_says_what_stands_in_its_place():
    assert "is said in `outcome`" in found(", batch: {on_reject: bisect}")


@pytest.mark.parametrize(
    ("api", "said"),
    [
        (", limits: {name: {cut: 3}}", "a path under out"),
        (", limits: {out.name: {cut: 0}}", "a whole number from 1"),
        (", limits: {out.name: {chars: 3}}", 'unknown key "chars"'),
        (", test_mode: {set: {a: 1}}", 'unknown key "set"'),
        (", test_mode: {body: code}", "must be a mapping"),
        (", rate_limit: {adaptive: true}", 'unknown key "adaptive"'),
        (", dedup: {scope: pixel}", 'unknown key "scope"'),
    ],
)
def test_nothing_is_there_that_nobody_acts_upon(api, said):
    assert said in found(api)


@pytest.mark.parametrize(
    ("erasure", "said"),
    [
        ("supported: false", '"note" is missing'),
        ("supported: false, note: n, request: {url: 'https://a.example/'}", "nothing is sent where erasure is not"),
        ("supported: true", 'needs either "request" or "steps"'),
        ("supported: partial, note: n", 'needs either "request" or "steps"'),
        ("supported: true, request: {url: 'https://a.example/'}, steps: [{url: a}, {url: b}]", "needs either"),
        ("supported: true, steps: [{url: 'https://a.example/'}]", "a list of at least 2"),
        ("supported: true, request: {url: 'https://a.example/'}, outcome: [{when: {}, then: ok}]", '"ok" is not known'),
        ("supported: true, request: {url: 'https://a.example/', save: x}", 'unknown key "save"'),
    ],
)
def test_who_deletes_says_how_and_who_does_not_says_why(erasure, said):
    assert said in found(erasure=erasure)
