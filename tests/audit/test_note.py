"""A signed note is that of the format's own example, openssl agrees with it, and no changed bit passes."""

import base64
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.note import Checkpoint, NoteError, checkpoint_of, is_name, parse_key, parse_note, sign, verifier_key

SEED = bytes(range(32))
NAME = "gateway.example.com/audit"
CHECKPOINT = Checkpoint(NAME, 8, bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"))
KEY = "gateway.example.com/audit+eb906300+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
NOTE = """\
gateway.example.com/audit
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— gateway.example.com/audit 65BjAO/S5xBhNQPWMjXH0GVi0V2oG6voMtKSAVXDoFKUsnFTzpfOTFYXPZCN+O5Iw62rVUPjirS1HyuB5PU9O7GUIg4=
"""
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def test_a_known_key_signs_a_known_checkpoint_in_known_words():
    assert str(verifier_key(NAME, SEED)) == KEY
    assert sign(CHECKPOINT, [SEED]) == NOTE


def test_it_is_read_back():
    note = parse_note(NOTE)
    assert checkpoint_of(note) == CHECKPOINT
    assert note.verified([parse_key(KEY)]) is True
    assert note.verified([verifier_key(NAME, bytes(32))]) is None
    assert note.verified([verifier_key("another.example/log", SEED)]) is None


def test_openssl_finds_the_signature_good_and_a_changed_one_bad(tmp_path):
    note = parse_note(sign(CHECKPOINT, [SEED]))
    (tmp_path / "key.der").write_bytes(ED25519_SPKI + parse_key(KEY).public)
    (tmp_path / "signature").write_bytes(note.signatures[0][2])
    results = []
    for text in (note.text, note.text.replace("8", "9", 1)):
        (tmp_path / "text").write_text(text)
        words = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature"
        results.append(subprocess.run(words.split(), cwd=tmp_path, capture_output=True, check=False).returncode)
    assert results == [0, 1]


@given(st.integers(0, 8 * len(NOTE.encode()) - 1))
def test_no_flipped_bit_passes(bit):
    raw = bytearray(NOTE.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        note = parse_note(raw.decode())
        sound = note.verified([parse_key(KEY)]) is True and checkpoint_of(note) == CHECKPOINT
    except (NoteError, UnicodeDecodeError):
        sound = False
    assert not sound


def test_all_keys_of_a_ring_sign_and_each_of_them_is_enough():
    old, strange = bytes(32), bytes([7]) * 32
    note = parse_note(sign(CHECKPOINT, [SEED, old]))
    assert [note.verified([verifier_key(NAME, seed)]) for seed in (SEED, old, strange)] == [True, True, None]


def test_one_bad_signature_of_a_known_key_spoils_the_note():
    other = sign(CHECKPOINT._replace(size=9), [bytes(32)]).splitlines(keepends=True)[-1]
    note = parse_note(NOTE + other)
    assert note.verified([parse_key(KEY)]) is True
    assert note.verified([parse_key(KEY), verifier_key(NAME, bytes(32))]) is False


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", NOTE.rstrip("\n"), NOTE.replace("\n\n", "\n"), NOTE.replace("— ", "- "), NOTE + "more\n",
        NOTE.replace("O7GUIg4=", "O7GUIg=="), NOTE.partition("\n\n")[0] + "\n\n", NOTE + NOTE.splitlines(True)[-1] * 16,
    ],
)  # fmt: skip
def test_what_is_no_note_is_not_read(text):
    with pytest.raises(NoteError):
        parse_note(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n8\n", "\n08\n"),
        ("\n8\n", "\n-8\n"),
        ("\n8\n", "\n8\nmore\n"),
        ("RgQyg=", "RgQy="),
        (NAME, "Name"),
        ("8\n", ""),
    ],
)
def test_a_note_that_is_no_checkpoint_is_not_read_as_one(old, new):
    body, _, signature = NOTE.partition("\n\n")
    with pytest.raises(NoteError):
        checkpoint_of(parse_note((body + "\n").replace(old, new) + "\n" + signature))


@pytest.mark.parametrize(
    "text", ["", "a+b+c", KEY[:-4], KEY.replace("eb906300", "eb906301"), KEY.replace("AQOh", "AgOh")]
)
def test_what_is_no_verifier_key_is_not_taken_for_one(text):
    with pytest.raises(NoteError):
        parse_key(text)


@pytest.mark.parametrize("name", ["", "A", "a b", "a+b", "a\nb", "https://a", "a" * 201, "é"])
def test_a_name_has_no_blank_plus_or_scheme(name):
    assert not is_name(name)
    assert is_name("shop.example/log/0a1b2c3d")


def test_the_id_of_a_key_is_bound_to_its_name():
    raw = base64.b64decode(KEY.split("+", 2)[2])[1:]
    assert verifier_key("another.example/log", SEED).public == raw
    assert verifier_key("another.example/log", SEED).id != parse_key(KEY).id
