import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.commitment import SALT_BYTES, commit, opens

SALT = bytes(range(SALT_BYTES))


def test_a_commitment_is_the_hash_of_a_mark_the_salt_and_the_subject():
    assert commit(SALT, "ab") == hashlib.sha256(b"\x02" + SALT + b"ab").hexdigest()


@given(st.text(), st.text(), st.binary(min_size=32, max_size=32))
def test_it_opens_for_its_own_subject_and_salt_alone(subject, other, salt):
    made = commit(SALT, subject)
    assert opens(made, SALT, subject)
    assert opens(made, SALT, other) == (subject == other)
    assert opens(made, salt, subject) == (salt == SALT)


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_of_another_length_commits_to_nothing(salt):
    with pytest.raises(ValueError, match="32 bytes"):
        commit(salt, "ab")
