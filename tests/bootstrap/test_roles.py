"""A role holds the secrets it needs and no others: the rest may be out of its reach."""

import base64
import gc
from types import FunctionType, ModuleType

import pytest
from click.testing import CliRunner

from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.storing import wrapping
from gateway.cli import main
from gateway.errors import ConfigurationError
from gateway.keys import Keys
from gateway.settings.role import Role
from tests.bootstrap.configuration import ROOT, write, write_for_a_worker

TOKEN = "a-token-of-the-vendor"


def held(gateway):
    """Every text and every run of bytes that can be reached from a gateway."""
    seen, queue, found = set(), [gateway], []
    while queue:
        each = queue.pop()
        if id(each) in seen or isinstance(each, type | ModuleType):
            continue
        seen.add(id(each))
        if isinstance(each, str | bytes):
            found.append(each.encode("utf-8", "surrogatepass") if isinstance(each, str) else each)
        elif isinstance(each, FunctionType):  # what it closes over, and not the module it was written in
            queue += [each.__closure__, each.__defaults__, each.__kwdefaults__]
        elif not (isinstance(each, dict) and "__builtins__" in each):
            queue += gc.get_referents(each)
    return found


def having(gateway, *secrets):
    wanted = [each.encode() if isinstance(each, str) else each for each in secrets]
    texts = held(gateway)
    return [each in text for each in wanted for text in texts if each in text]


@pytest.fixture
def config(tmp_path):
    path = write(tmp_path)
    (tmp_path / "meta.token").write_text(TOKEN)
    return path


ROOT_KEY = base64.b64decode(ROOT)
COOKIE_KEYS = [Keys(ROOT_KEY).derive(label) for label in ("consent-cookie", "visitor-cookie", "subject", "mail-token")]


def test_a_process_that_does_all_holds_all(config):
    gateway = Gateway(read_ground(config))
    assert having(gateway, TOKEN) and having(gateway, ROOT_KEY)


def test_a_collector_starts_without_the_tokens_of_vendors_and_holds_none(config):
    (config.parent / "meta.token").unlink()
    with pytest.raises(ConfigurationError):
        read_ground(config)
    gateway = Gateway(read_ground(config, Role.COLLECTOR))
    assert having(gateway, ROOT_KEY)
    (config.parent / "meta.token").write_text(TOKEN)
    assert not having(Gateway(read_ground(config, Role.COLLECTOR)), TOKEN)


def test_a_worker_starts_without_the_root_key_and_holds_no_key_of_a_cookie(config):
    everything = Gateway(read_ground(config))
    assert all(having(everything, key) for key in COOKIE_KEYS[:2])  # of the others only what is mixed from them
    config = write_for_a_worker(config.parent)
    (config.parent / "meta.token").write_text(TOKEN)
    gateway = Gateway(read_ground(config, Role.WORKER))
    assert having(gateway, TOKEN)
    assert not having(gateway, ROOT_KEY, ROOT, *COOKIE_KEYS)


def test_a_worker_makes_the_keys_of_its_destinations_as_one_that_has_the_root(config):
    whole = read_ground(config).destinations
    worker = read_ground(write_for_a_worker(config.parent), Role.WORKER).destinations
    assert {name: each.binding.key for name, each in worker.items()} == {
        name: each.binding.key for name, each in whole.items()
    }


def test_a_worker_without_that_key_is_refused(config):
    with pytest.raises(ConfigurationError) as refused:
        read_ground(config, Role.WORKER)
    assert [finding.code for finding in refused.value.findings if finding.severity == "error"] == ["G037"]
    assert read_ground(config, Role.COLLECTOR).destinations.keys() == read_ground(config).destinations.keys()


@pytest.mark.parametrize("rotated", [False, True])
def test_a_worker_wraps_the_keys_of_its_store_as_one_that_has_the_root(config, rotated):
    root = config.parent / "root.key"
    if rotated:
        assert CliRunner().invoke(main, ["keys", "rotate", str(root)]).exit_code == 0
    assert CliRunner().invoke(main, ["keys", "vendors", str(root), str(config.parent / "vendors.key")]).exit_code == 0
    whole = wrapping(read_ground(config))
    config.write_text(config.read_text().replace("root.key}", "root.key}\n  vendors: {file: vendors.key}", 1))
    root.unlink()
    assert wrapping(read_ground(config, Role.WORKER)) == whole
    assert len(set(whole)) == 1 + rotated
