import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.google import decode_dma, decode_dma_cps, decode_gcd, decode_gcs, decode_npa
from gateway.consent.invalid import Invalid


@pytest.mark.parametrize("letter", "lmnpqrtuv")
def test_the_published_letters_mean_what_is_published(letter):
    published = {
        "l": "unset unset", "m": "unset denied", "n": "unset granted", "p": "denied unset", "q": "denied denied",
        "r": "denied granted", "t": "granted unset", "u": "granted denied", "v": "granted granted",
    }  # fmt: skip
    for state in decode_gcd(f"11{letter}1{letter}1{letter}1{letter}5").values():
        assert f"{state.default} {state.update}" == published[letter]


@pytest.mark.parametrize(
    "text", ["", "1", "11t1t1t1t", "21t1t1t1t5", "11t1t1t5", "11t1t1t1o5", "11t1t1t1w5", "11t1t1t1t5\n", "1" * 40]
)
def test_what_is_no_gcd_is_refused(text):
    assert isinstance(decode_gcd(text), Invalid)


def test_switches_are_one_digit():
    assert (decode_npa("1"), decode_npa("0"), decode_dma("1"), decode_dma("0")) == (True, False, True, False)
    assert all(
        isinstance(decode(text), Invalid) for decode in (decode_npa, decode_dma) for text in ("", "2", "11", "-")
    )


def test_core_services_are_letters():
    assert (decode_dma_cps("-"), decode_dma_cps("syp")) == ((), ("s", "y", "p"))
    assert all(isinstance(decode_dma_cps(text), Invalid) for text in ("", "A", "s-", "s1", "é", "s" * 27))


@given(st.text("G10-gxX", max_size=6))
def test_gcs_is_four_characters(text):
    assert isinstance(decode_gcs(text), Invalid) or (len(text) == 4 and text.startswith("G1"))
