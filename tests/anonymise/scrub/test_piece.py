from gateway.anonymise.scrub.piece import Piece, piece_of


def test_a_part_knows_where_it_stood():
    assert piece_of("abcdef").part(2, 5).span(1, 3) == (3, 5)


def test_a_part_of_a_blob_stands_for_all_of_it():
    assert Piece("abc", [4] * 4, (4, 20)).part(1, 2).span(0, 1) == (4, 20)
