"""Say what a leaf of the log may say: acts of a closed list, each with its fields and the form of their values.

Nothing personal has a form here, so nothing personal can be written. A leaf is JSON in the one spelling of RFC 8785, as
far as texts, whole numbers and lists of texts go.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

Value = str | int | Sequence[str]

VERSION = 1
_DIGEST = r"[0-9a-f]{8,64}"
_WORD = r"[a-z][a-z0-9_:-]{0,63}"
_RELEASE = r"[0-9]{1,4}(?:\.[0-9]{1,4}){2}(?:[a-z+-][0-9a-z.+-]{0,24})?"
_NUMBER = r"[0-9]{1,15}"

# The id of an API key; who asked is one, and `local-------` is somebody at the machine who can read its key.
_KEY = r"[A-Za-z0-9_-]{12}"

# The id of a person's request, which is ours, and a commitment to a subject (`gateway.audit.commitment`).
_REQUEST = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_COMMITMENT = r"[0-9a-f]{64}"

# Act -> field -> the form of its value, or of each of its values where it is a list.
ACTS: Mapping[str, Mapping[str, str]] = {
    "started": {"version": _RELEASE, "role": _WORD, "keys": _DIGEST},
    "stopped": {},
    "keys.changed": {"before": _DIGEST, "after": _DIGEST},
    "policy.changed": {"before": rf"(?:{_DIGEST})?", "after": _DIGEST},
    "salt.destroyed": {"day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "why": _WORD},
    "api_key.created": {"key": _KEY, "scopes": _WORD, "by": _KEY},
    "api_key.revoked": {"key": _KEY, "by": _KEY},
    "api_key.rotated": {"key": _KEY, "after": _KEY, "by": _KEY},
    "dead_letters.replayed": {"destination": _WORD, "which": r"one|all", "by": _KEY},
    "dead_letters.discarded": {"destination": _WORD, "which": r"one|all", "by": _KEY},
    "destination.resumed": {"destination": _WORD, "by": _KEY},
    "dsr.received": {"request": _REQUEST, "type": _WORD, "subjects": _COMMITMENT, "by": _KEY},
    "dsr.previewed": {"subjects": _COMMITMENT, "by": _KEY},
    "dsr.code_sent": {"request": _REQUEST, "by": _KEY},
    "dsr.verified": {"request": _REQUEST, "method": _WORD, "by": _KEY},
    "dsr.cancelled": {"request": _REQUEST, "by": _KEY},
    "dsr.denied": {"request": _REQUEST, "reason": _WORD, "by": _KEY},
    "dsr.extended": {"request": _REQUEST, "by": _KEY},
    "dsr.retried": {"request": _REQUEST, "by": _KEY},
    "dsr.settled": {"request": _REQUEST, "target": _WORD, "state": _WORD, "by": _KEY},
    "dsr.appealed": {"request": _REQUEST, "by": _KEY},
    "dsr.appeal_decided": {"request": _REQUEST, "decision": _WORD, "by": _KEY},
    "dsr.begun": {"request": _REQUEST, "targets": _WORD},
    "dsr.erased": {"request": _REQUEST, "keys": _NUMBER, "events": _NUMBER},
    "dsr.ended": {"request": _REQUEST, "outcome": _WORD},
    "dsr.replayed": {"requests": _NUMBER},
    "dsr.package_linked": {"request": _REQUEST, "by": _KEY},
    "dsr.package_taken": {"request": _REQUEST, "by": _KEY},
    "suppression.set": {"purpose": _WORD, "subjects": _COMMITMENT, "by": _KEY},
    "suppression.lifted": {"purpose": _WORD, "subjects": _COMMITMENT, "by": _KEY},
    "suppression.checked": {"subjects": _COMMITMENT, "by": _KEY},
    "consent.recorded": {"records": r"[0-9a-f]{64}"},
    "consent.exported": {"by": _KEY},
    "log.gap": {"lost": _NUMBER},
}
_FORMS = {act: {name: re.compile(form) for name, form in fields.items()} for act, fields in ACTS.items()}


def leaf(act: str, at: float, **fields: Value) -> bytes:
    """What is hashed and kept. `at` is in POSIX seconds, kept to the second.

    ValueError for an act, a field or a value that is not of the list; its message repeats no value.
    """
    forms = _FORMS.get(act)
    if forms is None or forms.keys() != fields.keys():
        raise ValueError("there is no such act, or it has other fields")
    for name, value in fields.items():
        values = [str(value)] if isinstance(value, str | int) else value
        if not all(forms[name].fullmatch(each) for each in values):
            raise ValueError(f"{act} has no such {name}")
    time = datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"v": VERSION, "act": act, "at": time, **fields}
    return canonical(told)


def named(name: str) -> str:
    """A name of the operator's as a leaf may hold it: itself where it is a plain word, else a digest of it."""
    return name if re.fullmatch(_WORD, name) else f"sha256:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def canonical(told: Mapping[str, object]) -> bytes:
    """An object in its one spelling. Keys are plain words, and there are no fractions."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
