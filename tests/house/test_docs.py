"""The documentation tells the truth: what exists is described, what is described exists, and its examples run."""

import ast
import json
import re
import shlex
import subprocess
import sys
from functools import cache

import click
import pytest

from gateway import taxonomy
from gateway.cli import COMMANDS, main
from gateway.decision import Reason
from gateway.delivery import RESULTS
from gateway.outbound import Outcome
from gateway.pace import STATES
from gateway.settings.model import Settings
from gateway.telemetry import METRICS
from gateway.vendors.catalogue import SHIPPED
from gateway.web.collect import SEGMENT
from gateway.web.dsr.operations import OPERATIONS
from tests.house.tree import PACKAGE, ROOT, files, modules, name, parsed

PAGES = [path for path in files(".md") if path.parts[len(ROOT.parts)] != "tests"]
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def page(path):
    return (ROOT / path).read_text(encoding="utf-8")


def code_spans(path):
    return set(re.findall(r"`([^`\n]+)`", page(path)))


def words(path):
    """Every word of the code in a page's text."""
    return {word for span in code_spans(path) for word in span.split()}


def first_cells(path):
    """The words in the first column of a page's tables, where they are code."""
    return {
        word
        for line in page(path).splitlines()
        if line.startswith("| `")
        for word in re.findall(r"`([^`]+)`", line.split("|")[1])
    }


