import pytest

from gateway.consent import bits as bits_module
from gateway.consent.bits import Bits, Malformed, Truncated
from tests.consent.tcf_packer import base64url, entries
from tests.consent.test_read import reachable


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


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100, 2049])
def test_entries_are_read_in_runs_and_end_where_the_last_one_does(count):
    written = [(at + 1, at + 1) if at % 3 else (at + 1, at + 2) for at in range(count)]
    bits = Bits(base64url(entries(*written)[12:] + "101"))
    read = bits.entries(count)
    assert [(int(start or end, 2), int(end, 2)) for start, end in zip(read[::2], read[1::2], strict=True)] == written
    assert bits.number(3) == 5


@pytest.mark.parametrize("text", ["0" * 17 + "0" * 10, "0" * 17 + "1" * 28, "0" * 16])
def test_an_entry_that_is_cut_is_missing(text):
    with pytest.raises(Truncated):
        Bits(base64url(text)).entries(2)


def test_what_is_left_is_padding_only_where_it_is_short_and_zero():
    for text, longest in (("A", 6), ("AAAA", 24)):
        Bits(text).finish(longest)
    for text, longest in (("AAAA", 23), ("AB", 23), ("B", 23)):
        with pytest.raises(Malformed):
            Bits(text).finish(longest)


def test_a_number_that_does_not_end_is_refused():
    for text in ("A", "A" * 9):
        with pytest.raises(Malformed):
            Bits(text).through("11", 22)


def test_no_bits_of_a_text_are_held_on_to():
    asked = f"{0x5A17C3B:028b}"
    assert Bits(base64url(asked)).ids(28) == tuple(at for at, bit in enumerate(asked, 1) if bit == "1")
    names = [value for name, value in vars(bits_module).items() if not name.startswith("__")]
    assert asked not in set(reachable([names]))
