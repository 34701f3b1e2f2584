"""Judge what a manifest may match and address: patterns that run in linear time, hosts that are public names."""

import re

_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|[()|?*+]|\{[0-9]*(?:,[0-9]*)?\}|[^\\]",
    re.DOTALL,
)
_EXACT = re.compile(r"\{[0-9]{1,3}\}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")

# Names that never lead to the public internet (RFC 6761, RFC 8375 and common habit).
_PRIVATE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid", "onion", "arpa")

# With several unbounded repetitions a failing match takes polynomial time; none of ours needs more.
MAX_UNBOUNDED = 2


def pattern_problem(pattern: str) -> str:
    """Why a regular expression is refused, or nothing. RE2's subset, less repetitions of what itself may vary."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"not a regular expression: {error.msg}"
    unbounded = 0
    varies = [False]
    closed = False
    for piece in _PIECE.findall(pattern):
        if piece == "(?" or re.fullmatch(r"\\[1-9]", piece):
            return "look-around, flags and back-references are not allowed"
        repeats = piece in "*+" or (piece[0] == "{" and not _EXACT.fullmatch(piece))
        if repeats and closed:
            return "a repetition of a group that itself may vary"
        unbounded += piece in "*+" or piece.endswith(",}")
        closed = _step(piece, varies)
    return f"more than {MAX_UNBOUNDED} unbounded repetitions" if unbounded > MAX_UNBOUNDED else ""


def _step(piece: str, varies: list[bool]) -> bool:
    """Follow one piece; whether a group that may vary has just ended."""
    if piece in ("(", "(?:"):
        varies.append(False)
    elif piece == ")":
        inner = varies.pop()
        varies[-1] |= inner
        return inner
    elif piece in ("|", "?", "*", "+") or (piece[0] == "{" and not _EXACT.fullmatch(piece)):
        varies[-1] = True
    return False


def is_public_host(host: str) -> bool:
    """Whether `host` is a DNS name that can lead out: no address, no single label, no private suffix."""
    name = host.lower()
    return bool(_HOST.fullmatch(name)) and len(name) <= 253 and name.rpartition(".")[2] not in _PRIVATE
