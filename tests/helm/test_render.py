"""Both Helms render every set of values to objects that Kubernetes takes, alike, and refuse what is wrong."""

import hashlib
import json
import shutil
import subprocess
import time

import jsonschema
import pytest
import yaml

from gateway.settings.model import Settings
from tests.helm.chart import (
    CHART,
    HELMS,
    KUBERNETES,
    NAME,
    SETS,
    binary,
    helm,
    named,
    of_kind,
    pods,
    rendered,
    template,
    values_of,
)
from tests.helm.schemas import WITHOUT, of_others, wrong, wrong_of_others

EDGES = (KUBERNETES[0], KUBERNETES[-1])


def test_there_are_sets_for_every_kind_of_place():
    assert SETS == ["airgapped", "eks", "gke", "minimal", "production"]


@pytest.mark.parametrize("which", HELMS)
@pytest.mark.parametrize("name", SETS)
def test_the_linter_finds_nothing(which, name):
    done = helm(which, "lint", "--strict", CHART, "--values", values_of(name))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout and "[ERROR]" not in done.stdout


@pytest.mark.parametrize("name", SETS)
def test_both_helms_render_the_same(name):
    words = ("--set", "secrets.create=false", "--set", "secrets.keys=mine") if name == "minimal" else ()
    assert rendered(name, *words, which="helm4") == rendered(name, *words, which="helm3")


@pytest.mark.parametrize("kubernetes", EDGES)
def test_kubernetes_takes_every_object(kubernetes, tmp_path):
    objects = [each for name in SETS for each in rendered(name, kubernetes=kubernetes)]
    assert wrong(objects, tmp_path, kubernetes) == []


def test_a_wrong_object_would_be_found(tmp_path):
    objects = rendered("minimal")
    of_kind(objects, "Service")[0]["spec"]["prots"] = []
    of_kind(objects, "Deployment")[0]["spec"]["replicas"] = "one"
    assert len(wrong(objects, tmp_path, "1.36")) >= 2


def test_resources_of_others_are_as_their_makers_say():
    objects = [each for name in SETS for each in rendered(name)]
    assert wrong_of_others(objects) == []
    assert {each["kind"] for each in objects if of_others(each)} == {
        "CiliumNetworkPolicy", "ExternalSecret", "HTTPRoute", "PodMonitor", "PrometheusRule", "ScaledObject", "ServiceMonitor",
        *WITHOUT,
    }  # fmt: skip


def test_a_wrong_resource_of_others_would_be_found():
    objects = rendered("production")
    of_kind(objects, "ServiceMonitor")[0]["spec"]["endpoints"][0]["interval"] = 30
    of_kind(objects, "HTTPRoute")[0]["spec"]["hostname"] = "t.shop.example"
    assert len(wrong_of_others(objects)) >= 2


def test_names_are_unique_and_everything_is_in_the_namespace_of_the_release():
    for name in SETS:
        objects = rendered(name)
        identities = [(each["apiVersion"], each["kind"], each["metadata"]["name"]) for each in objects]
        assert len(set(identities)) == len(identities)
        assert {each["metadata"]["namespace"] for each in objects} == {"shop"}


@pytest.mark.parametrize("which", HELMS)
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("collector.replicas=0", "replicas"),
        ("colector.replicas=2", "colector"),
        ("image.repository=", "repository"),
        ("image.digest=sha256:abc", "digest"),
        ("settings.listeners.public=0.0.0.0:80", "listeners"),
        ("settings.keys.root.file=x", "keys"),
        ("settings.rights.journal=x", "rights"),
        ("journal.accessMode=ReadOnlyMany", "accessMode"),
        ("settings.sites=null", "sites"),
        ("policy.text=", "text"),
        ("networkPolicy.fqdn=calico", "fqdn"),
        ("pod.preStop=0", "preStop"),
        ("files.policy\\.yaml=x", "policy.yaml"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_and_named(which, word, told):
    done = template(which, "production", "--set", word)
    assert done.returncode != 0
    assert told in done.stderr


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("minimal", ["apart=true"], "settings.store.url"),
        ("production", ["valkey.enabled=true"], "already"),
        ("production", ["networkPolicy.store.to=null"], "networkPolicy.store.to"),
        ("minimal", ["secrets.create=false"], "secrets.keys"),
        ("airgapped", ["secrets.create=true", "secrets.keys="], "vendors.key"),
        ("production", ["journal.accessMode=ReadWriteOnce"], "journal"),
        ("minimal", ["secrets.keys=mine"], "secrets.create"),
        ("minimal", ["worker.autoscaling.kind=keda"], "apart"),
        ("minimal", ["collector.autoscaling.kind=hpa"], "apart"),
        ("production", ["worker.autoscaling.min=9"], "more than max"),
        ("minimal", ["pod.preStop=60"], "terminationGracePeriod"),
        ("minimal", ["httpRoute.enabled=true"], "httpRoute.parentRefs"),
        ("minimal", ["metrics.podMonitor.enabled=true"], "metrics.key.secret"),
        ("minimal", ["geo.enabled=true"], "geo"),
        ("production", ["settings.destinations.ga4.vendor=own"], "networkPolicy.hosts"),
        ("airgapped", ["settings.destinations.warehouse.settings.url=null"], "url"),
    ],
)
def test_what_cannot_be_right_together_is_refused_and_told(name, words, told):
    done = template("helm4", name, *(word for each in words for word in ("--set", each)))
    assert done.returncode != 0
    assert told in done.stderr


