import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap.salt_exchange import MOST_BYTES, Message, give, point_of, read, take, write

RING, OLD = bytes(range(32)), bytes(range(1, 33))
SALT = bytes(range(64, 96))
PRIVATE = X25519PrivateKey.generate()
ASK = Message("ask", 20_783, "a", point=point_of(PRIVATE))


def test_a_message_is_read_as_it_was_written():
    assert read(write(ASK, RING), RING) == ASK
    assert read(write(ASK, OLD), RING + OLD) == ASK


def test_a_message_of_another_key_is_none():
    assert read(write(ASK, OLD), RING) is None


def test_a_salt_is_read_by_the_one_who_asked_and_by_nobody_else():
    answer = give(ASK, SALT, "b")
    assert (answer.kind, answer.day, answer.sender, answer.receiver) == ("give", ASK.day, "b", "a")
    assert take(answer, PRIVATE) == SALT
    assert take(answer, X25519PrivateKey.generate()) is None


@pytest.mark.parametrize(
    "changed", [{"day": 20_784}, {"sender": "c"}, {"receiver": "c"}, {"box": "AAAA"}, {"box": "!"}, {"point": ""}]
)
def test_an_answer_that_was_changed_is_none(changed):
    assert take(give(ASK, SALT, "b")._replace(**changed), PRIVATE) is None


def test_no_message_shows_the_salt_not_even_to_who_has_the_root_key():
    lines = b"".join(write(each, RING) for each in (ASK, give(ASK, SALT, "b")))
    assert SALT not in lines and SALT.hex().encode() not in lines
    # All that a root key gives is the key of the MAC: it opens no box.
    again = give(ASK, SALT, "b")
    assert again.box != give(ASK, SALT, "b").box


def test_a_question_with_a_point_that_is_none_has_no_answer():
    with pytest.raises(ValueError):
        give(ASK._replace(point="AAAA"), SALT, "b")


@given(st.binary(max_size=300) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(
    lambda value: json.dumps(value).encode()))  # fmt: skip
def test_what_is_no_message_is_none(line):
    assert read(line, RING) is None


@pytest.mark.parametrize("wrong", [{"kind": "take"}, {"day": "1"}, {"day": True}, {"sender": 7}])
def test_a_signed_message_of_another_shape_is_none(wrong):
    assert read(write(ASK._replace(**wrong), RING), RING) is None


def test_a_message_that_is_too_long_is_none():
    assert read(write(ASK._replace(box="A" * MOST_BYTES), RING), RING) is None
