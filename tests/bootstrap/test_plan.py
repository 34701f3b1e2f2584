import sys
from ipaddress import ip_network

import pytest

from gateway.addresses import LOOPBACK
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.shipped import manifests
from gateway.errors import ConfigurationError, Finding
from tests.bootstrap.configuration import GATEWAY, POLICY, write


def wrong(tmp_path, gateway: str = GATEWAY, policy: str = POLICY) -> list[Finding]:
    with pytest.raises(ConfigurationError) as refusal:
        read_plan(write(tmp_path, gateway, policy))
    return [finding for finding in refusal.value.findings if finding.severity == "error"]


def test_files_that_fit_make_a_plan(tmp_path):
    plan = read_plan(write(tmp_path))
    assert list(plan.destinations) == ["own_stats", "meta"]
    assert plan.fed_by()["events"] == ("own_stats",)
    assert plan.fed_by()["meta_pixel"] == ("own_stats", "meta")
    assert plan.fed_by()["ga4_collect"] == ()


def test_a_vendor_is_reached_at_its_own_hosts_and_a_file_in_its_own_directory(tmp_path):
    plan = read_plan(write(tmp_path))
    assert plan.routes["meta"].hosts == {"graph.facebook.com"} and plan.routes["meta"].networks == ()
    assert plan.routes["own_stats"].directory == tmp_path and plan.routes["own_stats"].hosts == frozenset()


def test_loopback_is_allowed_only_where_it_is_asked_for(tmp_path):
    local = GATEWAY.replace(
        "    sources: [meta_pixel]\n", "    sources: [meta_pixel]\n    endpoint: http://127.0.0.1:9\n"
    )
    (finding,) = wrong(tmp_path, local)
    assert (finding.code, finding.line) == ("G026", 18)
    plan = read_plan(write(tmp_path, local + "    allow_loopback: true\n"))
    assert plan.routes["meta"].networks == LOOPBACK and plan.routes["meta"].hosts == {"127.0.0.1:9"}


def test_a_destination_missing_in_gateway_yaml_is_told(tmp_path):
    (finding,) = wrong(tmp_path, GATEWAY[: GATEWAY.index("  meta:\n")])
    assert (finding.code, finding.file, finding.line) == ("G021", str(tmp_path / "gateway.yaml"), 8)
    assert '"meta"' in finding.message and finding.hint


def test_a_destination_missing_in_the_policy_is_told_with_a_guess(tmp_path):
    first, second = wrong(tmp_path, GATEWAY.replace("  meta:\n", "  metta:\n"))
    assert (first.code, first.line) == ("G021", 8)
    assert (second.code, second.line, second.column, second.hint) == ("G022", 13, 3, 'did you mean "meta"?')


def test_a_destination_may_be_left_unconnected(tmp_path):
    plan = read_plan(write(tmp_path, GATEWAY[: GATEWAY.index("  meta:\n")] + "  meta: {enabled: false}\n"))
    assert list(plan.destinations) == ["own_stats"] and plan.fed_by()["meta_pixel"] == ("own_stats",)


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("vendor: meta\n", "vendor: metta\n", "G023", 14),
        ("sources: [meta_pixel]", "sources: [meta_pixels]", "G024", 17),
        ("{pixel_id:", "{pixle_id:", "G025", 15),
        ('"1234567890"', '"no number"', "G025", 15),
        ("{access_token:", "{acess_token:", "G025", 16),
        ("policy: policy.yaml", "policy: nowhere.yaml", "G020", 2),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(tmp_path, before, after, code, line):
    findings = wrong(tmp_path, GATEWAY.replace(before, after))
    assert (code, line) in {(finding.code, finding.line) for finding in findings}
    assert all(finding.file == str(tmp_path / "gateway.yaml") for finding in findings)


def test_faults_of_the_policy_are_told_in_its_own_file(tmp_path):
    (finding, *_) = wrong(tmp_path, policy=POLICY.replace("family: advertising", "family: advertizing"))
    assert (finding.file, finding.line) == (str(tmp_path / "policy.yaml"), 7)


def test_no_message_holds_a_secret(tmp_path):
    config = write(tmp_path, GATEWAY.replace("vendor: meta\n", "vendor: metta\n"))
    (tmp_path / "meta.token").write_text("s3cr3t-token")
    with pytest.raises(ConfigurationError) as refusal:
        read_plan(config)
    assert "s3cr3t" not in str(refusal.value)


def test_a_source_that_is_trusted_and_cannot_be_read_is_warned_about(tmp_path):
    trust = "signals: {trust: [{source: cmp, vendor: nobody, cookie: x}, {source: gateway_receipt}]}\n"
    plan = read_plan(write(tmp_path, policy=POLICY.replace("destinations:\n", f"{trust}destinations:\n")))
    (warning,) = [finding for finding in plan.warnings if finding.code == "G027"]
    assert warning.severity == "warning" and "nobody" in warning.message and "onetrust" in warning.hint


