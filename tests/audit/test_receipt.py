import pytest

from gateway.audit.jws import Unsigned, public_of, sign
from gateway.audit.receipt import KINDS, sign_receipt, verify_receipt

SEED = bytes(range(32))
PUBLIC = public_of(SEED)
CLAIMS = {"iss": "https://shop.example", "iat": 1_795_429_200, "jti": "0a1b", "purposes": {"measure": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_receipt_is_verified_as_the_kind_it_was_signed_as(kind):
    assert verify_receipt(sign_receipt(kind, CLAIMS, SEED), [PUBLIC]) == (kind, CLAIMS)


@pytest.mark.parametrize("missing", ["iss", "iat", "jti"])
def test_a_receipt_says_who_when_and_which(missing):
    without = {name: value for name, value in CLAIMS.items() if name != missing}
    with pytest.raises(ValueError, match="iss"):
        sign_receipt("consent", without, SEED)
    with pytest.raises(Unsigned):
        verify_receipt(sign(without, KINDS["consent"], SEED), [PUBLIC])


def test_another_statement_of_the_same_key_is_no_receipt():
    with pytest.raises(Unsigned):
        verify_receipt(sign(CLAIMS, "JWT", SEED), [PUBLIC])
