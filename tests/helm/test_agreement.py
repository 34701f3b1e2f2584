"""What the chart says of the gateway is true: its files load, its commands, probes and metrics exist, its pods start."""

import json
import re
import subprocess
import sys

import click
import pytest
import yaml

from gateway import __version__
from gateway.cli import main
from gateway.settings.model import PREFIX, Settings
from gateway.telemetry import METRICS
from tests.blackbox.running import ROOT
from tests.helm.chart import CHART, NAME, SETS, containers, named, of_kind, pods, rendered
from tests.helm.files import written
from tests.helm.pod import Pod, valkey
from tests.house.test_docs import first_cells

OURS = [
    pytest.param(each, id=f"{name}-{owner}-{each['name']}".replace("/", "-"))
    for name in SETS
    for owner, pod in pods(rendered(name))
    for each in containers(pod)
    if "consent-gateway@" in each["image"]
]
METRIC = re.compile(r"gateway_[a-z_]+")
ALERTS = yaml.safe_load((CHART / "files/alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.mark.parametrize("name", SETS)
def test_the_rendered_files_pass_the_check_that_runs_before_an_upgrade(name, tmp_path):
    objects = rendered(name)
    laid = written(tmp_path, objects, f"Job/{NAME}-check")
    for container in containers(dict(pods(objects))[f"Job/{NAME}-check"]):
        done = run(*(laid.moved(word) for word in container["args"]))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "error[" not in done.stdout


def test_a_policy_that_is_wrong_does_not_pass_it(tmp_path):
    words = ("--set", "policy.text=policy: 2")
    laid = written(tmp_path, rendered("minimal", *words), f"Job/{NAME}-check")
    assert run("check", "--config", str(laid.config)).returncode == 1


@pytest.mark.parametrize("container", OURS)
def test_a_command_in_a_pod_exists_with_its_options(container):
    words, command, context = list(container["args"]), main, click.Context(main)
    while isinstance(command, click.Group):
        word = words.pop(0)
        command = command.get_command(context, word)
        assert command is not None, word
    command.make_parser(context).parse_args(words)  # raises where there is no such option


@pytest.mark.parametrize("name", SETS)
def test_a_variable_of_ours_is_a_setting(name):
    variables = [
        variable["name"]
        for _, pod in pods(rendered(name))
        for each in containers(pod)
        for variable in each.get("env", [])
    ]
    ours = [each.removeprefix(PREFIX).lower().partition("__")[0] for each in variables if each.startswith(PREFIX)]
    assert set(ours) <= set(Settings.model_fields)


@pytest.mark.parametrize("name", SETS)
def test_a_pod_has_the_time_that_it_needs_to_end(name):
    for each in of_kind(rendered(name), "Deployment"):
        pod = each["spec"]["template"]["spec"]
        waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] >= waits + Settings.model_fields["delivery"].default.drain + 30


def used_metrics():
    """Every metric that an alert, the dashboard or a scaler asks for."""
    dashboard = json.loads((CHART / "dashboards/gateway.json").read_text("utf-8"))
    expressions = [rule["expr"] for rule in ALERTS]
    expressions += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    query = named(rendered("production"), "ScaledObject", f"{NAME}-worker")["spec"]["triggers"][0]["metadata"]["query"]
    return {word for each in (*expressions, query) for word in METRIC.findall(each)}


def test_every_metric_of_an_alert_and_of_the_dashboard_exists():
    assert len(used_metrics()) > 20
    assert used_metrics() - {metric.name for metric in METRICS} == set()


def test_every_alert_goes_off_in_the_test_of_promtool_and_has_its_page():
    tests = yaml.safe_load((ROOT / "tests/helm/alerts_test.yaml").read_text("utf-8"))["tests"]
    (fired,) = tests[-1]["promql_expr_test"][0]["exp_samples"]
    assert fired["value"] == len(ALERTS)
    assert {rule["alert"] for rule in ALERTS} == first_cells("docs/how-to/answer-alerts.md")


def test_panels_of_the_dashboard_do_not_lie_over_each_other():
    panels = json.loads((CHART / "dashboards/gateway.json").read_text("utf-8"))["panels"]
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in panels]
    assert len(set(places)) == len(places) == len({each["id"] for each in panels})


