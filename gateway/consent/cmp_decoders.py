"""Decode the few ways in which consent management platforms write their cookies.

Rule 1: never raise. What is not as the platform writes it becomes a `problem`, and then nothing is granted.
Rule 2: a refusal that can be read stands, whatever the rest looks like.
Rule 3: percent signs are resolved once.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

MILLISECONDS_A_DAY = 86_400_000

Companions = Mapping[str, Sequence[str]]


class CmpAnswer(NamedTuple):
    """What a platform's cookie says. `states` pairs its own categories with yes or no.

    `explicit` is an act of the visitor that is not stale; `day` in days since 1970-01-01 UTC. `tc` and `ac` are a TC
    string and an additional consent string in the cookie. `problem` says why it could not be read, or is empty. `until`
    is when the answer ends, in POSIX seconds.
    """

    states: Mapping[str, bool]
    explicit: bool = False
    day: int | None = None
    gpc: bool = False
    tc: str = ""
    ac: str = ""
    problem: str = ""
    until: float = math.inf


_GROUP = re.compile(r"([A-Za-z0-9_.-]{1,64}):([01])\Z")


def decode_optanon(value: str, companions: Companions) -> CmpAnswer:
    """OneTrust: `OptanonConsent` is a query string; `OptanonAlertBoxClosed` the time the visitor answered."""
    fields: dict[str, list[str]] = {}
    for part in value.split("&"):
        name, _, text = part.partition("=")
        fields.setdefault(name, []).append(text)
    groups = [item for text in fields.get("groups", ()) for item in unquote_plus(text).split(",") if item]
    read = [match.groups() for item in groups if (match := _GROUP.match(item))]
    days = [_iso_day(unquote(text)) for text in companions.get("OptanonAlertBoxClosed", ())]
    answered = bool(days) and None not in days and set(fields.get("AwaitingReconsent", ())) <= {"false"}
    whole = len(read) == len(groups) and all(len(texts) == 1 for texts in fields.values())
    return CmpAnswer(
        _strictest((category, answer == "1") for category, answer in read),
        explicit=answered and whole,
        day=min((day for day in days if day is not None), default=None),
        gpc="1" in fields.get("browserGpcFlag", ()),
        problem="" if whole else "groups that are no list of yes and no, or a field given twice",
    )


_LITERAL = re.compile(r"([A-Za-z0-9]{1,32}):(?:'([^'\\]*)'|(true|false|-?[0-9]{1,15}))(?:,|\Z)")


def decode_cookiebot(value: str, companions: Companions) -> CmpAnswer:
    """Cookiebot: `CookieConsent` is an object literal of JavaScript. A bare `0` is no answer yet, `-1` no banner."""
    del companions
    if value in {"0", "-1"}:
        return CmpAnswer({})
    text = unquote(value, errors="replace")
    inside = text[1:-1]
    pairs = list(_LITERAL.finditer(inside)) if text[:1] == "{" and text[-1:] == "}" else []
    fields = {match[1]: match[2] if match[2] is not None else match[3] for match in pairs}
    states = _strictest((match[1], match[3] == "true") for match in pairs if match[3] in {"true", "false"})
    whole = "".join(match[0] for match in pairs) == inside and len(fields) == len(pairs) > 0
    dates = [int(match[3]) for match in pairs if match[1] == "utc" and match[3] and match[3].isdigit()]
    return CmpAnswer(
        states,
        explicit=whole and fields.get("method") == "explicit" and fields.get("stamp", "0") not in {"0", "-1"},
        day=min(dates) // MILLISECONDS_A_DAY if dates else None,
        tc=fields.get("iab2", ""),
        ac=fields.get("gacm", ""),
        problem="" if whole else "no object literal as the platform writes it",
    )


def _strictest(answers: Iterator[tuple[str, bool]]) -> dict[str, bool]:
    """Category -> yes or no; no where it is said twice and one of them is no."""
    states: dict[str, bool] = {}
    for category, yes in answers:
        states[category] = yes and states.get(category, True)
    return states


def _iso_day(text: str) -> int | None:
    """The UTC day of an RFC 3339 time, in days since 1970-01-01."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.timestamp() // 86400) if moment.tzinfo else None


# The closed set of ways to write a cookie; `cmps.yaml` names one for each platform.
DECODERS: dict[str, Callable[[str, Companions], CmpAnswer]] = {
    "optanon": decode_optanon,
    "cookiebot": decode_cookiebot,
}
