import pytest

from gateway.consent.headers import says_dnt, says_gpc


@pytest.mark.parametrize("values", [[b"1"], [b"0", b"1"], [b"1", b"?1"]])
def test_gpc_is_exactly_the_character_1_in_any_of_its_headers(values):
    assert says_gpc({b"sec-gpc": values})


@pytest.mark.parametrize("values", [[], [b""], [b"0"], [b"1 "], [b"11"], [b"?1"], [b"true"], [b'"1"'], [b"1,1"]])
def test_gpc_is_nothing_else(values):
    assert not says_gpc({b"sec-gpc": values})
    assert not says_gpc({})


@pytest.mark.parametrize("name", [b"dnt", b"x-do-not-track"])
@pytest.mark.parametrize("values", [[b"1"], [b"1xyz"], [b"0", b"1"]])
def test_dnt_is_a_first_character_1(name, values):
    assert says_dnt({name: values})


@pytest.mark.parametrize("values", [[], [b""], [b"0"], [b"01"], [b" 1"], [b"yes"]])
def test_dnt_is_nothing_else(values):
    assert not says_dnt({b"dnt": values, b"x-do-not-track": values})
    assert not says_dnt({})
