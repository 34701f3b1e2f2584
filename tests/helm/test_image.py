"""The Dockerfile is sound, and brings what the gateway needs and nothing else. Built for real by tools/image.sh."""

import re
import subprocess

from tests.helm.chart import TOOLS
from tests.house.tree import ROOT

TEXT = (ROOT / "Dockerfile").read_text("utf-8")


def test_the_linter_of_dockerfiles_finds_nothing():
    linter = TOOLS / "schemas/bin/hadolint"
    done = subprocess.run([linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_package_is_installed_by_its_hash_and_nothing_is_compiled():
    assert "--require-hashes" in TEXT and "--only-binary :all:" in TEXT and "--no-deps" in TEXT
    assert "requirements.txt" in TEXT and "requirements-dev" not in TEXT


def test_only_what_is_named_can_get_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    kept = {line[1:] for line in ignored if line.startswith("!")}
    sources = {word for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE) for word in line.split()[:-1]}
    assert sources == kept


def test_the_health_check_is_a_command_of_the_gateway_and_needs_no_shell():
    (check,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", TEXT, re.MULTILINE)
    assert '"health", "--live"' in check
    assert re.search(r"^ENTRYPOINT \[", TEXT, re.MULTILINE) and re.search(r"^CMD \[", TEXT, re.MULTILINE)
