"""Shapes find every wrong key and value, each at its place."""

import pytest

from gateway.marked_yaml import load
from gateway.vendors.shapes import list_of, map_of, one_of, one_or_list, record, scalar, seconds, text, whole

SHAPE = record({"name": text("[a-z]+", "a word"), "size": whole, "kinds": one_or_list(one_of(("a", "b"))),
                "by": map_of(list_of(scalar, 1))}, ["name"])  # fmt: skip


def found(document):
    read = load(document, "x.yaml")
    return [(finding.line, finding.code, finding.message) for finding in SHAPE(read.value, (), read)]


def test_what_fits_is_no_finding():
    assert found("name: abc\nsize: 3\nkinds: a\nby: {x: [1, b]}") == []


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        ("size: 3", (1, "M001", '"name" is missing')),
        ("name: abc\nsiez: 3", (2, "M002", 'unknown key "siez"')),
        ("name: ABC", (1, "M001", "must be a word")),
        ("name: abc\nsize: 0", (2, "M001", "must be a whole number from 1")),
        ("name: abc\nsize: true", (2, "M001", "must be a whole number from 1")),
        ("name: abc\nkinds: [a, c]", (2, "M001", '"c" is not known here')),
        ("name: abc\nkinds: []", (2, "M001", "must be a list of at least 1")),
        ("name: abc\nby: {x: []}", (2, "M001", "must be a list of at least 1")),
        ("name: abc\nby: {x: [{}]}", (2, "M001", "must be text or a number")),
        ("name: abc\nby: 1", (2, "M001", "must be a mapping")),
        ("[]", (1, "M001", "must be a mapping")),
    ],
)
def test_what_does_not_is_named_with_its_line(document, finding):
    assert found(document) == [finding]


def test_true_is_not_one():
    read = load("v: 1", "x.yaml")
    assert list(one_of((True, False))(read.value["v"], ("v",), read))


def test_durations_are_seconds():
    assert [seconds(text) for text in ("5s", "2m", "72h", "7d")] == [5, 120, 259_200, 604_800]
