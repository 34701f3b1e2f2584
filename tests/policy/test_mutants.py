import ast

import pytest

from tests.policy.mutants import MODULES, ROOT, sites


@pytest.mark.parametrize("module", ["choice", "places", "sends"])
def test_each_mutant_is_another_program_and_leaves_the_next_one_alone(module):
    original = ast.unparse(ast.parse((ROOT / "gateway" / "policy" / f"{module}.py").read_text("utf-8")))
    texts = [text for _, _, _, text in sites(module)]
    assert len(texts) > 3
    assert original not in texts
    for text in texts:
        compile(text, module, "exec")
        changed = sum(old != new for old, new in zip(original.splitlines(), text.splitlines(), strict=True))
        assert changed == 1


def test_how_much_is_remembered_is_left_alone():
    assert all("MAX_LAWS = 4096" in text for _, _, _, text in sites("law"))


def test_all_modules_that_judge_are_there():
    assert all((ROOT / "gateway" / "policy" / f"{module}.py").is_file() for module in MODULES)
