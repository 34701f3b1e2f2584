import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.cli.consent import consent
from tests.fuzz.cost import MEBIBYTES, MILLISECONDS, mebibytes, milliseconds
from tests.fuzz.damage import ALPHABET
from tests.fuzz.hostile import hostile
from tests.fuzz.sweep import GPP_STRINGS, TC_STRINGS, damaged
from tests.fuzz.targets import DECODERS, TARGETS, seeds

SEEDS = seeds()
PIECES = st.one_of(
    st.text(ALPHABET + ".~", max_size=6), st.text(max_size=4), st.sampled_from(["~", ".", "dv", ";", "%", '"'])
)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_no_text_raises(target, data):
    text = data.draw(st.one_of(st.text(max_size=120), st.sampled_from(SEEDS[target])))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(PIECES) + text[at + data.draw(st.integers(0, 5)) :]
    TARGETS[target](text)


HOSTILE = list(hostile())


@pytest.mark.parametrize(("target", "text"), HOSTILE, ids=[f"{at}-{kind}" for at, (kind, _) in enumerate(HOSTILE)])
def test_no_text_costs_more_than_it_may(target, text):
    assert milliseconds(DECODERS[target], text) <= MILLISECONDS
    assert mebibytes(TARGETS[target], text) <= MEBIBYTES


@pytest.mark.parametrize("target", ["tcf", "gpp", "ac"])
def test_the_strings_of_the_tests_cost_no_more_either(target):
    for text in SEEDS[target][::7]:
        assert milliseconds(TARGETS[target], text) <= MILLISECONDS
        assert mebibytes(TARGETS[target], text) <= MEBIBYTES


def test_the_command_answers_each_damaged_line_with_one_of_its_own():
    lines = [text for whole in (*TC_STRINGS[::40], *GPP_STRINGS[::40]) for text in damaged(whole)]
    run = CliRunner().invoke(consent, ["decode", "--json"], input="".join(f"{line}\n" for line in lines))
    answers = [json.loads(line) for line in run.output.splitlines()]
    assert len(answers) == len(lines)
    assert all(("invalid" in answer) is not ("value" in answer) for answer in answers)
    assert run.exit_code == 1
