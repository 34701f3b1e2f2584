"""Write what of the chart is drawn from elsewhere: the vendors' hosts, the words of the schema, the README's table.

Run it after a change of a manifest, of `helm/values.yaml` or of the version. `--check` writes nothing and says what is
stale.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway import __version__
from gateway.bootstrap.shipped import manifests
from gateway.outbound import FILES
from gateway.settings.model import Settings
from gateway.vendors.binding import Binding
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.manifest import Manifest
from gateway.vendors.request import Destination

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "helm"
TABLE = re.compile(r"(?<=<!-- values -->\n).*?(?=<!-- /values -->)", re.DOTALL)
# Settings that the chart fixes.
FIXED = ("listeners", "data_dir", "policy", "keys")
# The day of every file in a package, in seconds since 1970: what a Git checkout leaves there says nothing.
DAY = 1_767_225_600
HEAD = """\
# Written by tools/chart.py from the manifests: where vendors are reached, for events and for erasures.
# {name} is a setting, {name|a|b} the same with b in the place of a, and so on by pairs.
"""
_REPLACED = re.compile(r"https://\{\{ settings\.(\w+)((?: \| replace\('[^']*', ?'[^']*'\))+) \}\}/")
_PAIR = re.compile(r"replace\('([^']*)', ?'([^']*)'\)")
_KEY = re.compile(r"( *)([A-Za-z]\w*):(.*)")


def drawn() -> dict[Path, str]:
    """Every file, as it should be."""
    words = described((CHART / "values.yaml").read_text("utf-8"))
    return {
        CHART / "files/vendors.yaml": vendors(),
        CHART / "values.schema.json": schema(words),
        CHART / "README.md": readme(words),
        CHART / "Chart.yaml": versioned(),
    }


def vendors() -> str:
    """Each vendor's hosts; `{name}` stands for the host in that setting, which may have a default."""
    rows = {}
    texts = manifests()
    for manifest in load_catalogue(texts).manifests.values():
        replaced = {
            f"{{{'|'.join((name, *(word for pair in _PAIR.findall(steps) for word in pair)))}}}"
            for name, steps in _REPLACED.findall(texts[manifest.file])
        }
        hosts = sorted(hosts_of(manifest) | replaced)
        defaults = {name: setting.default for name, setting in manifest.settings.items() if setting.default}
        used = {
            name: value
            for name, value in defaults.items()
            if any(re.search(rf"\{{{name}[}}|]", host) for host in hosts)
        }
        rows[manifest.id] = {"hosts": hosts, **({"defaults": used} if used else {})}
    return HEAD + yaml.safe_dump(rows, sort_keys=False, width=120)


def hosts_of(manifest: Manifest) -> set[str]:
    """The hosts of a manifest, its settings left open; none where it only writes files."""
    if manifest.api.request.method in FILES:
        return set()
    plain = {name: f"open-{name}-open" for name, setting in manifest.settings.items() if not setting.is_map}
    whole = {name: f"https://{value}" for name, value in plain.items()}
    secrets = dict.fromkeys(manifest.secrets, "{}")
    # A setting that is a whole address leaves no host where it is given a bare one.
    plainly, wholly = (
        hosts_of_all(Destination(manifest, Binding(manifest.id, given, secrets))) for given in (plain, whole)
    )
    found = plainly or wholly
    return {re.sub(r"open-(.*?)-open", r"{\1}", host) for host in found}


def hosts_of_all(destination: Destination) -> frozenset[str]:
    """Where its events go, and where it is asked to erase a person."""
    return destination.hosts | destination.erasure_hosts


def described(text: str) -> dict[tuple[str, ...], str]:
    """The comment above each value, by its path."""
    words: dict[tuple[str, ...], str] = {}
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        match = _KEY.fullmatch(line)
        if line.lstrip().startswith("# "):
            comment.append(line.strip().removeprefix("# "))
        elif match:
            path = [*path[: len(match[1]) // 2], match[2]]
            words[tuple(path)] = " ".join(comment)
            comment = []
        else:
            comment = []
    return words


def schema(words: Mapping[tuple[str, ...], str]) -> str:
    """The schema with the words of the values and the names of the settings; its types are written there by hand."""
    value = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    _describe(value, (), words)
    settings = value["properties"]["settings"]
    taken = [name for name in Settings.model_fields if name not in FIXED]
    settings["properties"] = {name: settings["properties"].get(name, {}) for name in taken}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _describe(node: dict[str, Any], path: tuple[str, ...], words: Mapping[tuple[str, ...], str]) -> None:
    if words.get(path):
        node["description"] = words[path]
    for name, inner in node.get("properties", {}).items():
        _describe(inner, (*path, name), words)


def readme(words: Mapping[tuple[str, ...], str]) -> str:
    """The README with its table of values."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    rows = "".join(
        f"| `{'.'.join(path)}` | `{json.dumps(value)}` | {words[path]} |\n" for path, value in leaves(values, words)
    )
    return TABLE.sub(
        lambda _: f"| value | default | |\n| --- | --- | --- |\n{rows}", (CHART / "README.md").read_text("utf-8")
    )


def leaves(
    values: Mapping[str, Any], words: Mapping[tuple[str, ...], str], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that stands on a line of its own and is no heading of others, with its path."""
    for name, value in values.items():
        here = (*path, name)
        if isinstance(value, dict) and any((*here, inner) in words for inner in value):
            yield from leaves(value, words, here)
        else:
            yield here, value


def versioned() -> str:
    """Chart and gateway are one release."""
    text = (CHART / "Chart.yaml").read_text("utf-8")
    return re.sub(r"^(version|appVersion): .*$", rf'\1: "{__version__}"', text, flags=re.MULTILINE)


def package(helm: str, target: Path, chart: Path = CHART) -> Path:
    """The chart as one file that is the same wherever it is made, by a Helm 4: every file is of the same day."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(chart, Path(folder) / "helm"))
        for path in copy.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (DAY, DAY))
        subprocess.run([helm, "package", copy, "--destination", target], check=True, capture_output=True)  # noqa: S603
    return target / f"consent-gateway-{__version__}.tgz"


def main() -> None:
    """Write what is stale; with `--check` name it and exit with 1; with `--package HELM FOLDER` make the one file."""
    if "--package" in sys.argv:
        print(package(sys.argv[2], Path(sys.argv[3])))
        return
    stale = [(path, text) for path, text in drawn().items() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(f"{path.relative_to(ROOT)}: {'stale' if '--check' in sys.argv else 'written'}")
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    sys.exit(1 if stale and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