def test_a_label_in_an_alert_is_one_of_its_metric():
    labels = {metric.name: {*metric.labels, "namespace"} for metric in METRICS}
    alerts = yaml.safe_load((CHART / "files/alerts.yaml").read_text("utf-8"))
    for rule in alerts["groups"][0]["rules"]:
        allowed = set().union(*(labels[word] for word in METRIC.findall(rule["expr"])))
        asked = {word.strip() for words in re.findall(r"\bby \(([^)]*)\)", rule["expr"]) for word in words.split(",")}
        told = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        assert asked <= allowed and told <= asked, rule["alert"]


def test_the_rule_for_the_operator_is_the_file_of_alerts():
    rule = named(rendered("production"), "PrometheusRule", NAME)
    assert rule["spec"] == yaml.safe_load((CHART / "files/alerts.yaml").read_text("utf-8"))
    assert all({"summary", "what_to_do"} == set(each["annotations"]) for each in rule["spec"]["groups"][0]["rules"])


def test_the_version_and_the_user_are_the_same_everywhere():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    users = {pod["spec"]["securityContext"]["runAsUser"] for name in SETS for _, pod in pods(rendered(name))}
    assert f"\nUSER {users.pop()}:10001\n" in (ROOT / "Dockerfile").read_text("utf-8") and not users


def test_a_change_of_the_files_restarts_the_pods_and_of_the_policy_alone_only_where_asked():
    def sum_of(*words):
        (deployment,) = of_kind(rendered("minimal", *words), "Deployment")
        return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    stays = ("--set", "policy.restart=false")
    assert sum_of() != sum_of("--set", "policy.text=other")
    assert sum_of(*stays) == sum_of(*stays, "--set", "policy.text=other")
    assert sum_of(*stays) != sum_of(*stays, "--set", "settings.log_level=debug")


def test_the_one_pod_starts_as_it_is_rendered_and_ends_when_it_is_told_to(tmp_path):
    with Pod(tmp_path / "all", rendered("minimal"), f"Deployment/{NAME}-all") as pod:
        assert pod.probed() == {"/livez": 200, "/readyz": 200}
        assert pod.hit("t.shop.example") == 200
        assert pod.stop() == 0


def test_collector_and_worker_start_as_rendered_on_the_rendered_valkey(tmp_path):
    """Each with the files and Secrets that its pod mounts, and no others."""
    objects = rendered("airgapped")
    text = named(objects, "ConfigMap", f"{NAME}-valkey")["data"]["valkey.conf"]
    (tmp_path / "auth.conf").write_text("requirepass word\n")
    (tmp_path / "valkey").mkdir()
    text = text.replace("/run/valkey/auth.conf", str(tmp_path / "auth.conf")).replace("/data", str(tmp_path / "valkey"))
    (tmp_path / "valkey.conf").write_text(text)
    with valkey(tmp_path / "valkey.conf") as port:
        store = {"url": f"redis://:word@127.0.0.1:{port}/0"}
        with (
            Pod(tmp_path / "collector", objects, f"Deployment/{NAME}-collector", store) as collector,
            Pod(tmp_path / "worker", objects, f"Deployment/{NAME}-worker", store) as worker,
        ):
            assert collector.probed() == worker.probed() == {"/livez": 200, "/readyz": 200}
            assert 'gateway_store_info{durability="strict",engine="redis"} 1.0' in collector.metrics()
            assert collector.hit("t.intranet.example") == 200
            described = set(re.findall(r"^# HELP (\w+) ", collector.metrics() + worker.metrics(), re.MULTILINE))
            assert used_metrics() <= described  # of a live one, not of a table alone
            assert collector.stop() == worker.stop() == 0
