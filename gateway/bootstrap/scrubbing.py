"""Read the operator's rules for the scrubber, and try how long their patterns take before anything relies on them."""

import re
import string
import time
from pathlib import Path

from gateway.anonymise.scrub.detect import SHIPPED, scrubber
from gateway.anonymise.scrub.rules import ScrubRules, read_rules
from gateway.anonymise.scrub.strict import Scrubber
from gateway.errors import ConfigurationError, Finding
from gateway.settings.read import Configured

TRIED_LENGTH = 4096
SLOWEST = 0.02  # seconds for that many characters; a plain search takes a hundredth of it
TRIES = 3


def load_rules(path: Path) -> ScrubRules:
    """The rules of a file. ConfigurationError where it cannot be read (G070), or a pattern is too slow (G071)."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError([Finding(str(path), 1, 1, "G070", "the rules cannot be read")]) from None
    rules = read_rules(text, str(path))
    slow = [own for own in rules.patterns if _seconds(own.pattern) > SLOWEST]
    if slow:
        message = "the pattern takes too long for texts made to be slow"
        raise ConfigurationError(
            [Finding(str(path), _line(text, own.pattern.pattern), 1, "G071", message) for own in slow]
        )
    return rules


def open_scrubber(configured: Configured) -> tuple[Scrubber, list[Finding]]:
    """The scrubber that `scrub.rules` asks for, and what is wrong with them."""
    rules = configured.settings.scrub.rules
    if rules is None:
        return SHIPPED, []
    try:
        return scrubber(load_rules(configured.beside(rules))), []
    except ConfigurationError as error:
        return SHIPPED, list(error.findings)


def _line(text: str, pattern: str) -> int:
    """The first line with a pattern in it."""
    return text[: max(0, text.find(pattern))].count("\n") + 1


def _seconds(pattern: re.Pattern[str]) -> float:
    """The worst time for a text of full length, the best of a few tries for each text."""
    return max(min(_once(pattern, text) for _ in range(TRIES)) for text in _hostile(pattern.pattern))


def _once(pattern: re.Pattern[str], text: str) -> float:
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - start


def _hostile(pattern: str) -> list[str]:
    """Texts of signs that the pattern knows: each alone, all in turn, and nearly a match again and again."""
    known = [sign for sign in dict.fromkeys(pattern + string.ascii_letters[::13] + "0 ") if sign.isprintable()]
    units = [*known[:40], "".join(known), *(known[0] + sign for sign in known[1:12])]
    return [(unit * TRIED_LENGTH)[:TRIED_LENGTH] for unit in units]