def anchors(text):
    titles = re.findall(r"^#+ (.+)$", re.sub(FENCE, "", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_leads_somewhere(path):
    broken = []
    for target in LINK.findall(re.sub(FENCE, "", path.read_text(encoding="utf-8"))):
        place, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (path.parent / place).resolve() if place else path
        if not found.exists() or (anchor and anchor not in anchors(found.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme():
    reached, open_pages = set(), [ROOT / "README.md"]
    while open_pages:
        path = open_pages.pop()
        if path in reached or path.suffix != ".md" or not path.exists():
            continue
        reached.add(path)
        targets = [target.partition("#")[0] for target in LINK.findall(path.read_text(encoding="utf-8"))]
        open_pages += [(path.parent / target).resolve() for target in targets if target and "://" not in target]
    assert [name(path) for path in files(".md", under=ROOT / "docs") if path not in reached] == []


def test_every_reason_is_described_and_no_other():
    described = first_cells("docs/reference/reasons.md")
    assert set(Reason) - described == set()
    assert {word for word in described if re.fullmatch(r"[a-z_]+", word)} - set(Reason) - set(taxonomy.BASES) == set()


def test_every_metric_is_described_and_no_other():
    described = {word for word in code_spans("docs/reference/metrics.md") if re.fullmatch(r"gateway_[a-z_]+", word)}
    assert described == {metric.name for metric in METRICS}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_label_of_a_metric_is_described(metric):
    row = next(line for line in page("docs/reference/metrics.md").splitlines() if line.startswith(f"| `{metric.name}`"))
    assert set(re.findall(r"`([a-z_]+)`", row.split("|")[2])) == set(metric.labels)


def codes_of_findings():
    """Every code that a finding is given in the package; what else looks like one is told by its place."""
    for path in modules():
        if path.parent.name == "canary":  # its G100 is what Google calls a no
            continue
        words = (node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant))
        yield from (word for word in words if re.fullmatch(r"[A-Z]\d{3}", str(word)))


def test_every_code_of_an_error_has_its_row_in_order_and_no_other_has():
    described = re.findall(r"^\| ([A-Z]\d{3}) \|", page("docs/reference/errors.md"), re.MULTILINE)
    assert sorted(described) == sorted(set(codes_of_findings()))
    for letter in {code[0] for code in described}:
        rows = [code for code in described if code.startswith(letter)]
        assert rows == sorted(rows)


def test_no_page_speaks_of_a_code_that_there_is_not():
    found = {(name(path), code) for path in PAGES for code in re.findall(r"\b[GPMY]\d{3}\b", path.read_text("utf-8"))}
    known = set(codes_of_findings())
    assert {(path, code) for path, code in found if code not in known} == set()


def paths_served():
    """Every path that a module of the listeners names as a whole; a pointer into JSON is none."""
    for module in [*files(".py", under=PACKAGE / "web"), PACKAGE / "mail/accept.py"]:
        tree = parsed(module)
        pointers = {
            id(value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Dict)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value == "pointer"
        }
        parts = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr | ast.BinOp)
            for part in ast.walk(node)
        }
        whole = (node for node in ast.walk(tree) if id(node) not in pointers | parts)
        for word in (str(node.value) for node in whole if isinstance(node, ast.Constant)):
            if re.fullmatch(r"/[a-z.][\w./{}-]*", word):
                yield word.partition("{")[0].rstrip("/")


def paths_described():
    """Every path in the first column of the tables about HTTP, up to what varies in it."""
    rows = [
        line.split("|")[1:-1]
        for line in page("docs/reference/http.md").replace(r"\|", ",").splitlines()
        if line.startswith("| `")
    ]
    spans = [span for cells in rows for span in re.findall(r"`([^`]+)`", cells[0])]
    found = {match[0] for span in spans for match in re.finditer(r"(?<!\S)/[a-z.][\w./-]*", span)}
    return {re.split(r"/[A-Z]", path)[0].rstrip("/") for path in found}


def test_every_path_is_described():
    text = page("docs/reference/http.md")
    served = set(paths_served())
    assert {"/consent", "/v1/dead-letters", "/opendsr/v2", "/livez"} <= served
    assert {path for path in served if path not in text} == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_of_the_api_of_rights_is_described(operation):
    last = [part for part in operation.path.split("/") if part and "{" not in part][-1]
    assert re.search(rf"/{last}\b", page("docs/reference/http.md"))


def test_no_path_is_described_that_is_not_served():
    assert {"/gw.js", "/v1/dead-letters", "/v1/dsr/preview"} <= paths_described()
    served = {*paths_served(), *(operation.path.partition("/{")[0] for operation in OPERATIONS)}
    ends = {operation.path.rpartition("}")[2] for operation in OPERATIONS if "{" in operation.path}
    known = (served | ends | {f"{SEGMENT}track"}) - {"", "/v1"}
    assert {path for path in paths_described() if not path.startswith(tuple(known))} == set()


def settings_of(model, prefix=""):
    """Dotted names of every setting; what stands under a name of the operator's own is told by itself."""
    for key, field in model.model_fields.items():
        inner = field.annotation
        if hasattr(inner, "model_fields") and key != "keys":
            yield from settings_of(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


@pytest.mark.parametrize("setting", sorted(settings_of(Settings)))
def test_every_setting_is_described(setting):
    described = first_cells("docs/reference/settings.md")
    assert setting in described or any(word.startswith(f"{setting}.") for word in described)


def test_no_setting_is_described_that_does_not_exist():
    known = set(settings_of(Settings))
    dotted = {word for word in first_cells("docs/reference/settings.md") if re.fullmatch(r"[a-z_]+\.[a-z_.]+", word)}
    assert {word for word in dotted if word not in known and word.partition(".")[0] not in known} == set()


def commands(group, prefix):
    for title in group.list_commands(None):
        command = group.get_command(None, title)
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {title}")
        else:
            yield f"{prefix} {title}"


def test_every_command_is_described_and_no_other():
    described = {word for word in first_cells("docs/reference/commands.md") if word.startswith("gateway ")}
    assert described == set(commands(main, "gateway"))


def test_every_registered_command_can_be_loaded():
    assert [title for title in COMMANDS if main.get_command(None, title) is None] == []


def test_every_vendor_is_listed_with_its_pixels_and_no_other():
    rows = [line.split("|") for line in page("docs/reference/vendors.md").splitlines() if line.startswith("| `")]
    listed = {cells[1].strip(" `"): set(re.findall(r"`([a-z0-9_]+)`", cells[2])) for cells in rows}
    catalogue = [json.loads(line) for line in run("gateway vendor list --json").stdout.splitlines()]
    assert listed == {vendor["id"]: set(vendor["pixels"]) for vendor in catalogue}
    assert listed.keys() == {file.removesuffix(".yaml") for file in SHIPPED}


def test_every_result_of_a_delivery_and_every_state_of_a_lane_is_described():
    assert {*RESULTS, *STATES} - words("docs/reference/delivery.md") == set()
    assert first_cells("docs/reference/delivery.md") - {*RESULTS, *STATES, *Outcome} == set()


@pytest.mark.parametrize("level", sorted({level for order in taxonomy.LEVELS.values() for level in order}))
def test_every_level_of_weakening_is_described(level):
    assert level in code_spans("docs/reference/weakening.md") | code_spans("docs/reference/policy.md")


@pytest.mark.parametrize("family", taxonomy.FAMILIES)
def test_every_purpose_family_is_described(family):
    assert family in words("docs/reference/policy.md")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_described(outcome):
    assert outcome in code_spans("docs/reference/manifests.md")


def run(command):
    words = shlex.split(command)
    assert words[0] == "gateway"
    line = [sys.executable, "-m", "gateway", *words[1:]]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def test_the_readmes_policy_is_a_policy_of_ten_lines(tmp_path):
    (policy,) = [body for kind, body in FENCE.findall(page("README.md")) if kind == "yaml"]
    path = tmp_path / "policy.yaml"
    path.write_text(policy, encoding="utf-8")
    checked, tested = run(f"gateway policy check {path}"), run(f"gateway policy test --require-tests {path}")
    assert len(policy.splitlines()) == 10
    assert (checked.returncode, tested.returncode) == (0, 0), checked.stdout + tested.stdout
    assert "2 of 2 tests hold" in tested.stdout
    assert "never tested" not in tested.stdout


def test_the_hit_of_the_walk_is_as_the_walk_shows_it():
    text = page("docs/way-of-a-hit.md")
    shown = re.findall(r"<!-- simulate: (\S+) -->\n```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    simulated = run(
        "gateway simulate docs/examples/purchase.jsonl --region FR --consent all --now 2026-11-23T10:20:00Z"
    )
    assert len(shown) == 2
    for path, block in shown:
        value = json.loads(simulated.stdout)
        for step in path.split("."):
            value = value[int(step) if step.isdigit() else step]
        assert_alike(json.loads(block), json.loads(value) if isinstance(value, str) else value)


def assert_alike(shown, value):
    """Equal, where an ellipsis stands for any text."""
    if isinstance(shown, dict):
        assert shown.keys() == value.keys()
        for key in shown:
            assert_alike(shown[key], value[key])
    elif isinstance(shown, list):
        assert len(shown) == len(value)
        for each, other in zip(shown, value, strict=True):
            assert_alike(each, other)
    else:
        assert shown == value or (shown == "…" and isinstance(value, str))


@pytest.mark.parametrize("option", ["demo", "test", "serve", "lint", "docs", "bench", "fuzz"])
def test_run_offers_what_its_help_says(option):
    text = page("run")
    assert re.search(rf"^#   \./run {option}\b", text, re.MULTILINE)
    assert re.search(rf"^(demo \| serve|{option})\)$", text, re.MULTILINE)


def test_every_module_of_the_walk_exists():
    named = set(re.findall(r"`(gateway/[\w/]+\.py)`", page("docs/way-of-a-hit.md")))
    assert named
    assert [module for module in named if not (ROOT / module).exists()] == []


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = set(re.findall(r'^    "([a-z0-9-]+)[\[>=]', text, re.MULTILINE))
    assert named
    assert [package for package in named if not re.search(rf"\| .*\b{package}\b", page("docs/dependencies.md"))] == []
