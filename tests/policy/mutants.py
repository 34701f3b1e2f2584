"""Break the engine on purpose, one place at a time, and tell which breaks no test of `tests/policy` notices.

`python -m tests.policy.mutants` tries a sample of 100; `--count 0` tries all of them, `--seed` takes another sample, and
`--module decide` one module alone. Everything happens in a copy. Exit code 1 where less than `--least` percent are noticed.
"""

import argparse
import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What decides, and what guards a change of policy. Loading, linting and telling have tests of their own, and nobody is
# sent anything by them.
MODULES = (
    "decide",
    "choice",
    "law",
    "regions",
    "places",
    "sends",
    "floors",
    "durations",
    "promises",
    "compare",
    "rare",
    "trusted",
)
COPIED = ("gateway", "policies", "pyproject.toml", "docs", "tests", "tools")
SECONDS = 600

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
SWAPPED = {"max": "min", "min": "max", "any": "all", "all": "any"}
WORDS = {
    "opt_in": "opt_out", "exempt": "notice", "prohibited": "opt_in", "third": "processor", "ignore": "honour",
    "honour": "ignore", "binding": "honour", "with_consent": "never", "gpc": "dnt", "dnt": "gpc", "raw": "drop",
    "country": "region", "drop": "country", "advertising": "analytics", "necessary": "functional", "enforce": "observe",
}  # fmt: skip


def mutations(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The other nodes that a node may be replaced by, each with what it stands for."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        other = copy.deepcopy(node)
        other.ops[0] = COMPARISONS[type(node.ops[0])]()
        yield "comparison swapped", other
    if isinstance(node, ast.BoolOp):
        other = copy.deepcopy(node)
        other.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "and/or swapped", other
    yield from _flipped(node)
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    if isinstance(node, ast.Tuple) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
        starred = [index for index, part in enumerate(node.elts) if isinstance(part, ast.Starred)]
        for index in starred[:1]:
            yield "candidates dropped", ast.Tuple([*node.elts[:index], *node.elts[index + 1 :]], ast.Load())


def _flipped(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "negation dropped", node.operand
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SWAPPED:
        other = copy.deepcopy(node)
        other.func.id = SWAPPED[node.func.id]
        yield "strictness flipped", other
    if isinstance(node, ast.If):
        other = copy.deepcopy(node)
        other.test = ast.UnaryOp(ast.Not(), other.test)
        yield "condition negated", other


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield "truth flipped", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield "number changed", ast.Constant(node.value + 1)
    elif node.value in WORDS:
        yield "word changed", ast.Constant(WORDS[str(node.value)])


def judged(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes whose change changes a judgement: not annotations, texts for people, or the sizes of memories."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if _is_aside(node):
            continue
        yield node
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns", "decorator_list"):
                stack += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)]


def _is_aside(node: ast.AST) -> bool:
    text = ast.unparse(node) if isinstance(node, ast.stmt | ast.JoinedStr | ast.Call) else ""
    telling = isinstance(node, ast.FunctionDef) and any(
        word in node.name for word in ("describe", "_told", "_step", "_label", "_meaning")
    )
    memory = isinstance(node, ast.Assign | ast.If) and "MAX_" in text.partition("\n")[0]
    steps = isinstance(node, ast.If) and text.startswith("if question.steps is not None:")
    return telling or memory or steps or isinstance(node, ast.JoinedStr) or ".note(" in text.partition("(")[0] + "("


def sites(module: str) -> Iterator[tuple[str, int, str, str]]:
    """(module, line, what is changed, the module's text with the change) for each change that can be made."""
    tree = ast.parse((ROOT / "gateway" / "policy" / f"{module}.py").read_text("utf-8"))
    for node in list(judged(tree)):
        for what, other in mutations(node):
            changed = _Replace(node, ast.copy_location(other, node))
            text = ast.unparse(ast.fix_missing_locations(changed.visit(copy.copy(tree))))
            changed.undo()
            yield module, getattr(node, "lineno", 0), what, text


class _Replace(ast.NodeTransformer):
    """Puts one node in the place of another, and back."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new
        self._undo: list[tuple[ast.AST, str, object]] = []

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if value is self._old:
                self._undo.append((node, name, value))
                setattr(node, name, self._new)
            elif isinstance(value, list) and any(one is self._old for one in value):
                self._undo.append((node, name, value))
                setattr(node, name, [self._new if one is self._old else one for one in value])
            else:
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, ast.AST):
                        self.generic_visit(one)
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        return self.generic_visit(node)

    def undo(self) -> None:
        for node, name, value in self._undo:
            setattr(node, name, value)


def survives(copied: Path, module: str, text: str) -> bool:
    """Whether no test notices that a module reads as `text`."""
    path = copied / "gateway" / "policy" / f"{module}.py"
    original = path.read_text("utf-8")
    path.write_text(text, encoding="utf-8")
    own = f"tests/policy/test_{module}.py"
    try:
        return _passes(copied, [own]) and _passes(copied, ["tests/policy", f"--deselect={own}"])
    finally:
        path.write_text(original, encoding="utf-8")


def _passes(copied: Path, words: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *words]
    command += ["--ignore=tests/policy/test_mutants.py"]
    try:
        done = subprocess.run(command, cwd=copied, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.policy.mutants")
    parser.add_argument("--count", type=int, default=100, help="how many, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", choices=MODULES, action="append")
    parser.add_argument("--least", type=int, default=85, help="percent that must be noticed")
    asked = parser.parse_args()
    found = [site for module in asked.module or MODULES for site in sites(module)]
    if asked.count and asked.count < len(found):
        found = random.Random(asked.seed).sample(found, asked.count)
    caught = 0
    with tempfile.TemporaryDirectory() as directory:
        copied = Path(directory)
        for name in COPIED:
            place = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__", "blackbox", "bench", "browser", ".*")
            shutil.copytree(place, copied / name, ignore=ignored) if place.is_dir() else shutil.copy(place, copied)
        if not _passes(copied, ["tests/policy"]):
            print("the tests do not pass without any mutant")
            return 2
        for module, line, what, text in found:
            alive = survives(copied, module, text)
            caught += not alive
            if alive:
                print(f"survived  gateway/policy/{module}.py:{line}: {what}", flush=True)
    share = 100 * caught / len(found)
    print(f"{caught} of {len(found)} mutants caught ({share:.0f} %)")
    return 0 if share >= asked.least else 1


if __name__ == "__main__":
    sys.exit(main())
