import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.bootstrap.plan import read_plan
from gateway.errors import ConfigurationError, Finding
from gateway.settings.model import DestinationSettings, Settings
from gateway.settings.read import Configured, load
from gateway.settings.scalars import SecretRef
from gateway.store.redis.address import Address
from gateway.web.limits import Limits

ROOT_DIRECTORY = Path(__file__).parents[2]

ROOT = base64.b64encode(bytes(range(32))).decode()
GOOD = """\
sites:
  shop: [shop.example]
keys:
  root: {env: TEST_ROOT_KEY}
destinations:
  meta:
    vendor: meta
    sources: [meta_pixel]
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith("GATEWAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEST_ROOT_KEY", ROOT)


def read(tmp_path: Path, text: str) -> Configured:
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    return load(file)


def wrong(tmp_path: Path, text: str) -> list[Finding]:
    with pytest.raises(ConfigurationError) as refusal:
        read(tmp_path, text)
    return list(refusal.value.findings)


def test_a_short_file_is_enough(tmp_path):
    configured = read(tmp_path, GOOD)
    assert configured.settings.listeners.public == ("127.0.0.1", 8080)
    assert configured.settings.listeners.admin == ("127.0.0.1", 9090)
    assert configured.roots == (bytes(range(32)),)
    assert configured.warnings == ()
    assert configured.beside(Path("data")) == tmp_path / "data"


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY_LISTENERS__PUBLIC", "0.0.0.0:80")
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "debug")
    monkeypatch.setenv("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    monkeypatch.setenv("GATEWAY_LIMITS__CONNECTIONS", "7")
    monkeypatch.setenv("GATEWAY_DESTINATIONS__META__SETTINGS__PIXEL_ID", "9")
    settings = read(tmp_path, GOOD + "listeners: {admin: '[::1]:91'}\nlog_level: error\n").settings
    assert settings.listeners == (settings.listeners.model_copy(update={"public": ("0.0.0.0", 80)}))
    assert settings.listeners.admin == ("::1", 91)
    assert settings.log_level == "debug"
    assert settings.trusted_proxies == ["10.0.0.0/8", "192.0.2.1"]
    assert settings.limits.connections == 7 and settings.limits.headers == 100
    assert settings.destinations["meta"].settings == {"pixel_id": "9"}
    assert settings.destinations["meta"].vendor == "meta"


def test_the_root_key_may_come_from_the_environment_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY_KEYS__ROOT", ROOT)
    configured = read(tmp_path, GOOD.replace("keys:\n  root: {env: TEST_ROOT_KEY}\n", ""))
    assert configured.roots == (bytes(range(32)),) and configured.warnings == ()


@pytest.mark.parametrize(
    ("line", "column", "code", "text", "hint"),
    [
        ("polcy: x.yaml", 1, "G002", 'unknown setting "polcy"', 'did you mean "policy"?'),
        ("limits: {body: 1, boddy: 2}", 19, "G002", 'unknown setting "limits.boddy"', 'did you mean "body"?'),
        ("limits: {body: none}", 10, "G003", "limits.body: input should be a valid integer", ""),
        ("limits: {body: 0}", 1, "G003", "limits: a limit is more than 0", ""),
        ("delivery: {retry_for: soon}", 12, "G003", "delivery.retry_for: input should be a valid number", ""),
        ("listeners: {public: 8080}", 13, "G003", "listeners.public: a listener is host:port", ""),
        ("log_level: loud", 1, "G003", "log_level: input should be", ""),
        ("edge: {country: cf-ipcountry}", 1, "G010", "trusted proxies only", ""),
        ("edge: {contry: cf-ipcountry}", 8, "G002", 'unknown setting "edge.contry"', 'did you mean "country"?'),
        ("trusted_proxies: [0.0.0.0/0]", 1, "G010", "trusts everybody", ""),
        ("trusted_proxies: ['*']", 1, "G010", "trusts everybody", ""),
        ("trusted_proxies: ['::/0']", 1, "G010", "trusts everybody", ""),
        ("trusted_proxies: [0.0.0.0/1, 128.0.0.0/1]", 1, "G010", "trusts everybody", ""),
    ],
)
def test_each_fault_is_told_with_its_place(tmp_path, line, column, code, text, hint):
    finding, *more = wrong(tmp_path, GOOD + line + "\n")
    assert (finding.line, finding.column, finding.code) == (9, column, code)
    assert text in finding.message and finding.hint.startswith(hint)
    assert finding.file == str(tmp_path / "gateway.yaml")
    assert {each.code for each in more} <= {"G004", code}


def test_a_misspelt_setting_of_a_destination_is_told_with_a_guess(tmp_path):
    (finding,) = wrong(tmp_path, GOOD.replace("    sources: [meta_pixel]\n", "    sorces: [meta_pixel]\n"))
    assert (finding.line, finding.code, finding.hint) == (8, "G002", 'did you mean "sources"?')


@pytest.mark.parametrize("line", ["    vendor: meta\n", "    sources: [meta_pixel]\n"])
def test_an_enabled_destination_has_a_vendor_and_sources(tmp_path, line):
    (finding,) = wrong(tmp_path, GOOD.replace(line, ""))
    assert (finding.line, finding.code) == (6, "G003")


def test_a_destination_that_is_not_connected_needs_neither(tmp_path):
    settings = read(tmp_path, GOOD + "  ga4: {enabled: false}\n").settings
    assert not settings.destinations["ga4"].enabled


def test_the_same_key_twice_is_refused(tmp_path):
    (finding,) = wrong(tmp_path, GOOD + "sites: {a: [b.example]}\n")
    assert (finding.code, finding.line) == ("Y002", 9)


@pytest.mark.parametrize(
    "sites",
    [
        "{}",
        "{shop: []}",
        "{a: [x.example], b: [x.example]}",
        "{a: ['https://x.example']}",
        "{a: ['x.example:80']}",
        "{a: [X.example]}",
    ],
)
def test_sites_are_bare_hosts_of_one_site_each(tmp_path, sites):
    findings = wrong(tmp_path, GOOD.replace("sites:\n  shop: [shop.example]\n", f"sites: {sites}\n"))
    assert [(each.code, each.line) for each in findings] == [("G003", 1)]


@pytest.mark.parametrize(
    "key", ["", "short", base64.b64encode(bytes(32)).decode(), base64.b64encode(b"ab" * 16).decode()]
)
def test_a_missing_or_weak_root_key_is_refused(tmp_path, monkeypatch, key):
    monkeypatch.setenv("TEST_ROOT_KEY", key)
    (finding,) = wrong(tmp_path, GOOD)
    assert finding.code in ("G012", "G013") and finding.line == 4
    assert not key or key not in str(finding)


@pytest.mark.parametrize(("mode", "fine"), [(0o600, True), (0o640, True), (0o604, False), (0o666, False)])
def test_a_key_file_that_everybody_can_read_is_refused(tmp_path, mode, fine):
    file = tmp_path / "root.key"
    file.write_text(ROOT + "\n")
    file.chmod(mode)
    text = GOOD.replace("{env: TEST_ROOT_KEY}", "{file: root.key}")
    if fine:
        assert read(tmp_path, text).roots == (bytes(range(32)),)
    else:
        assert [each.code for each in wrong(tmp_path, text)] == ["G014"]


def test_a_key_that_is_there_and_cannot_be_read_is_never_to_be_made_anew(tmp_path, monkeypatch):
    text = GOOD.replace("{env: TEST_ROOT_KEY}", "{file: root.key}")
    (missing,) = wrong(tmp_path, text)
    assert (missing.code, missing.hint) == ("G013", "`gateway keys new` makes one")
    file = tmp_path / "root.key"
    file.mkdir()
    (folder,) = wrong(tmp_path, text)
    file.rmdir()
    file.write_bytes(b"\xff\xfe")
    (binary,) = wrong(tmp_path, text)
    monkeypatch.setattr("pathlib.Path.stat", refused)
    (foreign,) = wrong(tmp_path, text)
    assert [each.message.rpartition(": ")[2] for each in (folder, binary, foreign)] == [
        "Is a directory",
        "it is not text",
        "Permission denied",
    ]
    assert all(each.hint and "keys new" not in each.hint for each in (folder, binary, foreign))


def refused(path, **_):
    raise PermissionError(13, "Permission denied", str(path))


def test_a_secret_written_into_the_file_is_warned_about_and_not_shown(tmp_path):
    configured = read(tmp_path, GOOD + "    secrets: {access_token: s3cr3t-token}\n")
    (warning,) = configured.warnings
    assert (warning.code, warning.severity, warning.line) == ("G030", "warning", 9)
    assert configured.secrets == {"meta": {"access_token": "s3cr3t-token"}}
    assert "s3cr3t" not in repr(configured.settings) + repr(configured) + str(warning)


def test_the_server_that_replicas_agree_over_is_a_secret_where_it_has_a_password(tmp_path, monkeypatch):
    assert read(tmp_path, GOOD).share is None
    plain = read(tmp_path, GOOD + "salt: {share: 'redis://valkey:6379'}\n")
    assert (plain.share, plain.warnings) == (Address("server", (("valkey", 6379),)), ())
    monkeypatch.setenv("TEST_SHARE", "rediss://:secret@valkey")
    told = read(tmp_path, GOOD + "salt: {share: {env: TEST_SHARE}}\n")
    assert told.share == Address("server", (("valkey", 6379),), tls=True, password="secret")
    assert told.warnings == () and "'secret'" not in repr(told)
    (warning,) = read(tmp_path, GOOD + "salt: {share: 'redis://:secret@valkey'}\n").warnings
    assert warning.code == "G030" and "secret@" not in str(warning)
    for text in ("http://valkey", "redis://", "redis://valkey:99999", "redis://a,b", "rediss://valkey/x"):
        (finding,) = wrong(tmp_path, GOOD + f"salt: {{share: '{text}'}}\n")
        assert (finding.code, finding.line) == ("G015", GOOD.count("\n") + 1)


def test_the_server_that_replicas_share_is_named_with_who_we_are_and_shown_without(tmp_path):
    assert read(tmp_path, GOOD).store is None
    (tmp_path / "password").write_text("s3cr3t\n")
    (tmp_path / "password").chmod(0o600)
    named = read(tmp_path, GOOD + "store: {url: 'redis+sentinel://a,b/main', user: u, password: {file: password}}\n")
    assert named.store == Address("sentinel", (("a", 26379), ("b", 26379)), service="main", user="u", password="s3cr3t")
    assert named.warnings == () and "s3cr3t" not in repr(named)
    (warning,) = read(tmp_path, GOOD + "store: {url: 'redis://:s3cr3t@a'}\n").warnings
    assert warning.code == "G030" and "s3cr3t" not in str(warning)
    (finding,) = wrong(tmp_path, GOOD + "store: {url: 'http://:s3cr3t@a'}\n")
    assert (finding.code, "s3cr3t" in str(finding)) == ("G090", False)


@pytest.mark.parametrize(
    "store", ["{durability: some}", "{wait_replicas: -1}", "{prefix: 'a b'}", "{timeout: 0}", "{host: a}"]
)
def test_a_store_is_set_up_in_the_documented_words_alone(tmp_path, store):
    assert [finding.code[:3] for finding in wrong(tmp_path, GOOD + f"store: {store}\n")] == ["G00"]


@pytest.mark.parametrize("bits", ["{ipv4: 25}", "{ipv6: 33}", "{ipv4: -1}", "{ipv4: many}"])
def test_more_of_an_address_than_its_word_says_is_never_left(tmp_path, bits):
    assert read(tmp_path, GOOD + "truncate: {ipv4: 16}\n").settings.truncate.ipv4 == 16
    assert [finding.code for finding in wrong(tmp_path, GOOD + f"truncate: {bits}\n")] == ["G003"]


def test_a_secret_has_one_place(tmp_path):
    findings = wrong(tmp_path, GOOD.replace("{env: TEST_ROOT_KEY}", "{env: A, file: b}"))
    assert [each.code for each in findings] == ["G003"]


def test_a_variable_that_is_no_setting_is_warned_about(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY_LISTNERS__PUBLIC", "x")
    assert [each.file for each in read(tmp_path, GOOD).warnings] == ["GATEWAY_LISTNERS__PUBLIC"]


def test_a_wrong_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY_LISTENERS__PUBLIC", "everywhere")
    (finding,) = wrong(tmp_path, GOOD)
    assert finding.file == "GATEWAY_LISTENERS__PUBLIC"


def test_a_missing_file_is_told_with_a_hint(tmp_path):
    with pytest.raises(ConfigurationError) as refusal:
        load(tmp_path / "nowhere.yaml")
    assert refusal.value.findings[0].code == "G001"


@pytest.mark.parametrize(("seed", "refused"), [("0", True), ("42", True), ("random", False), ("", False)])
def test_predictable_hashing_is_refused(tmp_path, seed, refused):
    (tmp_path / "gateway.yaml").write_text(GOOD)
    script = (
        "import sys, pathlib\nfrom gateway.errors import ConfigurationError\nfrom gateway.settings.read import load\n"
        "try:\n    load(pathlib.Path(sys.argv[1]))\nexcept ConfigurationError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "gateway.yaml")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert ("G011" in done.stdout) is refused


def dotted(part, prefix=""):
    """Every setting by its dotted name; what is one part for each destination without the destination's name."""
    for name, field in part.model_fields.items():
        inner = field.annotation
        if name == "destinations":
            yield name
            yield from DestinationSettings.model_fields
        elif name == "limits":
            yield from (f"limits.{limit}" for limit in Limits.__slots__)
        elif isinstance(inner, type) and hasattr(inner, "model_fields") and inner is not SecretRef:
            yield from dotted(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_every_setting_is_documented():
    page = (ROOT_DIRECTORY / "docs/reference/settings.md").read_text()
    assert [name for name in dotted(Settings) if f"`{name}`" not in page] == []


def test_the_documented_limits_are_those_in_force():
    page = (ROOT_DIRECTORY / "docs/reference/settings.md").read_text()
    for name in Limits.__slots__:
        assert f"| `limits.{name}` | {int(getattr(Limits(), name))} |" in page


def test_the_example_is_right(tmp_path, monkeypatch):
    example = (ROOT_DIRECTORY / "docs/examples/gateway.yaml").read_text()
    for name, text in (("root.key", ROOT), ("meta.token", "token")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "policy.yaml").write_text((ROOT_DIRECTORY / "policies/starter.yaml").read_text())
    (tmp_path / "gateway.yaml").write_text(example)
    assert list(read_plan(tmp_path / "gateway.yaml").destinations) == ["own_stats", "meta"]


def test_a_site_for_children_is_one_of_the_sites(tmp_path):
    assert read(tmp_path, GOOD + "child_directed: [shop]\n").settings.child_directed == ["shop"]
    (finding,) = wrong(tmp_path, GOOD + "child_directed: [shop, kids]\n")
    assert "there is no site 'kids'" in finding.message
