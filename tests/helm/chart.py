"""Render the chart with a real Helm, and take apart what comes out."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.house.tree import ROOT

CHART = ROOT / "helm"
TOOLS = Path(sys.prefix) / "helm"
HELMS = ("helm4", "helm3")
SETS = sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml"))
RELEASE, NAMESPACE = "gw", "shop"
NAME = f"{RELEASE}-consent-gateway"
KUBERNETES = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
# What runs pods, and where in it the pod stands.
PODS: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}

Object = dict[str, Any]


def binary(which: str) -> str:
    """Where a Helm is."""
    path = os.environ.get(which.upper(), str(TOOLS / which))
    if not Path(path).exists():
        raise FileNotFoundError(f"no {which} at {path}: `./run test` brings it, or name one in {which.upper()}")
    return path


def helm(which: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a Helm, `helm4` or `helm3`."""
    return subprocess.run([binary(which), *map(str, words)], capture_output=True, text=True, check=False, timeout=600)


def values_of(name: str) -> Path:
    """The file of a set of values."""
    return CHART / "ci" / f"{name}-values.yaml"


def template(which: str, name: str, *words: str, kubernetes: str = "1.36") -> subprocess.CompletedProcess[str]:
    """Render a set of values, with further words of the command line."""
    line = ["template", RELEASE, CHART, "--namespace", NAMESPACE, "--values", values_of(name)]
    return helm(which, *line, "--kube-version", kubernetes, *words)


@cache
def _text(which: str, name: str, kubernetes: str, words: tuple[str, ...]) -> str:
    done = template(which, name, *words, kubernetes=kubernetes)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(name: str, *words: str, which: str = "helm4", kubernetes: str = "1.36") -> list[Object]:
    """The objects of a set of values."""
    return [each for each in yaml.safe_load_all(_text(which, name, kubernetes, words)) if each]


def of_kind(objects: Sequence[Object], kind: str) -> list[Object]:
    """Those of a kind."""
    return [each for each in objects if each["kind"] == kind]


def named(objects: Sequence[Object], kind: str, name: str) -> Object:
    """The one object of a kind and a name."""
    (found,) = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


def pods(objects: Sequence[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod that objects make, as its owner's kind and name and its template."""
    for each in objects:
        if each["kind"] in PODS:
            pod = each
            for step in PODS[each["kind"]]:
                pod = pod[step]
            yield f"{each['kind']}/{each['metadata']['name']}", pod


def containers(pod: Object) -> list[Object]:
    """All containers of a pod."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def secrets_of(pod: Object) -> set[str]:
    """The Secrets that a pod mounts."""
    return {volume["secret"]["secretName"] for volume in pod["spec"].get("volumes", []) if "secret" in volume}
