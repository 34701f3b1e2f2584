"""The floors hold: who may import whom, as `pyproject.toml` draws it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def copy_of_the_package(folder: Path) -> Path:
    for source in [ROOT / "pyproject.toml", *(ROOT / "gateway").rglob("*.py")]:
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return folder


def test_every_contract_is_kept():
    report = contracts(ROOT)
    assert (report.returncode, " 0 broken." in report.stdout) == (0, True), report.stdout + report.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("gateway/store/protocols.py", "from gateway.hit import Hit", "The raw hit is seen only on its way"),
        ("gateway/vendors/catalogue.py", "import time", "The pure floors do no I/O"),
        ("gateway/facts.py", "import gateway.settings.model", "Floors: each floor sees only the floors below it"),
    ],
)
def test_a_contract_bites_when_it_is_broken_on_purpose(tmp_path, module, line, contract):
    copy = copy_of_the_package(tmp_path)
    path = copy / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    report = contracts(copy)
    broken = [text for text in report.stdout.splitlines() if text.endswith("BROKEN")]
    assert report.returncode == 1
    assert any(text.startswith(contract) for text in broken), report.stdout + report.stderr
