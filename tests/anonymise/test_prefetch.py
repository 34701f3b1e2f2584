import pytest

from gateway.anonymise.prefetch import is_prefetch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"sec-purpose", b"prefetch"), (b"sec-purpose", b"prefetch;prerender"), (b"purpose", b"prefetch"),
        (b"x-moz", b"prefetch"), (b"x-purpose", b"preview"), (b"purpose", b" PreFetch "),
        (b"sec-purpose", b"prefetch;anonymous-client-ip"), (b"purpose", b"prerender"), (b"x-purpose", b"instant"),
    ],
)  # fmt: skip
def test_a_request_made_ahead_says_so(name, value):
    assert is_prefetch({name: [value]})
    assert is_prefetch({b"host": [b"a"], name: [b"", value]})


@pytest.mark.parametrize(
    "headers",
    [{}, {b"purpose": []}, {b"sec-purpose": [b""]}, {b"sec-fetch-purpose": [b"prefetch"]}, {b"purpose": [b"navigate"]}],
)
def test_everything_else_is_made_for_somebody(headers):
    assert not is_prefetch(headers)