def test_every_value_has_its_words_and_nothing_unknown_is_taken_beside_it(chart_tool):
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    text = (CHART / "values.yaml").read_text("utf-8")
    jsonschema.Draft7Validator.check_schema(schema)
    paths = [path for path, _ in chart_tool.leaves(yaml.safe_load(text), chart_tool.described(text))]
    assert len(paths) > 80
    for path in paths:
        node = schema
        for step in path:
            assert node["additionalProperties"] is False, path
            node = node["properties"][step]
        assert node["description"] and ("type" in node or "enum" in node), path


def test_the_settings_are_those_of_the_gateway():
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    settings = schema["properties"]["settings"]
    fixed = {"listeners", "data_dir", "policy", "keys"}
    assert settings["properties"].keys() == Settings.model_fields.keys() - fixed, "run tools/chart.py"
    assert [name for name, each in settings["properties"].items() if not each] == [], "give it a type by hand"


def test_two_packages_of_two_checkouts_are_the_same_file(chart_tool, tmp_path):
    digests = set()
    for turn in ("first", "second"):
        checkout = shutil.copytree(CHART, tmp_path / turn / "helm", copy_function=shutil.copyfile)
        (tmp_path / turn / "out").mkdir()
        package = chart_tool.package(binary("helm4"), tmp_path / turn / "out", checkout)
        digests.add(hashlib.sha256(package.read_bytes()).hexdigest())
        time.sleep(1.1)  # the resolution of a time in a tarball is a second
    assert len(digests) == 1
    listed = subprocess.run(["tar", "-tzf", package], capture_output=True, text=True, check=True).stdout
    assert "consent-gateway/files/vendors.yaml" in listed and "/ci/" not in listed


def test_what_is_drawn_from_elsewhere_is_not_stale(chart_tool):
    stale = [path.name for path, text in chart_tool.drawn().items() if path.read_text("utf-8") != text]
    assert stale == [], "run tools/chart.py"


@pytest.mark.parametrize("name", SETS)
def test_the_notes_tell_what_there_is(name, tmp_path):
    """Helm shows notes only where there is a cluster, so that a copy of the chart renders them as a file."""
    copy = tmp_path / "helm"
    shutil.copytree(CHART, copy)
    (copy / "templates/notes.yaml").write_text(
        'notes: {{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}\n'
    )
    done = helm("helm4", "template", "gw", copy, "--values", values_of(name), "--show-only", "templates/notes.yaml")
    assert done.returncode == 0, done.stderr
    notes = yaml.safe_load(done.stdout)["notes"]
    assert f"service/{NAME}-admin" in notes
    assert ("apart" in notes.splitlines()[0]) == (name != "minimal")
    assert ("Keep a copy" in notes) == (name == "minimal")
    assert "WARNING" not in notes


@pytest.mark.parametrize("name", SETS)
def test_the_journal_of_erasures_stands_apart_from_the_data_and_outlives_the_release(name):
    def claims(*words):
        (pod, *_) = [pod for owner, pod in pods(rendered(name, *words)) if owner.startswith("Deployment")]
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        return volumes["journal"].get("persistentVolumeClaim", {}).get("claimName"), volumes["data"]

    claim, data = claims()
    assert claim and claim not in json.dumps(data)
    for each in of_kind(rendered(name), "PersistentVolumeClaim"):
        assert each["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert claims("--set", "journal.enabled=false", "--set", "journal.existingClaim=")[0] is None
    settings = yaml.safe_load(named(rendered(name), "ConfigMap", NAME)["data"]["gateway.yaml"])
    assert not settings["rights"]["journal"].startswith(settings["data_dir"] + "/")
