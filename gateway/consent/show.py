"""Show an operator what a request says about its visitor, without a policy: every known source may say yes here."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gateway.consent.ballot import Scene
from gateway.consent.cmp_decoders import CmpAnswer
from gateway.consent.cmps import Cmp
from gateway.consent.cookies import parse_cookies
from gateway.consent.headers import Headers
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import CATEGORIES
from gateway.consent.panel import assemble_foreign
from gateway.consent.reading import Panel, Reading
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.tc_votes import TCF_COOKIES
from gateway.consent.tcf import decode_tcf
from gateway.facts import ConsentSource, Vote

_ASKED = ("functional", "audience_measurement", "analytics", "advertising", "personalization")
_NO_PURPOSES = frozenset({"sale_share", "unknown"})

# Strings that are shown as they are: name in the output -> cookie and form. Google's Additional Consent technical
# specification; IAB U.S. Privacy String.
_SHOWN = {
    "acString": ("addtl_consent", re.compile(r"[12]~[0-9.]*(~dv\.[0-9.]*)?\Z")),
    "usp": ("usprivacy", re.compile(r"1[YN-]{3}\Z")),
}


class Request(NamedTuple):
    """The parts of a request that matter. `now` is POSIX seconds; `mapping` what a site's own categories mean."""

    headers: Headers
    now: float
    mapping: Mapping[str, tuple[str, ...]] = {}


def show_request(request: Request, cmps: Mapping[str, Cmp]) -> dict[str, Any]:
    """What the request carries, as `gateway consent read` prints it."""
    known = {name: cmp.with_categories(request.mapping) for name, cmp in cmps.items()}
    scene = _scene(request)
    found = [(cmp, said) for cmp in known.values() for said in cmp.answers(scene.cookies, scene.now)]
    reading = _panel(known).examine(request.headers, "", request.now)
    strings = _strings(scene, found)
    explicit = all(said.explicit for _, said in found) if found else "tcString" in strings
    return {
        "purposes": _purposes(found),
        "explicit": explicit,
        "extra": strings | _extra(found, reading),
        "votes": [_vote(*pair) for pair in zip(reading.consent.signals.votes, reading.reasons, strict=True)],
        "unreadable": [{"source": item.source, "reason": item.reason} for item in reading.unreadable],
    }


def _panel(cmps: Mapping[str, Cmp]) -> Panel:
    trust = (*(ConsentSource("cmp", name) for name in cmps), ConsentSource("tcf"))
    rules = ReadingRules({family: PlainPurpose(family) for family in _ASKED}, trust)
    return Panel(assemble_foreign(rules, cmps), rules.refusable)


def _scene(request: Request) -> Scene:
    pairs = parse_cookies(request.headers.get(b"cookie", []))
    cookies: dict[bytes, list[bytes]] = {}
    for name, value in () if isinstance(pairs, Invalid) else pairs:
        cookies.setdefault(name, []).append(value)
    return Scene(cookies, "", request.now)


def _purposes(found: Sequence[tuple[Cmp, CmpAnswer]]) -> dict[str, str]:
    """Category -> granted, denied or unset. Denied where any platform's cookie says so, unset where one is garbled."""
    said = {name for cmp, _ in found for name in cmp.shown}
    whole = not any(answer.problem for _, answer in found)
    commons = [cmp.common(answer.states) for cmp, answer in found]
    states = {name: all(each.get(name, True) for each in commons) for common in commons for name in common}
    states = {name: yes for name, yes in states.items() if whole or not yes}
    words = {True: "granted", False: "denied", None: "unset"}
    return {
        name: words[states.get(name)]
        for name in CATEGORIES
        if name not in _NO_PURPOSES and (name in said or name in states)
    }


def _strings(scene: Scene, found: Sequence[tuple[Cmp, CmpAnswer]]) -> dict[str, Any]:
    """The strings that are in the cookies, as they are."""
    candidates = [*(text for name in TCF_COOKIES for text in _texts(scene, name)), *(said.tc for _, said in found)]
    readable = [text for text in candidates if not isinstance(decode_tcf(text), Invalid)]
    shown: dict[str, Any] = {"tcString": readable[0]} if readable else {}
    for key, (cookie, form) in _SHOWN.items():
        inside = [said.ac for _, said in found] if key == "acString" else []
        texts = [text for text in (*_texts(scene, cookie), *inside) if form.match(text)]
        shown |= {key: texts[0]} if texts else {}
    return shown


def _extra(found: Sequence[tuple[Cmp, CmpAnswer]], reading: Reading) -> dict[str, Any]:
    sold = [common["sale_share"] for cmp, said in found if "sale_share" in (common := cmp.common(said.states))]
    signals = reading.consent.signals
    extra: dict[str, Any] = {"sale_share": "granted" if all(sold) else "denied"} if sold else {}
    return extra | {name: True for name, is_set in (("gpc", signals.gpc), ("dnt", signals.dnt)) if is_set}


def _vote(vote: Vote, why: str) -> dict[str, Any]:
    at = None if vote.day is None else datetime.fromtimestamp(vote.day * 86400, UTC).date().isoformat()
    word = "grant" if vote.grant else "deny"
    return {
        "source": vote.source,
        "purpose": vote.purpose,
        "vote": word,
        "explicit": vote.explicit,
        "at": at,
        "why": why,
    }


def _texts(scene: Scene, name: str) -> list[str]:
    return [value.decode("latin-1") for value in scene.cookies.get(name.encode(), ())]
