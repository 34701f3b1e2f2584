import random
from collections import Counter

from gateway.policy.compare import exceeds
from gateway.policy.explain import explain_words
from tests.policy.agree import main, pairs
from tests.policy.interpreter import Interpreter
from tests.policy.made import TODAY
from tests.policy.random_policies import EVIDENCE, situation, valid_policy

WANTED = 2500


def test_engine_and_interpreter_agree_on_random_policies():
    reasons = Counter()
    for value, pack, words, destination, engine, mine in pairs(random.Random(11), WANTED):
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


def stricter(dice, words, purposes):
    """The same situation with one thing more that speaks against sending."""
    told = dict(words)
    change = dice.choice(["gpc", "dnt", "suppressed", "bot", "region", "no", "silence", "older"])
    if change in ("gpc", "dnt", "suppressed", "bot"):
        return told | {change: True}
    given = told.get("consent", "none")
    answers = dict(given) if isinstance(given, dict) else dict.fromkeys(purposes if given == "all" else (), True)
    if change == "region" and told.get("region", "unknown") != "unknown":
        places = told["region"]
        return told | {"region": [*(places.split(",") if isinstance(places, str) else places), dice.choice(EVIDENCE)]}
    if change == "no":
        return told | {"consent": answers | {dice.choice(purposes): False}}
    if change == "silence":
        return told | {"consent": {name: answer for name, answer in answers.items() if answer not in (True, "yes")}}
    return told | {"consent_age": "2000d"}


def test_under_any_policy_what_speaks_against_sending_never_sends_more():
    dice, permitted = random.Random(11), 0
    for _ in range(60):
        value, _, policy = valid_policy(dice)
        for _ in range(20):
            words = situation(dice, list(value["purposes"]))
            less = stricter(dice, words, list(value["purposes"]))
            for before, after in zip(
                explain_words(policy, words, TODAY), explain_words(policy, less, TODAY), strict=True
            ):
                permitted += before.verdict.allow
                if after.verdict.sends:
                    assert before.verdict.sends, (value, words, less)
                    assert not exceeds(after.verdict.sends, before.verdict.sends), (value, words, less)
    assert permitted > 150
