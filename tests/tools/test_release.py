import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from tests.house.test_lock import pins
from tests.house.tree import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PARTS = ("gateway", "policies", "pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore")
# What a release may do beside reading, and why it must.
RIGHTS = {"contents": "read", "id-token": "write", "attestations": "write", "packages": "write"}


def checkout(folder, mode, time):
    """A copy of what a build reads, as another machine might have it."""
    for part in PARTS:
        source = ROOT / part
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, folder / part, ignore=ignored) if source.is_dir() else shutil.copy(
            source, folder / part
        )
    for path in folder.rglob("*"):
        path.chmod(mode | 0o700 if path.is_dir() else mode)
        os.utime(path, (time, time))
    return folder


@pytest.mark.parametrize(("builder", "version"), [(WheelBuilder, "standard"), (SdistBuilder, "standard")])
def test_two_builds_of_two_checkouts_are_the_same_file(tmp_path, builder, version):
    digests = set()
    for name, mode, time in (("one", 0o600, 1_000_000_000), ("two", 0o644, 1_700_000_000)):
        (tmp_path / name).mkdir()
        copy = checkout(tmp_path / name, mode, time)
        (built,) = builder(str(copy)).build(directory=str(tmp_path / f"{name}-out"), versions=[version])
        digests.add(hashlib.sha256(Path(built).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_the_list_of_parts_is_the_lock_and_the_data_of_others(tool):
    document = tool("sbom").document()
    components = document["components"]
    libraries = {each["name"]: each for each in components if each["type"] == "library"}
    assert {name: each["version"] for name, each in libraries.items()} == pins("requirements.txt")
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    files = [each["content"] for part in libraries.values() for each in part["externalReferences"][0]["hashes"]]
    assert sorted(files) == sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    (table,) = [each for each in components if each["type"] == "data"]
    assert table["hashes"][0]["content"] == hashlib.sha256((ROOT / table["bom-ref"]).read_bytes()).hexdigest()
    assert table["version"] in (ROOT / "NOTICE").read_text("utf-8")


def test_every_reference_in_it_leads_to_a_part(tool):
    document = tool("sbom").document()
    known = {each["bom-ref"] for each in (document["metadata"]["component"], *document["components"])}
    assert len(known) == len(document["components"]) + 1
    named = {ref for each in document["dependencies"] for ref in (each["ref"], *each["dependsOn"])}
    assert named <= known and len(named) > 10


def test_the_same_files_give_the_same_document(tool):
    assert tool("sbom").document() == tool("sbom").document()


def test_the_shell_of_the_tools_is_sound():
    for path in sorted((ROOT / "tools").glob("*.sh")):
        done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text("utf-8"))
    assert used
    assert [name for name, note in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or "# v" not in note] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_nothing_and_a_job_what_it_needs(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"].items() <= RIGHTS.items()
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), "an expression in a shell line is code of whoever names a tag"
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
