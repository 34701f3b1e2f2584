from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.region.databases import UNKNOWN, Database, Databases

ADDRESS = ip_address("93.184.216.34")
NOW = 1000.0


def knows(name, places, old_from=float("inf")):
    return Database(name, lambda address: places, old_from)


def located(*sources, edge=None, cross=(), address=ADDRESS, now=NOW):
    return Databases(sources, cross).beside(edge, lambda: address, now)


def test_the_first_that_knows_is_believed():
    assert located(knows("mmdb", ("US-CA",)), knows("table", ("FR",))) == ("US-CA",)
    assert located(knows("mmdb", ()), knows("table", ("FR",))) == ("FR",)
    assert located(knows("mmdb", ()), knows("table", ())) == ()
    assert located() == ()


def test_what_the_edge_says_comes_first_and_its_unknown_is_final():
    table = knows("table", ("US",))
    assert located(table, edge=("FR",)) == ("FR",)
    assert located(table, edge=()) == ()
    assert located(table, edge=None) == ("US",)


def test_a_network_that_hides_where_it_is_leaves_nothing_known():
    assert located(knows("mmdb", None), knows("table", ("US",))) == ()
    assert located(knows("mmdb", None), edge=("FR",), cross=("edge", "mmdb")) == ()


def test_sources_that_are_held_against_each_other_all_count():
    mmdb, table = knows("mmdb", ("US-CA",)), knows("table", ("FR",))
    assert located(mmdb, table, edge=("DE",), cross=("edge", "table")) == ("DE", "FR")
    assert located(mmdb, table, edge=("DE",), cross=("edge", "mmdb", "table")) == ("DE", "US-CA", "FR")
    assert located(mmdb, table, cross=("mmdb", "table")) == ("US-CA", "FR")
    assert located(mmdb, table, edge=("DE",), cross=("mmdb", "table")) == ("DE",)
    assert located(knows("table", ("DE",)), edge=("DE",), cross=("edge", "table")) == ("DE",)
    assert located(table, edge=(), cross=("edge", "table")) == ()


def test_what_is_old_does_not_stand_alone():
    table = knows("table", ("FR",), old_from=NOW)
    assert located(table, now=NOW - 1) == ("FR",)
    assert located(table, now=NOW) == ("FR", UNKNOWN)
    assert located(knows("table", (), old_from=0)) == ()


@pytest.mark.parametrize("text", ["10.0.0.1", "127.0.0.1", "::1", "2001:db8::1", "100.64.0.1"])
def test_an_address_that_places_nobody_is_not_looked_up(text):
    assert located(knows("table", ("US",)), address=ip_address(text)) == ()
    assert located(knows("table", ("US",)), edge=("FR",), cross=("edge", "table"), address=ip_address(text)) == ("FR",)


def test_no_address_is_asked_for_where_no_database_needs_it():
    def never():
        raise AssertionError

    assert Databases((knows("table", ("US",)),)).beside(("FR",), never, NOW) == ("FR",)
    assert Databases().beside(None, never, NOW) == ()


@given(
    st.sampled_from([None, (), ("FR",)]),
    st.sampled_from([None, (), ("US",)]),
    st.sampled_from([(), ("DE",)]),
    st.sets(st.sampled_from(["edge", "mmdb", "table"])),
)
def test_to_hold_sources_against_each_other_never_makes_a_visitor_better_known(edge, mmdb, table, cross):
    sources = knows("mmdb", mmdb), knows("table", table)
    alone, held = located(*sources, edge=edge), located(*sources, edge=edge, cross=cross)
    assert not held or set(alone) <= set(held)
