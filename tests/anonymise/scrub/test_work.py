from gateway.anonymise.scrub.detect import spans
from gateway.anonymise.scrub.everywhere import Trust
from gateway.anonymise.scrub.work import LEAST, PART, PER_CHARACTER, PIECE, allowed, foreign, layers, price, values


def test_short_texts_are_read_whatever_they_are_and_long_ones_by_their_length():
    assert allowed("") == LEAST
    assert allowed("a" * 10_000) == PER_CHARACTER * 10_000


def test_numbers_cost_more_than_words_and_sentences_more_than_values():
    assert price("one two", Trust.VALUE) < price("1 22 333", Trust.VALUE) < price("1 22 333", Trust.SENTENCE)


def test_what_makes_too_much_work_is_told_whole():
    text = "1 " * 2048
    assert [(span.start, span.end, str(span.label)) for span in spans(text)] == [(0, len(text), "OPAQUE")]


def test_and_what_had_been_found_before_stays_found():
    text = "mail=eva@mail.example&list=" + "1 " * 4000
    assert [str(span.label) for span in spans(text, "query")] == ["EMAIL", "OPAQUE"]


def test_each_value_of_a_json_text_has_its_price_with_or_without_commas():
    assert values("[1,2,3]") == 2 * PART + PIECE
    assert values('["a" "b" "c"]') == 3 * PART + PIECE
    assert values('{"a": "b"}') == values("1") + PART + PIECE


def test_each_bracket_of_a_json_text_has_its_price():
    assert values("[" * 50) == 50 * PIECE


def test_layers_and_foreign_signs_cost_what_plain_text_does_not():
    assert foreign("plain") == layers("plain") == 0
    assert 0 < foreign("é") <= layers("é") < layers("é%40")
