"""Nothing grows past what a reader holds in the head, and every module says what it is for."""

import ast

import pytest

from tests.house.tree import modules, name, parsed

MODULE_LINES = 400
FUNCTION_LINES = 50
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

every_module = pytest.mark.parametrize("path", modules(), ids=name)


@every_module
def test_a_module_is_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@every_module
def test_a_function_fits_on_a_screen(path):
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    too_long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES]
    assert too_long == []


@every_module
def test_a_module_begins_with_one_sentence_about_its_duty(path):
    docstring = ast.get_docstring(parsed(path)) or ""
    summary = docstring.partition("\n")[0]
    assert summary.endswith((".", "!", "?", ":")), f"{name(path)} begins with {summary!r}"


@every_module
def test_a_module_is_named_for_what_it_does(path):
    assert path.stem not in NAMELESS


@every_module
def test_imports_stand_at_the_top(path):
    inner = [
        node.lineno
        for scope in ast.walk(parsed(path))
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(scope)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []
