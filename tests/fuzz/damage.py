"""Damage a consent string: cut it, or flip one of its bits."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
FIRST = 300


def cuts(text):
    """Every text that begins it and is shorter."""
    return [text[:length] for length in range(len(text))]


def flips(text):
    """(bit, text with this bit flipped) for the first bits, six a character; what separates segments has no bits."""
    for bit in range(min(FIRST, len(text) * 6)):
        at, within = divmod(bit, 6)
        if text[at] in VALUES:
            yield bit, text[:at] + ALPHABET[VALUES[text[at]] ^ 32 >> within] + text[at + 1 :]
