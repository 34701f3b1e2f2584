"""Show an operator what a request says about its visitor, without a policy: every known source may say yes here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gateway.consent.ac import decode_ac
from gateway.consent.ballot import Place, Scene
from gateway.consent.carriers import Carried, assort
from gateway.consent.cmp.config import CmpConfig, read_config
from gateway.consent.cmp.plan import EVERYTHING, CmpAnswer
from gateway.consent.cmp.usp_text import bare_usp
from gateway.consent.cmp_votes import merge_states
from gateway.consent.cmps import USUAL, Cmp
from gateway.consent.cookies import parse_cookies
from gateway.consent.gpp import decode_gpp
from gateway.consent.gpp_votes import GPP_CARRIER, GPP_COOKIES
from gateway.consent.headers import Headers
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import CATEGORIES
from gateway.consent.panel import assemble_foreign
from gateway.consent.reading import Panel, Reading
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.tc_votes import TCF_CARRIER, TCF_COOKIES
from gateway.consent.tcf import decode_tcf
from gateway.consent.us_votes import USP_PLACES
from gateway.consent.usp import decode_usp
from gateway.days import SECONDS_A_DAY
from gateway.facts import ConsentSource, Vote

_ASKED = ("functional", "audience_measurement", "analytics", "advertising", "personalization")
_NO_PURPOSES = frozenset({"sale_share", "unknown"})
# The word of a configuration that tells which platform it is of.
PLATFORM = "platform"
_WORDS = {True: "granted", False: "denied", None: "unset"}


class _Kind(NamedTuple):
    """A kind of consent string: where it may stand, what it is called inside of a platform's cookie, how it is read."""

    places: tuple[Place, ...]
    inside: str
    decode: Callable[[str], object]


# Strings that are shown as they are, where they can be read.
_STRINGS: Mapping[str, _Kind] = {
    "tcString": _Kind((*map(Place, TCF_COOKIES), Place(TCF_CARRIER, carried=True)), "tc", decode_tcf),
    "acString": _Kind((Place("addtl_consent"), Place("addtl_consent", carried=True)), "ac", decode_ac),
    "gppString": _Kind((*map(Place, GPP_COOKIES), Place(GPP_CARRIER, carried=True)), "gpp", decode_gpp),
    "usp": _Kind(USP_PLACES, "usp", decode_usp),
}


class Request(NamedTuple):
    """The parts of a request that matter. `now` is POSIX seconds; `carried` what its address and body hold."""

    headers: Headers
    now: float
    carried: Carried | Invalid = ()


class View(NamedTuple):
    """What is said of all platforms, each platform with what is said of it, and the sources that are asked."""

    general: CmpConfig
    cmps: Mapping[str, Cmp]
    panel: Panel


class _Found(NamedTuple):
    """A platform that is there: what its cookies say one by one, and taken together in the common categories."""

    cmp: Cmp
    answers: Sequence[CmpAnswer]
    common: Mapping[str, bool]

    @property
    def is_main(self) -> bool:
        """Whether it is a platform that answers for purposes, and can be read."""
        return bool(self.cmp.shown) and not self.cmp.opaque

    @property
    def acted(self) -> list[bool]:
        """For each cookie that says anything, whether an act stands behind it."""
        return [each.explicit for each in self.answers if each.states or each.problem or each.explicit]


def view_of(config: Mapping[str, Any], cmps: Mapping[str, Cmp]) -> View:
    """How to look at the requests of a site. WrongConfig where `config` is wrong.

    `config` is what an operator says of the platforms, of single ones under their names, or of the `platform` it names.
    """
    general, known = _configured(config, cmps)
    return View(general, known, _panel(known))


def show_request(request: Request, view: View) -> dict[str, Any]:
    """What the request carries, as `gateway consent read` prints it."""
    scene = _scene(request)
    found = list(_found(view.cmps, scene))
    reading = view.panel.examine(request.headers, "", request.now, request.carried)
    strings = _strings(scene, found)
    return {
        "purposes": _purposes(found, strings, view.general),
        "explicit": _is_explicit(found, strings),
        "extra": strings | _extra(found, reading),
        "votes": [_vote(*pair) for pair in zip(reading.consent.signals.votes, reading.reasons, strict=True)],
        "unreadable": [{"source": item.source, "reason": item.reason} for item in reading.unreadable],
    }


