"""Hold the chart against every version of Kubernetes, Checkov and promtool: `python -m tests.helm [--only NAME]`.

It takes some minutes. Checkov is brought into an environment of its own, `promtool` is Debian's (`apt-get install prometheus`).
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.helm.chart import CHART, HELMS, KUBERNETES, SETS, TOOLS, rendered
from tests.helm.schemas import wrong, wrong_of_others

CHECKOV = "checkov==3.3.30"
# No limit of CPU: it would slow down who has work to do while the node is idle.
ON_PURPOSE = {"CKV_K8S_11"}
APIS = ("--api-versions", "monitoring.coreos.com/v1", "--api-versions", "gateway.networking.k8s.io/v1")


def versions(folder: Path) -> list[str]:
    """Both Helms, every set of values, every version, with and without the resources of others."""
    found: list[str] = []
    for kubernetes in KUBERNETES:
        for which in HELMS:
            for words in ((), APIS):
                objects = [each for name in SETS for each in rendered(name, *words, which=which, kubernetes=kubernetes)]
                found += [f"{kubernetes} {which}: {each}" for each in wrong(objects, folder, kubernetes)]
                found += [f"{kubernetes} {which}: {each}" for each in wrong_of_others(objects)]
    return found


def checkov(folder: Path) -> list[str]:
    """Everything that Checkov finds but the one thing that is on purpose."""
    home = TOOLS / "checkov"
    if not (home / "bin/checkov").exists():
        venv.create(home, with_pip=True)
        subprocess.run(
            [home / "bin/python", "-m", "pip", "install", "-qq", "--only-binary", ":all:", CHECKOV], check=True
        )
    for name in SETS:
        (folder / f"{name}.yaml").write_text(yaml.safe_dump_all(rendered(name)), "utf-8")
    line = [home / "bin/checkov", "-d", folder, "--framework", "kubernetes", "--skip-download", "--quiet", "--compact"]
    done = subprocess.run([*line, "-o", "json"], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    failed = report["results"]["failed_checks"]
    print(f"  checkov: {report['summary']['passed']} passed, {report['summary']['failed']} failed")
    return [
        f"{each['check_id']} {each['resource']}: {each['check_name']}"
        for each in failed
        if each["check_id"] not in ON_PURPOSE
    ]


def promtool(folder: Path) -> list[str]:
    """The alerts are rules that Prometheus takes, and go off when they should and not before."""
    tool = shutil.which("promtool")
    if tool is None:
        return ["no promtool: sudo apt-get install -y prometheus"]
    shutil.copy(CHART / "files/alerts.yaml", folder)
    shutil.copy(Path(__file__).with_name("alerts_test.yaml"), folder)
    found = []
    for words in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"]):
        done = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True, check=False)
        print("  " + (done.stdout.strip().splitlines() or [""])[-1])
        found += [f"{' '.join(words)}: {done.stdout}{done.stderr}"] if done.returncode else []
    return found


CHECKS: dict[str, Callable[[Path], list[str]]] = {"versions": versions, "checkov": checkov, "promtool": promtool}


def main() -> int:
    """Run all of them, or those named; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.helm", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=CHECKS, help="may be given again (default: all)")
    failed = 0
    for name in parser.parse_args().only or CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            found = CHECKS[name](Path(folder))
        print(f"{name}: {'passed' if not found else 'FAILED'}", *found, sep="\n  ")
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
