import pytest

from gateway.consent.bits import Bits, Malformed, Truncated


def test_it_reads_six_bits_a_character():
    bits = Bits("CP_-")
    assert [bits.number(6) for _ in range(4)] == [2, 15, 63, 62]


def test_it_reads_flags_ids_and_letters():
    bits = Bits("wEN")
    assert (bits.flag(), bits.ids(5), bits.letters(12)) == (True, (1,), "EN")


def test_reading_nothing_is_possible_anywhere():
    bits = Bits("A")
    bits.number(6)
    assert bits.ids(0) == ()


@pytest.mark.parametrize("text", ["A", "AA", "AAA", "AAAA", "AAAAA"])
def test_it_ends_where_the_text_ends(text):
    bits = Bits(text)
    bits.number(len(text) * 6)
    with pytest.raises(Truncated):
        bits.flag()


@pytest.mark.parametrize("text", ["", "A+", "A/", "A=", "A A", "A\n", "\uff21", "\udc80", "A.A", "A%2E"])
def test_it_reads_no_other_alphabet(text):
    with pytest.raises(Malformed):
        Bits(text)
