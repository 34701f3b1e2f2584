"""The card has the rows of the battery, its quick form passes, and what it cannot vouch for it would say."""

import re

import pytest

from tests.battery import card
from tests.battery.__main__ import run
from tests.battery.rows import ROOT, ROWS, Figure, Provoked
from tests.battery.runs import power

PAGE = """before
<!-- card: written by python -m tests.battery --write -->
<!-- /card -->
after
"""
QUICK = [row for row in ROWS if row.quick]


def test_the_table_of_the_docs_has_the_rows_of_the_battery():
    text = card.PAGE.read_text()
    assert card.written(text, {}, "") == text, "run `python -m tests.battery --write` for what is new"
    assert list(card.figures(text)) == [row.name for row in ROWS]


def test_a_figure_stays_until_another_is_found_and_a_missed_one_says_so():
    first = card.written(PAGE, {ROWS[0].name: Figure("0 lost", reached=True)}, "on a Monday")
    second = card.written(first, {ROWS[1].name: Figure("3 lost", reached=False)}, "on a Tuesday")
    found = card.figures(second)
    assert found[ROWS[0].name] == "0 lost (on a Monday)"
    assert found[ROWS[1].name] == "**missed**: 3 lost (on a Tuesday)"
    assert found[ROWS[2].name] == "not run yet"
    assert (second.startswith("before\n"), second.endswith("after\n")) == (True, True)


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row.full, Provoked)], ids=lambda row: row.name)
def test_what_a_fault_names_as_its_test_is_there(row):
    for node in row.full.nodes:
        file, _, name = node.partition("::")
        text = (ROOT / file).read_text()
        assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), node


def test_every_fault_of_the_battery_has_a_row():
    numbers = {int(found[1]) for row in ROWS if (found := re.match(r"F(\d+) ", row.name))}
    assert numbers == set(range(3, 19))


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_the_quick_form_passes(row):
    figure = run(row, quick=True)
    print(figure.said)
    assert figure.reached, figure.said


def test_a_disk_that_says_it_flushed_and_did_not_is_found_out():
    try:
        figure = power(1, lies=True)
    except RuntimeError as refused:  # it took the keys as well, and the gateway says that they are gone
        assert "G094" in str(refused)
    else:
        assert not figure.reached, figure.said


def test_a_check_that_breaks_down_is_missed():
    def broken() -> Figure:
        raise TimeoutError

    assert run(ROWS[0]._replace(full=broken), quick=False) == Figure("ended by TimeoutError", reached=False)
