import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.ac import AcString, decode_ac
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH

MORE = [
    "0~1", "3~1~dv.2", "1~1~dv.2", "1~01", "1~0", "1~1..2", "1~.1", "1~1.", "1~1 ", "1~1\n", "1~٣", "2~1~2",
    "2~1~dv", "2~1~dv.2~", "2~1~dv.2~x", "1~1000000", "2~5.7~dv.7", "1~" + "1." * (MAX_LENGTH // 2) + "1",
]  # fmt: skip


@pytest.mark.parametrize("text", MORE)
def test_what_is_no_string_is_refused(text):
    assert isinstance(decode_ac(text), Invalid)


def test_it_tells_whom_the_visitor_consented_to():
    read = decode_ac("2~89.7~dv.9")
    assert read == AcString(2, (7, 89), (9,))


@given(st.sets(st.integers(1, 999_999), max_size=30), st.sets(st.integers(1, 999_999), max_size=30))
def test_it_reads_what_was_written(consented, disclosed):
    disclosed -= consented
    text = f"2~{'.'.join(map(str, consented))}~dv.{'.'.join(map(str, disclosed))}"
    assert decode_ac(text) == AcString(2, tuple(sorted(consented)), tuple(sorted(disclosed)))


@given(st.text("12~.dv089 x", max_size=20))
def test_it_never_raises(text):
    assert isinstance(decode_ac(text), AcString | Invalid)
