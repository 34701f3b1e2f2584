from gateway.anonymise.scrub.detect import DETECTOR, spans
from gateway.anonymise.scrub.everywhere import Trust
from gateway.anonymise.scrub.work import (
    BOUND,
    LEAST,
    PER_CHARACTER,
    blob,
    foreign,
    generous,
    layers,
    piece,
    price,
    sentence,
    values,
)


def test_an_operators_own_text_may_make_more_work_the_longer_it_is():
    assert generous("") == LEAST > BOUND
    assert generous("a" * 10_000) == PER_CHARACTER * 10_000


def test_any_other_may_make_the_same_work_however_long_it_is():
    lines = "mail=eva@mail.example&" + "step=two&" * 1000
    assert [str(span.label) for span in spans(lines, "query")] == ["OPAQUE"]
    assert [str(span.label) for span in DETECTOR.spans(lines, "query", most=generous(lines))] == ["EMAIL"]


def test_a_text_that_is_longer_than_the_work_reaches_is_not_even_begun():
    text = "eva@mail.example " * BOUND
    assert [(span.start, span.end, str(span.label)) for span in spans(text)] == [(0, len(text), "OPAQUE")]


def test_numbers_cost_more_than_words_and_sentences_more_than_values():
    assert price("one two", Trust.VALUE) < price("1 22 333", Trust.VALUE)
    words, numbers = "one two three " * 9, "1 22 333 4444 " * 9
    assert price(words, Trust.VALUE) < price(numbers, Trust.VALUE) < price(numbers, Trust.SENTENCE)


def test_what_makes_too_much_work_is_told_whole():
    text = "1 " * 2048
    assert [(span.start, span.end, str(span.label)) for span in spans(text)] == [(0, len(text), "OPAQUE")]


def test_and_what_had_been_found_before_stays_found():
    text = "mail=eva@mail.example&list=" + "1 " * 4000
    assert [str(span.label) for span in spans(text, "query")] == ["EMAIL", "OPAQUE"]


def test_each_value_of_a_json_text_has_its_price_with_or_without_commas():
    assert values("[1,2,3]") - values("[1,2]") == values('["a" "b" "c"]') - values('["a" "b"]') > 0
    assert values('{"a": "b"}') == values('["b"]')


def test_each_bracket_of_a_json_text_has_its_price():
    assert values("[" * 50) == 50 * values("[") > 0


def test_longer_pieces_and_blobs_and_more_signs_of_a_sentence_cost_more():
    assert piece("a") < piece("a" * 50)
    assert blob("a") < blob("a" * 50)
    assert 0 == sentence("a b") < sentence("a B") < sentence("a: B") < sentence("https://a: B")


def test_an_address_with_its_signs_spelled_has_its_price():
    assert price("eva in mail or example " * 2, Trust.SENTENCE) < price("eva at mail dot example " * 2, Trust.SENTENCE)
    assert price("eva mail.example " * 2, Trust.VALUE) < price("eva@mail.example " * 2, Trust.VALUE)


def test_layers_and_foreign_signs_cost_what_plain_text_does_not():
    assert foreign("plain") == layers("plain") == 0
    assert 0 < foreign("é") <= layers("é") < layers("é%40")
