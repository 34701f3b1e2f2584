"""The hashes are those of RFC 6962's known trees, and a proof shows what is so and nothing else."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.merkle import EMPTY, Edge, consistency, extends, includes, inclusion, leaf_hash, node_hash, root_of

# The eight leaves that implementations of RFC 6962 test themselves with, and the roots of the first 0 to 8 of them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

# All 36 proofs of each kind among them, in rising order of size and place, as one SHA-256 over all their hashes.
INCLUSIONS = "9db592d71b0fcd6fc27acf630e1d2b45b00c0ccf50dc5d043a98a4229ed04028"
CONSISTENCIES = "5e31f6c5aa9b4dc9531788e5dd4d5f966a0545bef9b4c6d80877e7fade00d249"

HASHES = [leaf_hash(bytes.fromhex(each)) for each in LEAVES]
MANY = [leaf_hash(n.to_bytes(2, "big")) for n in range(130)]
OTHER = bytes(32)


def by_definition(leaves):
    """The root as RFC 6962 defines it, halves first."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(by_definition(leaves[:half]), by_definition(leaves[half:]))


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_known_leaves_is_known(size):
    assert root_of(HASHES[:size]).hex() == ROOTS[size]


def test_every_proof_among_known_leaves_is_known():
    inclusions = [inclusion(HASHES[:size], place) for size in range(1, 9) for place in range(size)]
    consistencies = [consistency(HASHES[:size], before) for size in range(1, 9) for before in range(1, size + 1)]
    digests = [hashlib.sha256(b"".join(b"".join(proof) for proof in all_)) for all_ in (inclusions, consistencies)]
    assert [digest.hexdigest() for digest in digests] == [INCLUSIONS, CONSISTENCIES]


@given(st.integers(0, 130))
def test_a_root_is_what_the_definition_says(size):
    assert root_of(MANY[:size]) == by_definition(MANY[:size])


@given(st.integers(1, 130), st.data())
def test_a_leaf_is_proved_where_it_is_and_nowhere_else(size, data):
    place, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size))
    proof, root = inclusion(MANY[:size], place), root_of(MANY[:size])
    assert includes(root, size, place, MANY[place], proof)
    assert includes(root, size, other, MANY[place], proof) == (other == place)
    assert not includes(root, size, place, OTHER, proof)
    assert not includes(root, size, place, MANY[place], [*proof, OTHER])
    assert not (proof and includes(root, size, place, MANY[place], proof[:-1]))
    for step in range(len(proof)):
        assert not includes(root, size, place, MANY[place], [*proof[:step], OTHER, *proof[step + 1 :]])


@given(st.integers(1, 130), st.data())
def test_growth_is_proved_and_change_is_not(size, data):
    before = data.draw(st.integers(1, size))
    old, new = (before, root_of(MANY[:before])), (size, root_of(MANY[:size]))
    proof = consistency(MANY[:size], before)
    assert extends(old, new, proof)
    assert not extends((before, OTHER), new, proof)
    assert not extends(old, (size, OTHER), proof)
    assert not extends(old, new, [*proof, OTHER])
    assert not (proof and extends(old, new, proof[:-1]))
    assert not extends((0, EMPTY), new, proof)
    for step in range(len(proof)):
        assert not extends(old, new, [*proof[:step], OTHER, *proof[step + 1 :]])


def test_proofs_of_what_never_was_cannot_be_made():
    for place in (-1, 8):
        with pytest.raises(IndexError):
            inclusion(HASHES, place)
    for before in (0, 9):
        with pytest.raises(IndexError):
            consistency(HASHES, before)


@given(st.integers(0, 130), st.integers(0, 130))
def test_an_edge_goes_on_from_where_it_was_put_down(size, more):
    edge = Edge()
    for leaf in MANY[:size]:
        edge.append(leaf)
    again = Edge.unpacked(edge.size, edge.packed())
    for leaf in MANY[size:more]:
        again.append(leaf)
    assert again.root() == root_of(MANY[: max(size, more)])


@pytest.mark.parametrize(("size", "packed"), [(1, b""), (0, OTHER), (3, OTHER), (1, OTHER[:31]), (-1, b"")])
def test_what_is_no_edge_is_not_taken_for_one(size, packed):
    with pytest.raises(ValueError, match="no edge"):
        Edge.unpacked(size, packed)


def test_a_tree_changes_with_the_order_of_its_leaves():
    assert all(root_of(pair) != root_of(pair[::-1]) for pair in pairwise(HASHES))