def _configured(config: Mapping[str, Any], cmps: Mapping[str, Cmp]) -> tuple[CmpConfig, dict[str, Cmp]]:
    """What is said of all platforms, and each platform with what is said of it."""
    platform = config.get(PLATFORM)
    if isinstance(platform, str) and platform in cmps:
        config = {platform: {name: value for name, value in config.items() if name != PLATFORM}}
    single = {name: value for name, value in config.items() if name in cmps and isinstance(value, dict)}
    rest = {name: value for name, value in config.items() if name not in single}
    general = read_config(rest, CATEGORIES, lenient=True)
    # A cookie of one's own belongs to one platform, and nobody says here to which.
    shared = general._replace(cookie="")
    return general, {
        name: cmp.with_config(shared).with_config(read_config(single.get(name, {}), CATEGORIES, lenient=True))
        for name, cmp in cmps.items()
    }


def _panel(cmps: Mapping[str, Cmp]) -> Panel:
    trust = (*(ConsentSource("cmp", name) for name in cmps), ConsentSource("tcf"), ConsentSource("gpp"))
    rules = ReadingRules({family: PlainPurpose(family) for family in _ASKED}, trust)
    return Panel(assemble_foreign(rules, cmps), rules.refusable)


def _scene(request: Request) -> Scene:
    pairs = parse_cookies(request.headers.get(b"cookie", []))
    cookies: dict[bytes, list[bytes]] = {}
    for name, value in () if isinstance(pairs, Invalid) else pairs:
        cookies.setdefault(name, []).append(value)
    carried = {} if isinstance(request.carried, Invalid) else assort(request.carried)
    return Scene(cookies, "", request.now, carried)


def _found(cmps: Mapping[str, Cmp], scene: Scene) -> Iterator[_Found]:
    for cmp in cmps.values():
        answers = cmp.answers(scene.cookies, scene.now)
        if answers:
            whole = not any(each.problem for each in answers)
            common = merge_states([cmp.common(each.states) for each in answers], whole)
            yield _Found(cmp, answers, common | ({name: True for name in cmp.implied} if whole else {}))


def _purposes(found: Sequence[_Found], strings: Mapping[str, Any], config: CmpConfig) -> dict[str, str]:
    """Category -> granted, denied or unset. A no of any platform holds; what cannot be read leaves it unset."""
    told = [each for each in found if not each.cmp.opaque]
    said = {name for each in told if each.is_main for name in each.cmp.shown}
    if not any(each.is_main for each in told) and not strings and not any(each.common for each in told):
        given = {name for names in config.categories.values() for name in names}
        said = set() if any(not answer.problem for each in told for answer in each.answers) else given or set(USUAL)
    states: dict[str, bool] = {}
    for each in told:
        for name, yes in each.common.items():
            states[name] = yes and states.get(name, True)
        if any(EVERYTHING in answer.states for answer in each.answers):
            states |= dict.fromkeys(said - {"necessary"}, False)
    shown = [name for name in CATEGORIES if name not in _NO_PURPOSES and (name in said or name in states)]
    return {name: _WORDS[states.get(name)] for name in shown}


def _is_explicit(found: Sequence[_Found], strings: Mapping[str, Any]) -> bool:
    """Whether an act stands behind all that is said; where no platform says anything, a TC string is one."""
    acted = [yes for each in found if each.is_main for yes in each.acted]
    if not acted and not any(each.is_main for each in found):
        acted = [yes for each in found if not each.cmp.opaque for yes in each.acted]
    return all(acted) if acted else "tcString" in strings


def _strings(scene: Scene, found: Sequence[_Found]) -> dict[str, Any]:
    """The strings that can be read, as they are; of several of a kind the first."""
    shown: dict[str, Any] = {}
    for name, kind in _STRINGS.items():
        placed = [text for place in kind.places for text in place.texts(scene)]
        inside = [text for each in found for answer in each.answers for text in answer.strings.get(kind.inside, ())]
        texts = (bare_usp(text) for text in (*placed, *inside) if text)
        readable = next((text for text in texts if not isinstance(kind.decode(text), Invalid)), None)
        shown |= {name: readable} if readable is not None else {}
    return shown


def _extra(found: Sequence[_Found], reading: Reading) -> dict[str, Any]:
    sold = [each.common["sale_share"] for each in found if "sale_share" in each.common]
    signals = reading.consent.signals
    extra: dict[str, Any] = {"sale_share": "granted" if all(sold) else "denied"} if sold else {}
    return extra | {name: True for name, is_set in (("gpc", signals.gpc), ("dnt", signals.dnt)) if is_set}


def _vote(vote: Vote, why: str) -> dict[str, Any]:
    at = None if vote.day is None else datetime.fromtimestamp(vote.day * SECONDS_A_DAY, UTC).date().isoformat()
    word = "grant" if vote.grant else "deny"
    return {
        "source": vote.source,
        "purpose": vote.purpose,
        "vote": word,
        "explicit": vote.explicit,
        "at": at,
        "why": why,
    }
