from gateway.anonymise.scrub.cuts import pairs, plain, split, unescaped, userinfo
from gateway.anonymise.scrub.piece import piece_of


def test_pairs_are_cut_but_not_within_a_character_reference():
    text = "a=1&amp;b=x&#64;y&&c&d=2=3"
    found = [
        (text[slice(*pair.name())], text[pair.equals + 1 : pair.end] if pair.equals >= 0 else None)
        for pair in pairs(text, "&")
    ]
    assert found == [("a", "1"), ("b", "x&#64;y"), ("c", None), ("d", "2=3")]


def test_a_cookie_is_cut_at_its_semicolons():
    text = "a=1; b=2&c;"
    assert [text[pair.start : pair.end] for pair in pairs(text, ";")] == ["a=1", " b=2&c"]


def test_a_name_is_read_without_its_layers():
    assert plain(piece_of(" user%5Bmail%5D ")) == "user[mail]"
    assert plain(piece_of("first+name")) == "first name"


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


def test_who_stands_in_front_of_a_host_is_told_but_no_key_of_an_error_tracker():
    for authority, user in (
        ("//eva:pw12@shop.example", "eva:pw12"), ("//eva%40shop.example", "eva"), ("//shop.example", ""),
        ("//@shop.example", ""), ("//0123456789abcdef@shop.example", ""),
    ):  # fmt: skip
        assert authority[slice(*userinfo(authority))] == user
