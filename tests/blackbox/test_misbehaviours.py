"""However a vendor misbehaves, nothing is lost, nobody else waits, and what is given up is what the table says."""

import pytest

from tests.blackbox.destination import FINE, Behaviour
from tests.blackbox.misbehaviours import LAG, MEMORY, Case, Run, cases, misbehave, wrong
from tests.measure import best


@pytest.mark.alone
def test_every_misbehaviour_at_once_loses_nothing_and_delays_nobody_else(tmp_path):
    known = cases(1.0)

    def tried(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        run = misbehave(folder, known, hits=20, rate=20, wait=8)
        print(
            f"{len(known)} destinations: lag {run.lag:.2f} s, memory +{run.grown / 2**20:.1f} MiB, {run.seconds:.0f} s"
        )
        assert len(run.sent) == 20
        assert wrong(run, known) == {}
        assert run.books == {}
        return run

    run = best(tried, lambda run: run.lag <= LAG + 2 * run.calm and run.grown <= MEMORY)
    assert run.lag <= LAG + 2 * run.calm
    assert run.grown <= MEMORY


@pytest.mark.parametrize(
    ("arrived", "dead", "given_up"),
    [
        ({"a": 1}, frozenset(), False),
        ({"a": 1, "b": 1}, frozenset("b"), True),
        ({"a": 1}, frozenset("b"), False),
        ({"a": 1, "b": 1}, frozenset(), True),
        ({"a": 1, "b": 2}, frozenset(), False),
    ],
    ids=["lost", "both", "given up", "not given up", "copied"],
)
def test_the_judgement_sees_what_is_wrong(arrived, dead, given_up):
    run = Run(frozenset("ab"), 0.0, 0.0, 0, {"one": arrived}, {"one": dead}, {}, 0.0)
    assert wrong(run, {"one": Case(Behaviour(status=500), given_up)}) != {}
    right = Run(frozenset("a"), 0.0, 0.0, 0, {"one": {"a": 1}}, {"one": frozenset()}, {}, 0.0)
    assert wrong(right, {"one": Case(FINE)}) == {}