def test_a_click_id_that_a_destination_never_gets_is_warned_about(tmp_path):
    fields = "fields: [event.name, event.id, click.gclid, click.fbc, order.value]"
    policy = POLICY.replace("fields: [event.name, event.id, order.value]", fields)
    (warning,) = [finding for finding in read_plan(write(tmp_path, policy=policy)).warnings if finding.code == "G033"]
    assert warning.severity == "warning" and warning.line == POLICY[: POLICY.index("  meta: {party")].count("\n") + 1
    assert warning.message == "meta never gets click.gclid: google issued it, or meta does not send it"
    assert "click.fbc" in warning.hint


def test_a_manifest_of_the_operators_whose_tests_fail_is_refused(tmp_path):
    own = tmp_path / "vendors"
    own.mkdir()
    text = manifests()["jsonl.yaml"].replace("id: jsonl", "id: mine", 1)
    (own / "mine.yaml").write_text(text)
    config = GATEWAY.replace("keys:\n", "vendors_dir: vendors\nkeys:\n", 1)
    assert "mine" in read_plan(write(tmp_path, config)).catalogue.manifests
    (own / "mine.yaml").write_text(text.replace("{status: 507}, then: retry", "{status: 507}, then: ok"))
    (finding,) = wrong(tmp_path, config)
    assert (finding.code, finding.file) == ("M020", str(own / "mine.yaml"))


def test_a_network_of_ones_own_is_reached_only_where_the_operator_names_it(tmp_path):
    table = GATEWAY.replace("vendor: jsonl", "vendor: clickhouse").replace(
        "settings: {directory: DIRECTORY}",
        'settings: {url: "http://10.1.2.3:8123/"}\n    secrets: {password: P}\n    allow_networks: [10.1.2.0/24]',
    )
    route = read_plan(write(tmp_path, table)).routes["own_stats"]
    assert (route.hosts, route.networks) == ({"10.1.2.3:8123"}, (ip_network("10.1.2.0/24"),))
    for wrong in ("0.0.0.0/0", "'::/0'", "10.1.2.3/24", "example.org"):
        with pytest.raises(ConfigurationError, match="G003"):
            read_plan(write(tmp_path, table.replace("10.1.2.0/24", wrong)))


def test_a_missing_package_is_named_with_its_remedy(tmp_path, monkeypatch):
    files = GATEWAY.replace("vendor: jsonl", "vendor: parquet")
    assert read_plan(write(tmp_path, files)).routes["own_stats"].directory == tmp_path
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"(?s)G034.*pip install 'consent-gateway\[parquet\]'"):
        read_plan(write(tmp_path, files))


def test_retries_that_outlast_what_a_vendor_remembers_are_warned_about(tmp_path):
    longer = GATEWAY.replace("delivery: {drain: 0.1}", "delivery: {drain: 0.1, retry_for: 3d}")
    (finding,) = [each for each in read_plan(write(tmp_path, longer)).warnings if each.code == "G035"]
    assert (finding.code, finding.severity, finding.line) == ("G035", "warning", 7)
    assert "48 hours" in finding.message


def test_a_destination_is_only_tried_where_its_vendor_can_be(tmp_path):
    tried = GATEWAY.replace(
        'settings: {pixel_id: "1234567890"}', 'settings: {pixel_id: "1234567890", test_event_code: T1}'
    )
    plan = read_plan(write(tmp_path, tried + "    test: true\n"))
    assert plan.destinations["meta"].binding.test
    (finding,) = wrong(tmp_path, GATEWAY + "    test: true\n")
    assert (finding.code, "the test mode needs it" in finding.message) == ("G025", True)


def test_a_directory_that_is_not_there_is_told_before_events_wait_for_it(tmp_path):
    missing = GATEWAY.replace("directory: DIRECTORY", "directory: DIRECTORY/nowhere")
    for gateway, told in ((GATEWAY, []), (missing, [("G036", "warning")])):
        warnings = read_plan(write(tmp_path, gateway)).warnings
        assert [(each.code, each.severity) for each in warnings if each.code == "G036"] == told


def test_a_file_of_keys_that_lets_nobody_in_is_told_and_keeps_no_hit_from_being_taken(tmp_path):
    config = write(tmp_path)
    assert [each for each in read_plan(config).warnings if each.code == "G038"] == []
    (tmp_path / "api-keys.jsonl").write_text("x\n")
    (finding,) = [each for each in read_plan(config).warnings if each.code == "G038"]
    assert (finding.severity, finding.message) == ("warning", "line 1 is no API key")
