"""Pods keep to the restricted standard, hold no token of the cluster, and get no secret that their role has no need of."""

import base64
import re

import pytest

from gateway.keys import parse_roots
from tests.helm.chart import NAME, SETS, containers, of_kind, pods, rendered, secrets_of

EVERY = [
    pytest.param(pod, id=f"{name}-{owner}".replace("/", "-")) for name in SETS for owner, pod in pods(rendered(name))
]
VOLUMES = {"configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected"}


def unrestricted(pod):
    """Where a pod breaks the standard "restricted" of Kubernetes (pod-security-standards), or what we ask beyond it."""
    spec = pod["spec"]
    own = spec.get("securityContext", {})
    rules = {
        "the host": not {"hostNetwork", "hostPID", "hostIPC"} & {field for field in spec if spec[field]},
        "volumes": all(set(volume) - {"name"} <= VOLUMES for volume in spec.get("volumes", [])),
        "seccomp": own.get("seccompProfile") == {"type": "RuntimeDefault"},
        "user": own.get("runAsNonRoot") is True and min(own.get("runAsUser", 0), own.get("runAsGroup", 0)) >= 10_000,
        "a token of the cluster": spec.get("automountServiceAccountToken") is False,
        "variables for every service": spec.get("enableServiceLinks") is False,
    }
    found = [rule for rule, kept in rules.items() if not kept]
    return found + [f"{each['name']}: {rule}" for each in containers(pod) for rule in loose(each)]


def loose(container):
    """The same for a container."""
    context, resources = container.get("securityContext", {}), container.get("resources", {})
    rules = {
        "privileges": not context.get("privileged") and context.get("allowPrivilegeEscalation") is False,
        "capabilities": context.get("capabilities") == {"drop": ["ALL"]},
        "a root to write to": context.get("readOnlyRootFilesystem") is True,
        "resources": "requests" in resources and "memory" in resources.get("limits", {}),
        "ports of the host": not any(port.get("hostPort") for port in container.get("ports", [])),
    }
    return [rule for rule, kept in rules.items() if not kept]


@pytest.mark.parametrize("pod", EVERY)
def test_a_pod_keeps_to_the_restricted_standard(pod):
    assert unrestricted(pod) == []


def test_a_pod_that_does_not_would_be_found():
    (_, pod), *_ = pods(rendered("minimal"))
    host = {**pod, "spec": {**pod["spec"], "hostNetwork": True, "securityContext": {}, "volumes": [{"hostPath": {}}]}}
    assert unrestricted(host) == ["the host", "volumes", "seccomp", "user"]


@pytest.mark.parametrize("pod", EVERY)
def test_no_secret_is_a_variable(pod):
    for each in containers(pod):
        assert not each.get("envFrom")
        assert not [variable for variable in each.get("env", []) if "valueFrom" in variable]


@pytest.mark.parametrize("pod", EVERY)
def test_the_file_of_a_secret_is_not_for_everybody(pod):
    modes = [volume["secret"]["defaultMode"] for volume in pod["spec"].get("volumes", []) if "secret" in volume]
    assert [mode for mode in modes if mode & 0o007] == []


def by_role(objects):
    return ((owner.rpartition("-")[2], pod) for owner, pod in pods(objects) if keys_of(pod) is not None)


def keys_of(pod):
    """Which keys a pod gets of the Secret that has them; none in the list are all."""
    volumes = [volume["secret"] for volume in pod["spec"].get("volumes", []) if volume["name"] == "keys"]
    return [item["key"] for item in volumes[0].get("items", [])] if volumes else None


@pytest.mark.parametrize("name", ["production", "eks", "gke", "airgapped"])
def test_a_collector_has_no_vendors_token_and_a_worker_no_root_key(name):
    found = {owner.rpartition("-")[2]: secrets_of(pod) for owner, pod in pods(rendered(name))}
    ending = {
        role: {re.sub(r".*-(keys|store|vendors|valkey|rights)$", r"\1", each) for each in found[role]} for role in found
    }
    assert ending["collector"] <= {"keys", "store", "valkey", "rights"} and "keys" in ending["collector"]
    assert ending["worker"] <= {"keys", "vendors", "store", "valkey", "rights"} and "vendors" in ending["worker"]
    assert {role: keys_of(pod) for role, pod in by_role(rendered(name))} == {
        "collector": ["root.key"], "worker": ["vendors.key"], "check": [],
    }  # fmt: skip
    assert ending["check"] == ending["collector"] | ending["worker"]
    assert ending["test"] == set()


def test_a_secret_is_only_made_where_it_is_asked_for():
    assert {name: [each["metadata"]["name"] for each in of_kind(rendered(name), "Secret")] for name in SETS} == {
        "airgapped": [], "eks": [], "gke": [], "minimal": [f"{NAME}-keys"], "production": [],
    }  # fmt: skip


def test_a_root_key_that_is_made_is_one_and_another_each_time():
    made = [
        base64.b64decode(of_kind(rendered("minimal", which=which), "Secret")[0]["data"]["root.key"]).decode()
        for which in ("helm3", "helm4")
    ]
    assert all(parse_roots(text) for text in made)
    assert made[0] != made[1]


@pytest.mark.parametrize("name", SETS)
def test_an_account_of_the_cluster_carries_no_token_and_no_right(name):
    objects = rendered(name)
    assert [each["automountServiceAccountToken"] for each in of_kind(objects, "ServiceAccount")] == [False]
    assert not [each["kind"] for each in objects if each["kind"].endswith(("Role", "RoleBinding"))]
