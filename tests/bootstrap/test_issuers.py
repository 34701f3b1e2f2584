"""Who is believed stands in the settings; their keys come from a file or over the way out, and from nowhere else."""

import asyncio
import time
from pathlib import Path

import pytest

from gateway.api_keys.jwk import KeySetError
from gateway.bootstrap.issuers import issuers_of
from gateway.bootstrap.plan import read_plan
from gateway.errors import ConfigurationError
from gateway.sender import Sender
from gateway.settings.read import load
from tests.answering import Answering
from tests.api_keys.signing import AUDIENCE, ISSUER, claims, key_set, token
from tests.bootstrap.configuration import GATEWAY, write
from tests.delivering import PATIENT

OIDC = f"""\
oidc:
  staff:
    issuer: {ISSUER}
    audience: {AUDIENCE}
    jwks: JWKS
    scopes: {{dsr: [metrics, "policy:explain"]}}
"""


def configured(directory, jwks="keys.json", more=""):
    return load(write(directory, GATEWAY + OIDC.replace("JWKS", jwks) + more))


def fresh():
    """A token that counts now."""
    now = int(time.time())
    return token(claims(iat=now, exp=now + 600))


async def scopes(issuers):
    told = await issuers.bearer(fresh(), time.time())
    return told.grant.scopes


def test_without_a_provider_no_token_counts(tmp_path):
    assert issuers_of(load(write(tmp_path)), Sender(time.time)) is None


def test_the_keys_of_a_provider_are_read_from_a_file_beside_the_settings(tmp_path):
    issuers = issuers_of(configured(tmp_path), Sender(time.time))
    (tmp_path / "keys.json").write_bytes(key_set())
    assert asyncio.run(scopes(issuers)) == {"metrics", "policy:explain"}


class Provider(Answering):
    """An identity provider that serves its keys, with a status."""

    def __init__(self, status=200, body=None):
        super().__init__()
        self.status, self.body = status, body or key_set()

    def answer(self, head, body):
        return self.status, "Location: http://127.0.0.1:1/\r\n", self.body

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode())
        status, headers, said = self.answer(head, b"")
        writer.write(f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(said)}\r\n\r\n".encode() + said)
        await writer.drain()
        writer.close()


def asked(directory, provider, more="    allow_networks: [127.0.0.0/8]\n"):
    """The scopes of a token whose keys are at an address."""

    async def run():
        listening = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/keys"
        sender = Sender(time.time, PATIENT)
        try:
            return await scopes(issuers_of(configured(directory, url, more), sender))
        finally:
            await sender.close()
            listening.close()

    return asyncio.run(run())


def test_the_keys_of_a_provider_are_asked_for_at_its_address_with_nothing_of_ours(tmp_path):
    provider = Provider()
    assert asked(tmp_path, provider) == {"metrics", "policy:explain"}
    (head,) = provider.asked
    assert head.startswith("GET /keys HTTP/1.1\r\n")
    assert "authorization" not in head.lower()


@pytest.mark.parametrize(
    "provider",
    [Provider(404), Provider(302), Provider(500), Provider(200, b"<html>"), Provider(200, b" " * 100_000 + b"{")],
)
def test_an_answer_that_is_no_set_of_keys_lets_nobody_in(tmp_path, provider):
    with pytest.raises(KeySetError):
        asked(tmp_path, provider)
    assert len(provider.asked) == 1


def test_a_provider_in_a_network_that_nobody_allowed_is_not_asked(tmp_path):
    provider = Provider()
    with pytest.raises(KeySetError):
        asked(tmp_path, provider, more="")
    assert provider.asked == []


@pytest.mark.parametrize("content", [None, b"nothing", key_set({"kty": "oct", "kid": "k", "k": "AAAA"})])
def test_a_file_without_a_key_is_warned_about_and_keeps_nothing_from_starting(tmp_path, content):
    if content:
        (tmp_path / "keys.json").write_bytes(content)
    warnings = read_plan(Path(configured(tmp_path).document.file)).warnings
    (found,) = [warning for warning in warnings if warning.code == "G039"]
    assert (found.severity, found.line) == (
        "warning",
        (tmp_path / "gateway.yaml").read_text().splitlines().index("    jwks: keys.json") + 1,
    )


@pytest.mark.parametrize(
    "changed",
    [
        ("metrics", "metricks"), ("metrics", "*"), ("jwks: JWKS", "jwks: ''"), (f"issuer: {ISSUER}", "issuer: ''"),
        ("    jwks: JWKS\n", ""), ("jwks: JWKS", "jwks: keys.json\n    algorithms: [HS256]"),
        ("jwks: JWKS", "jwks: keys.json\n    algorithms: []"), ("jwks: JWKS", "jwks: keys.json\n    networks: [0.0.0.0/0]"),
        ("jwks: JWKS", "jwks: keys.json\n    secret: x"),
    ],
)  # fmt: skip
def test_a_provider_that_is_half_named_is_refused_at_the_start(tmp_path, changed):
    config = write(tmp_path, GATEWAY + OIDC.replace(*changed).replace("JWKS", "keys.json"))
    with pytest.raises(ConfigurationError) as raised:
        load(config)
    assert all(finding.file == str(config) for finding in raised.value.findings)
