from gateway.anonymise.scrub.cuts import pairs, split, unescaped
from gateway.anonymise.scrub.piece import piece_of


def test_pairs_are_cut_but_not_within_a_character_reference():
    found = [(name.text, value and value.text) for name, value in pairs(piece_of("a=1&amp;b=x&#64;y&&c&d=2=3"), "&")]
    assert found == [("a", "1"), ("b", "x&#64;y"), ("c", None), ("d", "2=3")]


def test_parts_keep_their_places():
    text = "one/two//three"
    assert [text[slice(*part.span(0, len(part.text)))] for part in split(piece_of(text), "/")] == [
        "one",
        "two",
        "",
        "three",
    ]


def test_all_layers_come_off():
    assert unescaped(piece_of("a%252540b")).text == "a@b"
