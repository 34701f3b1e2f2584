"""Hold rendered objects against strict schemas: those of Kubernetes, and those of the makers of other resources."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from tests.helm.chart import TOOLS, Object
from tests.house.tree import ROOT

MODELS = ("cilium.io", "external-secrets.io", "gateway.networking.k8s.io", "keda.sh", "monitoring.coreos.com")
# Their makers publish no schema: what the chart writes of them is compared field by field in the tests.
WITHOUT = {"FQDNNetworkPolicy", "HealthCheckPolicy"}


def of_others(each: Object) -> bool:
    """Whether Kubernetes itself knows nothing of an object."""
    return group(each) in MODELS or each["kind"] in WITHOUT


def group(each: Object) -> str:
    """The group of its interface."""
    return str(each["apiVersion"]).partition("/")[0]


def wrong(objects: Sequence[Object], folder: Path, kubernetes: str) -> list[str]:
    """What the schemas of a version of Kubernetes find in its own objects; every object has to be known."""
    file = folder / f"objects-{kubernetes}.yaml"
    file.write_text(yaml.safe_dump_all(each for each in objects if not of_others(each)), "utf-8")
    validate = TOOLS / "schemas" / "bin" / "kubernetes-validate"
    done = subprocess.run(
        [validate, "--strict", "--kubernetes-version", kubernetes, file],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    told = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    assert any(line.startswith("INFO") for line in told), told  # it did look
    return [line for line in told if line and not line.startswith("INFO")]


def wrong_of_others(objects: Iterable[Object]) -> list[str]:
    """The same for HTTPRoutes, ServiceMonitors and their like."""
    node = shutil.which("node") or str(TOOLS.parent / "bin" / "node")
    line = [node, ROOT / "tools/helm/crds.mjs", TOOLS / "models/node_modules"]
    text = json.dumps([each for each in objects if group(each) in MODELS])
    done = subprocess.run(
        line,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "NODE_OPTIONS": ""},
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines(), *(["node failed"] if done.returncode else [])]
