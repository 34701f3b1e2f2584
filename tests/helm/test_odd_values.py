import pytest
import yaml

from tests.helm.chart import (
    CHART,
    HELMS,
    NAME,
    SETS,
    Object,
    containers,
    helm,
    named,
    of_kind,
    pods,
    rendered,
    values_of,
)
from tests.helm.schemas import wrong, wrong_of_others

# Words that YAML takes for numbers, in every place that a name of somebody else's may stand.
EVERYTHING = """
image: {pullSecrets: ["123"]}
secrets: {create: false, keys: "1", store: "2", vendors: "3", rights: "4"}
persistence: {existingClaim: "1e3"}
journal: {existingClaim: "0x1"}
pod:
  priorityClassName: "1000"
  labels: {team: "7"}
  annotations: {build: "42"}
  nodeSelector: {pool: "1"}
  tolerations: [{key: dedicated, operator: Exists}]
service: {annotations: {idle: "60"}}
ingress: {enabled: true, className: "1", annotations: {size: "8"}}
httpRoute: {enabled: true, parentRefs: [{name: "1"}], annotations: {weight: "1"}}
metrics:
  key: {secret: "5", key: "6"}
  serviceMonitor: {enabled: true, labels: {release: "1"}}
  podMonitor: {enabled: true, labels: {release: "1"}}
  alerts: {enabled: true}
  dashboard: {enabled: true}
geo:
  enabled: true
  claim: "8"
  fetch: {image: "1", command: [fetch]}
  egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]
"""
# What the objects' own kinds leave of a name: the controllers append to it, and a label takes 63 characters.
LONGEST = {"StatefulSet": 52, "CronJob": 52}


def objects_of(which: str, name: str, release: str, *words: str) -> list[Object]:
    """What a release of some name makes in a namespace that is called by a year."""
    line = ["template", release, CHART, "--namespace", "2026", "--values", values_of(name), *words]
    done = helm(which, *line, "--kube-version", "1.36")
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.mark.parametrize("name", SETS)
def test_what_runs_before_an_installation_waits_for_nothing_that_comes_with_it(name):
    objects = rendered(name, "--set", "journal.existingClaim=,journal.enabled=true,journal.accessMode=ReadWriteMany")
    job = named(objects, "Job", f"{NAME}-check")
    pod = dict(pods(objects))[f"Job/{NAME}-check"]
    with_it = {
        (each["kind"], each["metadata"]["name"])
        for each in objects
        if "helm.sh/hook" not in each["metadata"].get("annotations", {})
    }
    assert ("PersistentVolumeClaim", f"{NAME}-journal") in with_it
    needed = set()
    for volume in pod["spec"]["volumes"]:
        if "persistentVolumeClaim" in volume:
            needed.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        if "configMap" in volume:
            needed.add(("ConfigMap", volume["configMap"]["name"]))
        if "secret" in volume and "pre-install" in job["metadata"]["annotations"]["helm.sh/hook"]:
            needed.add(("Secret", volume["secret"]["secretName"]))
    assert needed and needed & with_it == set()
    assert "serviceAccountName" not in pod["spec"]
    mounted = {mount["name"] for each in containers(pod) for mount in each["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}


@pytest.mark.parametrize("which", HELMS)
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("release", ["r" * 53, "7"])
def test_a_release_of_any_name_makes_objects_that_kubernetes_takes(which, name, release, tmp_path):
    odd = tmp_path / "odd.yaml"
    odd.write_text(EVERYTHING)
    words = ["--set", "fullnameOverride=gw"] if release == "7" else []
    objects = objects_of(which, name, release, "--values", str(odd), *words)
    assert wrong(objects, tmp_path, "1.36") == []
    assert wrong_of_others(objects) == []
    assert [each for each in objects if len(each["metadata"]["name"]) > LONGEST.get(each["kind"], 63)] == []
    placed = [pod["spec"].get("nodeSelector") for _, pod in pods(objects)]
    assert placed == [{"pool": "1"}] * len(placed)


def test_the_longest_name_leaves_the_server_of_the_chart_room_for_the_label_of_its_pods():
    (server,) = of_kind(objects_of("helm4", "airgapped", "r" * 53), "StatefulSet")
    assert len(server["metadata"]["name"]) == LONGEST["StatefulSet"]


@pytest.mark.parametrize("which", HELMS)
def test_a_policy_with_the_line_ends_of_windows_reaches_the_gateway_as_it_is(which, tmp_path):
    text = yaml.safe_load(values_of("minimal").read_text("utf-8"))["policy"]["text"].replace("\n", "\r\n")
    file = tmp_path / "policy.yaml"
    file.write_bytes(text.encode())
    objects = objects_of(which, "minimal", "gw", "--set-file", f"policy.text={file}")
    assert named(objects, "ConfigMap", NAME)["data"]["policy.yaml"] == text


def test_the_chart_may_be_a_part_of_another(tmp_path):
    parent = tmp_path / "parent"
    (parent / "charts").mkdir(parents=True)
    (parent / "charts/consent-gateway").symlink_to(CHART)
    (parent / "Chart.yaml").write_text("apiVersion: v2\nname: parent\nversion: 0.1.0\n")
    values = {
        "consent-gateway": yaml.safe_load(values_of("minimal").read_text("utf-8")),
        "global": {"of": "the parent"},
    }
    (parent / "values.yaml").write_text(yaml.safe_dump(values))
    for which in HELMS:
        done = helm(which, "template", "gw", parent)
        assert done.returncode == 0, done.stderr
        assert f"name: {NAME}-all" in done.stdout
