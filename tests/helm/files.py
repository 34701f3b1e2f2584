"""Lay out on this machine what Kubernetes would mount into a rendered pod, so that the gateway can be run on it."""

import base64
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.keys import VENDORS, Keys
from tests.helm.chart import NAME, PODS, Object, named
from tests.house.tree import ROOT

MOUNTED = ("/etc/gateway", "/run/gateway", "/var/lib/gateway")
ROOT_BYTES = secrets.token_bytes(32)
ROOT_KEY = base64.b64encode(ROOT_BYTES).decode()
# What the Secrets of the sets of values hold, by the folder they are mounted at.
SECRETS: Mapping[str, Mapping[str, str]] = {
    "keys": {"root.key": ROOT_KEY, "vendors.key": base64.b64encode(Keys(ROOT_BYTES).derive(VENDORS)).decode()},
    "store": {"password": "word", "salt.url": "redis://127.0.0.1:1/0", "url": "redis://127.0.0.1:1/0"},
    "vendors": {"meta": "token", "ga4": "secret", "clickhouse": "word"},
    "rights": {"webhooks": f"whsec_{ROOT_KEY}"},
}


class Laid(NamedTuple):
    """The folder that stands for a pod's root, and the operator's file in it."""

    root: Path
    config: Path

    def moved(self, text: str) -> str:
        """A text whose paths lead into the folder."""
        for path in MOUNTED:
            text = text.replace(path, f"{self.root}{path}")
        return text


def written(
    folder: Path, objects: Sequence[Object], owner: str = f"Job/{NAME}-check", store: Mapping[str, str] | None = None
) -> Laid:
    """The ConfigMap and the Secrets that a pod mounts, and no others. `store` is laid over the store's Secret."""
    kind, _, name = owner.partition("/")
    pod = named(objects, kind, name)
    for step in PODS[kind]:
        pod = pod[step]
    laid = Laid(folder, folder / "etc/gateway/gateway.yaml")
    for path in (*MOUNTED, "/var/lib/gateway/stats", "/var/lib/gateway-journal"):
        (folder / path[1:]).mkdir(parents=True, exist_ok=True)
    for volume in pod["spec"]["volumes"]:
        if "configMap" in volume:
            for file, text in named(objects, "ConfigMap", volume["configMap"]["name"])["data"].items():
                (folder / "etc/gateway" / file).write_text(laid.moved(text), "utf-8")
        if volume["name"] == "geo":
            (folder / "var/lib/gateway-geo").mkdir()
            shutil.copy(ROOT / "gateway/region/country.bin.xz", folder / "var/lib/gateway-geo")
        if "secret" in volume:
            given = {**SECRETS[volume["name"]], **((store or {}) if volume["name"] == "store" else {})}
            taken = {item["key"] for item in volume["secret"].get("items", [])}
            given = {file: text for file, text in given.items() if not taken or file in taken}
            _secret(folder / "run/gateway" / volume["name"], given, volume["secret"]["defaultMode"])
    return laid


def _secret(folder: Path, given: Mapping[str, str], mode: int) -> None:
    folder.mkdir()
    for file, text in given.items():
        (folder / file).write_text(text, "utf-8")
        (folder / file).chmod(mode)
