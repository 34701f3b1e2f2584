"""Functions are pure, and leave out what they cannot read."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.vendors.functions import FUNCTIONS, UNREADABLE

TIME = "2026-11-23T10:15:30.250Z"
ITEMS = [{"item_id": "A", "quantity": 2}, {"item_id": "B", "quantity": 1}, {"quantity": 1}]


@pytest.mark.parametrize(
    ("name", "value", "arguments", "result"),
    [
        ("epoch_s", TIME, (), 1795428930),
        ("epoch_ms", TIME, (), 1795428930250),
        ("epoch_us", TIME, (), 1795428930250000),
        ("epoch_s", "2026-11-23", (), 1795392000),
        ("epoch_s", "2026-11-23T11:15:30+01:00", (), 1795428930),
        ("rfc3339", "2026-11-23", (), "2026-11-23T00:00:00.000Z"),
        ("strftime", TIME, ("%Y-%m-%dT%H:%M:%S.000Z",), "2026-11-23T10:15:30.000Z"),
        ("number", "59.90", (), 59.9),
        ("number", "3", (), 3),
        ("int", "1000", (), 1000),
        ("money2", "59.9", (), "59.90"),
        ("money2", "0", (), "0.00"),
        ("minor", "59.90", ("EUR",), 5990),
        ("minor", "59.90", ("jpy",), 60),
        ("minor", "1.234", ("KWD",), 1234),
        ("minor", ["19.90", "1"], ("EUR",), [1990, 100]),
        ("line_totals", [{"price": "19.90", "quantity": 2}, {"price": "1.5"}], (), ["39.80", "1.5"]),
        ("line_totals", [{"price": "3.333333", "quantity": 3}], (), ["10.00"]),
        ("rows", ITEMS, ("item_id", "quantity"), [["A", 2], ["B", 1], ["", 1]]),
        ("url.path", "https://shop.example/a/b?q=1", (), "/a/b"),
        ("url.path", "https://shop.example", (), "/"),
        ("lower", "DE", (), "de"),
        ("upper", "eur", (), "EUR"),
        ("trim", " a ", (), "a"),
        ("prefix", "a", ("x.",), "x.a"),
        ("suffix", "a", (".v1",), "a.v1"),
        ("replace", "a.b", (".", "-"), "a-b"),
        ("truncate", "abcdef", ("3",), "abc"),
        ("split", "a,,b", (",",), ["a", "b"]),
        ("encode", "a&b=ü/", (), "a%26b%3D%C3%BC%2F"),
        ("encode", ["a&", 1], (), ["a%26", "1"]),
        (
            "queries",
            [{"item_id": "a&q=9", "quantity": 2}, {"price": "1"}],
            ("i:item_id", "q:quantity"),
            ["i=a%26q%3D9&q=2", ""],
        ),
        ("join", ["a", 1], ("|",), "a|1"),
        ("list", "a", (), ["a"]),
        ("first", [1, 2], (), 1),
        ("last", [1, 2], (), 2),
        ("first", [], (), None),
        ("unique", ["a", "b", "a"], (), ["a", "b"]),
        ("pluck", ITEMS, ("item_id",), ["A", "B"]),
        ("sum", ITEMS, ("quantity",), 4),
        ("count", ITEMS, (), 3),
        ("map", "CA", ("NV:1", "CA:1000"), "1000"),
        ("map", "TX", ("CA:1000",), None),
        ("eq", "a", ("a",), True),
        ("in", "a", ("b", "a"), True),
        ("not", None, (), True),
        ("bool", "x", (), True),
        ("default", None, ("0",), "0"),
        ("default", "1", ("0",), "1"),
        ("sha256", "alexz@example.com", (), "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"),
        ("hex", "a", ("4",), "ca97"),
        ("base64", "a", (), "YQ=="),
        ("json", {"a": "ü"}, (), '{"a":"ü"}'),
        ("url.origin", "https://u:p@a.example:8080/x?y", (), "https://a.example:8080/"),
        ("url.host", "https://A.example/x", (), "a.example"),
    ],
)
def test_a_function_gives(name, value, arguments, result):
    assert FUNCTIONS[name].run(value, *arguments) == result


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("https://a.example/x?utm_source=n&email=ann&utm_campaign=w#top", "https://a.example/x?utm_source=n&utm_campaign=w"),
        ("https://a.example/x?q=1", "https://a.example/x"),
        ("https://ann:pw@a.example/x?email=1", "https://a.example/x"),
        ("https://a.example/@ann", "https://a.example/@ann"),
        ("https://a.example/", "https://a.example/"),
    ],
)  # fmt: skip
def test_a_clean_url_has_campaigns_only(url, result):
    clean = FUNCTIONS["url.clean"].run
    assert clean(url) == result
    assert clean(result) == result


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.one_of(st.none(), st.text(max_size=30), st.integers(), st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), max_size=3)),
)  # fmt: skip
def test_a_function_raises_only_what_counts_as_missing(name, value):
    function = FUNCTIONS[name]
    arguments = (b"key",) if function.keyed else ("1:2",) * function.least
    with contextlib.suppress(UNREADABLE):
        function.run(value, *arguments)


@pytest.mark.parametrize("name", ["number", "int", "money2", "sum"])
@pytest.mark.parametrize("value", ["1e999999999", "-1e99999", "1e-99999", "NaN", "Infinity", "ten"])
def test_a_number_nobody_means_counts_as_missing(name, value):
    with pytest.raises(UNREADABLE):
        FUNCTIONS[name].run([value] if name == "sum" else value)
