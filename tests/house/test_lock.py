"""The locks hold what `pyproject.toml` asks for, every file by its hash, and nothing names a package index."""

import json
import re
import tomllib

import pytest

from tests.house.tree import ROOT, files, name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = [
    "requirements.txt", "requirements-dev.txt", "requirements-browser.txt", "requirements-compiler.txt",
    "requirements-helm.txt",
]  # fmt: skip
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)(\[[a-z,]+\])?==(?P<version>\S+)( ; .*)?( \\)?\Z")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?\Z")

# Written in pieces, so that this file is not itself a finding.
INDEXES = ["pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb." + "debian.org", "npm" + "js.com"]
INDEX_OPTIONS = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links", "--trusted" + "-host"]


def pins(lock: str) -> dict[str, str]:
    found = (PIN.match(line) for line in (ROOT / lock).read_text(encoding="utf-8").splitlines())
    return {match["name"]: match["version"] for match in found if match}


def wanted(requirements: list[object]) -> set[str]:
    texts = [text for text in requirements if isinstance(text, str)]
    return {re.split(r"[\[<>=;~! ]", text, maxsplit=1)[0].lower().replace("_", "-") for text in texts}


def group(title: str) -> set[str]:
    entries = PROJECT["dependency-groups"][title]
    nested = [entry["include-group"] for entry in entries if isinstance(entry, dict)]
    return wanted(entries).union(*(group(inner) for inner in nested))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_or_a_hash(lock):
    lines = [line for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not (PIN.match(line) or HASH.match(line))] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    bare = [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if PIN.match(line) and not HASH.match(after)
    ]
    assert bare == []


def test_the_lock_covers_what_the_gateway_needs():
    assert wanted(PROJECT["project"]["dependencies"]) <= pins("requirements.txt").keys()


def test_the_development_lock_covers_what_the_tests_need():
    assert group("dev") <= pins("requirements-dev.txt").keys()


def test_the_browser_lock_covers_what_the_browser_needs():
    assert group("browser") <= pins("requirements-browser.txt").keys()


def test_the_compilers_lock_covers_what_losing_power_needs():
    assert group("compiler") <= pins("requirements-compiler.txt").keys()


def test_the_charts_lock_covers_what_its_tests_need():
    assert group("helm") <= pins("requirements-helm.txt").keys()


def test_tests_run_against_what_is_shipped():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("tool", ["browser", "helm"])
def test_every_npm_package_is_pinned_by_its_hash(tool):
    lock = json.loads((ROOT / f"tools/{tool}/package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages
    assert [path for path, entry in packages.items() if "integrity" not in entry or "resolved" in entry] == []


@pytest.mark.parametrize("word", INDEXES + INDEX_OPTIONS)
def test_no_file_names_a_package_index(word):
    naming = [name(path) for path in files() if word in path.read_bytes().decode("utf-8", "replace")]
    # The one switch that keeps an index out of the locks bears the name of what it prevents.
    assert [path for path in naming if not (path == "tools/lock.sh" and word == INDEX_OPTIONS[0])] == []
