import os

import pytest

from gateway.doctor.result import Verdict
from gateway.doctor.secrets import references, secrets
from gateway.settings.read import load, load_settings
from tests.bootstrap.configuration import GATEWAY, ROOT, write

ME = os.getuid()


def look(config, user=ME, groups=()):
    return {result.about.partition(" ")[0]: result for result in secrets(load(config), user, frozenset(groups))}


def test_files_that_one_user_alone_has_are_fine(tmp_path):
    found = look(write(tmp_path))
    assert set(found) == {"keys.root", "destinations.meta.secrets.access_token"}
    assert {result.verdict for result in found.values()} == {Verdict.FINE}


@pytest.mark.parametrize(
    ("mode", "groups", "verdict"),
    [(0o600, (), "fine"), (0o400, (), "fine"), (0o440, (), "doubtful"), (0o620, (), "wrong"), (0o602, (), "wrong")],
)
def test_the_rights_of_a_file_are_judged(tmp_path, mode, groups, verdict):
    config = write(tmp_path)
    configured = load(config)
    (tmp_path / "meta.token").chmod(mode)
    token = next(each for each in secrets(configured, ME, frozenset(groups)) if "access_token" in each.about)
    assert token.verdict == verdict
    assert (token.do == "") == (verdict == "fine")


def test_a_secret_of_kubernetes_belongs_to_root_and_is_read_by_our_group(tmp_path):
    config = write(tmp_path)
    (tmp_path / "meta.token").chmod(0o440)
    group = (tmp_path / "meta.token").stat().st_gid
    if ME == 0:
        ours = look(config, user=10001, groups=(group,))
        assert ours["destinations.meta.secrets.access_token"].verdict is Verdict.FINE
    others = look(config, user=ME + 1 if ME else 10001, groups=(group + 1,))
    assert others["destinations.meta.secrets.access_token"].verdict is Verdict.DOUBTFUL


def test_a_variable_is_doubtful_and_no_secret_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("ROOT_KEY", ROOT)
    found = look(write(tmp_path, GATEWAY.replace("{file: root.key}", "{env: ROOT_KEY}")))
    told = " ".join(str(result) for result in found.values())
    assert "stands in the variable ROOT_KEY" not in told or ROOT not in told
    results = list(secrets(load(tmp_path / "gateway.yaml"), ME, frozenset()))
    assert any(result.verdict is Verdict.DOUBTFUL and "ROOT_KEY" in result.says for result in results)
    assert ROOT not in str(results)


def test_every_secret_of_the_settings_is_found(tmp_path):
    text = (
        GATEWAY
        + "store: {url: {file: a}, password: {file: b}, sentinel_password: {file: c}}\nsalt: {share: {env: D}}\n"
    )
    found = dict(references(load_settings(write(tmp_path, text))))
    assert set(found) == {
        "keys.root", "store.url", "store.password", "store.sentinel_password", "salt.share",
        "destinations.meta.secrets.access_token",
    }  # fmt: skip
