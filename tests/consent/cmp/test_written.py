import pytest

from gateway.consent.cmp.written import Place, Twice, Written, gathered

WRITTEN = Written(
    {
        "a": {"b": [1, 2], "c": "x,y"},
        "t": Twice((1, 2)),
        "u": Twice(({"v": 3}, {"v": 4})),
        "p": {"DE": {"x": True}, "FR": {"x": False}},
        "*": 9,
    },
    {"Other": ["q,r"], "_iub-#": ["s"]},
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.b", [[1, 2]]),
        ("a.b.1", [2]),
        ("a.b.7", []),
        ("a.c.0", ["x"]),
        ("a.c.9", []),
        ("a.nothing", []),
        ("a.c.x", []),
        ("t", [1, 2]),
        ("u.v", [3, 4]),
        ("p.*.x", [True, False]),
        ("@Other", ["q,r"]),
        ("@Other.1", ["r"]),
        ("@_iub-#", ["s"]),
        ("@Nobody", []),
        ("", [WRITTEN.tree]),
    ],
)
def test_a_path_leads_to_what_stands_there(path, values):
    assert Place.of(path).values(WRITTEN) == values


@pytest.mark.parametrize("tree", [None, 1, "x", [], [1]])
def test_a_path_into_something_else_leads_nowhere(tree):
    assert Place.of("a.b").values(Written(tree)) == []
    assert Place.of("a").values(Written(tree)) == []


def test_what_is_given_twice_is_kept_twice():
    assert gathered([("a", 1), ("b", 2)]) == ({"a": 1, "b": 2}, True)
    fields, once = gathered([("a", 1), ("b", 2), ("a", 3)])
    assert (fields, once) == ({"a": Twice((1, 3)), "b": 2}, False)
    assert isinstance(fields["a"], Twice)
