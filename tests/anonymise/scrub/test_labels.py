from gateway.anonymise.scrub.labels import KINDS, MASKS, SEVERE, SEVERE_KINDS, Label, Span, in_order, kinds_in, mask


def test_every_label_has_a_mask():
    assert MASKS.keys() == set(Label)
    assert set(KINDS) == set(MASKS.values())
    assert {MASKS[label] for label in SEVERE} == SEVERE_KINDS


def test_spans_become_masks_and_the_rest_stays():
    assert mask("a@b.c and 1.2.3.4", [Span(0, 5, Label.EMAIL), Span(10, 17, Label.IP)]) == "[email] and [ip]"
    assert mask("nothing", []) == "nothing"


def test_of_overlapping_spans_the_longer_holds_and_nothing_is_uncovered():
    spans = [Span(3, 9, Label.IP), Span(0, 5, Label.EMAIL), Span(0, 2, Label.PHONE), Span(7, 8, Label.IBAN)]
    assert in_order(spans) == [Span(0, 5, Label.EMAIL), Span(5, 9, Label.IP)]


def test_masks_tell_their_kinds():
    assert list(kinds_in("x [email] [card] [unheard] [ip")) == ["email", "card"]
