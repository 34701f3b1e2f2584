import random
from collections import Counter

from tests.policy.agree import main, pairs
from tests.policy.interpreter import Interpreter
from tests.policy.made import TODAY

WANTED = 2500


def test_engine_and_interpreter_agree_on_random_policies():
    reasons = Counter()
    for value, pack, words, destination, engine, mine in pairs(random.Random(2026), WANTED):
        assert engine == mine, (value, pack, words, destination)
        reasons[engine[0]] += 1
    assert len(reasons) >= 17
    assert min(reasons.values()) >= 3


def test_a_difference_is_found_and_printed(capsys, monkeypatch):
    monkeypatch.setattr(Interpreter, "blocked", lambda self, blocks, codes: False)
    assert main(WANTED, 1) == 1
    assert "region_blocked" in capsys.readouterr().out


def test_the_interpreter_knows_that_a_policy_may_have_no_pack():
    interpreter = Interpreter({"purposes": {}, "destinations": {}}, None, TODAY)
    assert interpreter.candidates(["FR"]) == ["(nowhere)"]
