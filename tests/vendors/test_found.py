import pytest

from gateway.vendors.found import Found, Rule


def put(found, rule, value):
    """Give a parameter as it came."""
    found.put_encoded({"p": rule}, [f"p={value}"], None)


def number(text):
    return int(text) if text.isdigit() else None


def counting():
    seen = []

    def read(text):
        seen.append(text)
        return text or None

    return read, seen


def test_a_value_is_read_when_it_is_asked_for_and_once():
    read, seen = counting()
    found = Found()
    put(found, Rule(("a",), read), "x%20y")
    put(found, Rule(("b",), read), "z")
    assert seen == []
    assert (found.get("a"), found["a"], seen) == ("x y", "x y", ["x y"])


def test_the_first_valid_value_holds():
    found = Found()
    for value in ("no", "7", "8"):
        put(found, Rule(("a", "b"), number), value)
    assert dict(found) == {"a": 7, "b": 7}


def test_a_field_without_a_valid_value_is_not_there():
    found = Found()
    put(found, Rule(("a",), number), "no")
    assert "a" not in found
    assert (found.get("a", 0), len(found), list(found)) == (0, 0, [])
    with pytest.raises(KeyError):
        found["a"]


def test_the_last_value_holds_where_the_rule_says_so():
    found = Found()
    put(found, Rule(("a",), number), "1")
    for value in ("2", "no", "3"):
        put(found, Rule(("a",), number, "last"), value)
    found.put(Rule(("a",), number), "4")
    assert dict(found) == {"a": 3}


def test_values_are_gathered_where_the_rule_says_so():
    found = Found()
    for value in ("1", "no", "2"):
        put(found, Rule(("a",), number, "gather"), value)
    assert dict(found) == {"a": [1, 2]}


def test_what_is_taken_is_gone():
    found = Found({"b": 2})
    put(found, Rule(("a",), number), "1")
    assert (found.take("a"), found.take("a"), found.take("b"), found.take("c", "d")) == (1, None, 2, "d")
    assert dict(found) == {}


def test_its_repr_shows_no_value():
    assert repr(Found({"a": "ann@example.org"})) == "<Found>"


def test_a_value_that_is_several_fields_is_all_of_them_and_one_that_is_none_is_counted():
    rule = Rule(("a", "b"), lambda text: {"a": text, "b": text * 2} if text != "no" else {}, "fields")
    found = Found({"b": "before"})
    for value in ("no", "x", "y"):
        put(found, rule, value)
    assert (dict(found), found.lost) == ({"a": "x", "b": "before"}, 1)
    both = found.over(Found({"a": "shared", "c": "shared"}))
    assert (dict(both), both.lost) == ({"a": "x", "b": "before", "c": "shared"}, 1)


def test_laying_fields_over_nothing_reads_none_of_them():
    asked = []
    found = Found()
    put(found, Rule(("page.title",), lambda text: asked.append(text) or text), "a%20b")
    laid = found.over(Found())
    assert asked == []
    assert laid["page.title"] == "a b"
    assert laid.over(Found({"page.title": "x", "page.url": "y"})) == {"page.title": "a b", "page.url": "y"}


def test_laying_fields_over_others_reads_those_that_both_may_have_and_no_more():
    over, under = counting(), counting()
    found, shared = Found(), Found()
    for target in ("a", "b"):
        put(found, Rule((target,), over[0]), target)
    for target in ("b", "c"):
        put(shared, Rule((target,), under[0]), f"shared%20{target}")
    both = found.over(shared)
    assert (over[1], under[1]) == (["b"], [])
    assert dict(both) == {"a": "a", "b": "b", "c": "shared c"}


def test_a_field_that_cannot_be_read_leaves_its_place_to_the_one_below():
    found, shared = Found(), Found({"b": 2})
    for target in ("a", "b", "c"):
        put(found, Rule((target,), number), "no")
    put(shared, Rule(("a",), number), "1")
    assert dict(found.over(shared)) == {"a": 1, "b": 2}


def asked_last(**given):
    told = []

    def tell(found):
        told.append(found)
        found.put(Rule(("a",), str), "last")
        found.put(Rule(("b",), str), "last")

    found = Found(given)
    found.ask_last({"a", "b"}, tell)
    return found, told


def test_what_is_asked_last_is_asked_when_a_field_of_it_is_not_there_and_once():
    found, told = asked_last(a="first")
    assert (found.get("a"), found.get("c"), told) == ("first", None, [])
    assert (found.get("b"), found.get("a"), found["b"], len(told)) == ("last", "first", "last", 1)


def test_what_is_asked_last_fills_the_place_of_what_cannot_be_read():
    found, _ = asked_last()
    put(found, Rule(("a",), number), "no")
    assert found.get("a") == "last"


def test_all_that_is_found_has_what_is_asked_last():
    found, told = asked_last(c="first")
    assert (len(found), dict(found), len(told)) == (3, {"c": "first", "a": "last", "b": "last"}, 1)
