from gateway.marked_yaml import load
from gateway.policy.cursor import Cursor, did_you_mean, known


def root(text):
    document = load(text, "folder/file.yaml")
    return Cursor(document, (), document.value)


def told(cursor):
    return [(one.line, one.column, one.code, one.message, one.hint) for one in cursor.document.findings]


def test_a_value_knows_where_it_and_its_key_stand():
    cursor = root("a:\n  b: word\n").get("a").get("b")
    assert (str(cursor.place), str(cursor.key_place)) == ("file.yaml:2:6", "file.yaml:2:3")


def test_what_is_missing_is_none():
    assert root("a: 1").get("b") is None
    assert root("[a]").get("a") is None


def test_yes_no_true_and_false_are_flags_and_nothing_else_is():
    flags = root("[yes, no, true, false]").sequence()
    assert [flag.flag() for flag in flags] == [True, False, True, False]
    assert told(flags[0]) == []
    wrong = root("[on, 1, 0, ~, [yes]]").sequence()
    assert [flag.flag() for flag in wrong] == [False] * 5
    assert len(told(wrong[0])) == 5


def test_the_wrong_kind_of_value_is_an_error_at_its_place():
    cursor = root("name: 12\nlist: {a: 1}\nmap: [1]\n")
    assert (cursor.get("name").text(), cursor.get("list").sequence(), cursor.get("map").mapping()) == ("", [], {})
    assert [(line, column, code) for line, column, code, *_ in told(cursor)] == [
        (1, 7, "P004"),
        (2, 7, "P004"),
        (3, 6, "P004"),
    ]


def test_a_word_must_be_one_of_the_options():
    cursor = root("mode: enforced")
    assert cursor.get("mode").word(("enforce", "observe"), "P018") == ""
    assert told(cursor) == [(1, 7, "P018", '"enforced" is not a value of mode', 'did you mean "enforce"?')]


def test_an_unknown_key_is_an_error_with_the_nearest_known_one():
    cursor = root("nam: x\nlater: y\n")
    known(cursor, ("name",), "the policy", ("later",))
    assert told(cursor)[0] == (1, 1, "P001", 'unknown key "nam" in the policy', 'did you mean "name"?')
    assert "this version does not act on it" in told(cursor)[1][3]


def test_nothing_near_gives_no_hint():
    assert did_you_mean("xyz", ["name"]) == ""
