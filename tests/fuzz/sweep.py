"""Run the checks of damage over the tests' own strings."""

from tests.consent.strings import strings
from tests.fuzz.damage import cuts, flips

TC_STRINGS = [row["text"] for row in strings("tcf") if row["says"]["version"] == 2]
GPP_STRINGS = [row["text"] for row in strings("gpp")]

# Index in TC_STRINGS -> bit. Of 58,146 flips these four change how long a list is, and what follows happens to be
# a whole string to its last bit. Nothing in it tells.
COINCIDENCES = {26: 223, 99: 239, 142: 224, 193: 222}


def sweep(check, every=1):
    """(index, what is wrong) over all strings of the check's kind, or over each `every`-th of them."""
    texts = TC_STRINGS if check.__name__.startswith("tcf") else GPP_STRINGS
    return [(index, wrong) for index in range(0, len(texts), every) for _, wrong in check(texts[index])]


def damaged(text):
    """Every text that a check of damage tries."""
    return [*cuts(text), *(flipped for _, flipped in flips(text))]
