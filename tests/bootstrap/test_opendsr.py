"""Who answers OpenDSR stands in the settings; what cannot vouch for the domain keeps a gateway from starting."""

import pytest

from gateway.bootstrap.opendsr import signer_of, unfit
from gateway.bootstrap.plan import read_plan
from gateway.errors import ConfigurationError
from gateway.settings.read import load
from gateway.settings.role import Role
from tests.bootstrap.configuration import GATEWAY, write
from tests.web.opendsr.making import DOMAIN, certificate, key, ours, pem

OPENDSR = f"opendsr: {{domain: {DOMAIN}, key: {{file: opendsr.key}}, certificate: opendsr.pem}}\n"


def settled(directory, private=None, chain=None, text=OPENDSR):
    """The path of settings whose key and certificate are these."""
    for name, content in (("opendsr.key", private or pem(key())), ("opendsr.pem", chain or ours().certificate)):
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    return write(directory, GATEWAY + text)


def test_the_domain_signs_with_the_key_and_certificate_beside_the_settings(tmp_path):
    configured = load(settled(tmp_path))
    assert (signer_of(configured).domain, list(unfit(configured))) == (DOMAIN, [])
    assert signer_of(configured).certificate == ours().certificate


def test_without_a_domain_and_in_a_worker_nobody_signs_or_reads_the_key(tmp_path):
    assert signer_of(load(write(tmp_path))) is None
    config = settled(tmp_path)
    (tmp_path / "opendsr.key").unlink()
    worker = load(config, Role.WORKER)
    assert (signer_of(worker), worker.opendsr_key, list(unfit(worker))) == (None, "", [])
    with pytest.raises(ConfigurationError):
        load(config)


@pytest.mark.parametrize(
    ("private", "chain", "message"),
    [
        (None, certificate(key(3072)), "another key"), (pem(key(3072)), None, "another key"), (b"x", None, "no private key"),
        (None, b"x", "no certificate"), (None, certificate(key(), ("other.example",)), "name the domain"),
        (None, certificate(key(), days=(-2, -1)), "count now"),
    ],
)  # fmt: skip
def test_what_cannot_vouch_for_the_domain_is_found(tmp_path, private, chain, message):
    config = settled(tmp_path, private, chain)
    (found,) = unfit(load(config))
    assert (found.code, found.severity, message in found.message) == ("G041", "error", True)
    assert found.line == config.read_text().splitlines().index(OPENDSR.strip()) + 1


def test_a_gateway_does_not_start_with_it(tmp_path):
    config = settled(tmp_path)
    (tmp_path / "opendsr.pem").unlink()
    with pytest.raises(ConfigurationError) as raised:
        read_plan(config)
    assert [finding.code for finding in raised.value.findings if finding.severity == "error"] == ["G041"]


def test_a_certificate_that_ends_soon_is_warned_about(tmp_path):
    (found,) = unfit(load(settled(tmp_path, chain=certificate(key(), days=(-2, 20)))))
    assert (found.code, found.severity) == ("G042", "warning")
    assert list(unfit(load(settled(tmp_path, chain=certificate(key(), days=(-2, 60)))))) == []


@pytest.mark.parametrize(
    "changed", [(DOMAIN, "Shop.example"), (DOMAIN, "shop.example:443"), (DOMAIN, "'*.shop.example'"), (DOMAIN, "shop"),
                (DOMAIN, f"{DOMAIN}, regulation: nowhere"), (DOMAIN, f"{DOMAIN}, callbacks: [x]"), (f"domain: {DOMAIN}, ", "")]
)  # fmt: skip
def test_settings_that_say_nothing_are_refused(tmp_path, changed):
    with pytest.raises(ConfigurationError):
        load(settled(tmp_path, text=OPENDSR.replace(*changed)))
