"""Let what others left in the cookies vote: the platforms' own cookies, TC, GPP and US Privacy strings.

A cookie that is there several times is read as one that says the strictest of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.consent.cmp_decoders import CmpAnswer
from gateway.consent.cmps import Cmp
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import Answer, Question, answer
from gateway.consent.tcf import PURPOSES, TcString, decode_tcf
from gateway.consent.tcf_validity import validity
from gateway.consent.usp import decode_usp

# Where CMPs put a TC string unless told otherwise, and a GPP string.
TCF_COOKIES = ("euconsent-v2", "eupubconsent-v2")
GPP_COOKIES = ("__gpp", "OTGPPConsent")


@dataclass(frozen=True, slots=True)
class CmpSource:
    """The cookie of a consent management platform.

    One that cannot be read grants nothing, but what it clearly refuses stays refused. `string_questions` are put to a
    TC string inside of it, which can only refuse.
    """

    cmp: Cmp
    questions: tuple[Question, ...]
    string_questions: tuple[Question, ...] = ()

    @property
    def name(self) -> str:
        """The source of its votes."""
        return f"cmp:{self.cmp.name}"

    @property
    def cookie(self) -> str:
        """The cookie with the answers, which tells two sources of one platform apart."""
        return self.cmp.cookie

    @property
    def cookies(self) -> frozenset[bytes]:
        """The cookies it reads on any site."""
        return self.cmp.names

    def answers(self, scene: Scene) -> list[CmpAnswer]:
        """What each of the platform's cookies says; two that are alike are one."""
        return self.cmp.at(scene.site).answers(scene.cookies, scene.now)

    def vote(self, scene: Scene) -> Ballot:
        """One vote for each purpose that the platform's categories answer."""
        cmp = self.cmp.at(scene.site)
        answers = cmp.answers(scene.cookies, scene.now)
        if not answers:
            return Ballot()
        problems = tuple(Unreadable(self.name, found.problem) for found in answers if found.problem)
        given = merge_states([found.states for found in answers], whole=not problems)
        common = merge_states([cmp.common(found.states) for found in answers], whole=not problems)
        if "advertising" in common:
            common.setdefault("personalization", common["advertising"])
        said = Answer(given, common, all(found.explicit for found in answers), _earliest(answers))
        ballot = answer(self.name, self.questions, said)
        strings = [found.tc for found in answers if found.tc]
        inner = _ask_strings(f"tcf:{self.cookie}", strings, self.string_questions, scene.now)
        return Ballot(
            (*ballot.votes, *inner.votes),
            (*ballot.reasons, *inner.reasons),
            (*problems, *inner.unreadable),
            gpc=any(found.gpc for found in answers),
            until=min(found.until for found in answers),
        )


@dataclass(frozen=True, slots=True)
class _OneCookie:
    """A source that is one cookie."""

    cookie: str

    @property
    def cookies(self) -> frozenset[bytes]:
        """The one cookie."""
        return frozenset({self.cookie.encode()})


@dataclass(frozen=True, slots=True)
class TcfSource(_OneCookie):
    """A TC string in a cookie. One that cannot be read, or does not count any more, refuses all it would answer."""

    questions: tuple[Question, ...]

    def vote(self, scene: Scene) -> Ballot:
        """One vote for each purpose that TCF purposes answer."""
        return _ask_strings(f"tcf:{self.cookie}", _texts(scene, self.cookie), self.questions, scene.now)


@dataclass(frozen=True, slots=True)
class GppSource(_OneCookie):
    """A GPP string in a cookie. It carries opt-outs and is not decoded, so that it counts as one for what is sold."""

    sold: tuple[str, ...]

    def vote(self, scene: Scene) -> Ballot:
        """A refusal of what an opt-out of sale or sharing refuses."""
        present = self.cookie.encode() in scene.cookies
        return refuse(f"gpp:{self.cookie}", self.sold, "GPP strings are not decoded") if present else Ballot()


@dataclass(frozen=True, slots=True)
class UspSource(_OneCookie):
    """A US Privacy string in a cookie: an opt-out of sale or nothing. One that cannot be read counts as an opt-out."""

    sold: tuple[str, ...]

    def vote(self, scene: Scene) -> Ballot:
        """A refusal of what an opt-out of sale refuses, where one of the strings is one."""
        source = f"usp:{self.cookie}"
        strings = [decode_usp(text) for text in _texts(scene, self.cookie) if text]
        for string in strings:
            if isinstance(string, Invalid):
                return refuse(source, self.sold, string.reason)
        if any(not isinstance(string, Invalid) and string.opt_out_sale == "Y" for string in strings):
            return refuse(source, self.sold, "opted out of sale", unreadable=False)
        return Ballot()


def judge_tc(text: str, now: float) -> TcString | Invalid:
    """The TC string, if it counts at `now` (POSIX seconds)."""
    tc = decode_tcf(text)
    return tc if isinstance(tc, Invalid) else validity(tc, now) or tc


def merge_states(said: Sequence[Mapping[str, bool]], whole: bool) -> dict[str, bool]:
    """No where one says no; yes where all say yes and nothing was unreadable."""
    refused = {name: False for each in said for name, yes in each.items() if not yes}
    if not whole:
        return refused
    accepted = {name: True for name in said[0] if name not in refused and all(name in each for each in said)}
    return accepted | refused


def _ask_strings(source: str, texts: Sequence[str], questions: tuple[Question, ...], now: float) -> Ballot:
    strings: list[TcString] = []
    for text in texts:
        tc = judge_tc(text, now)
        if isinstance(tc, Invalid):
            return refuse(source, (question.purpose for question in questions), f"TC string {tc.reason}")
        strings.append(tc)
    if not strings:
        return Ballot()
    said = merge_states([_consents(tc) for tc in strings], whole=True)
    day = min(tc.last_updated for tc in strings) // 864_000
    return answer(source, questions, Answer(said, said, explicit=True, day=day))


def _consents(tc: TcString) -> dict[str, bool]:
    """TCF purpose -> consent. Legitimate interest is left out: it cannot be judged without the vendor list.

    PurposeOneTreatment says that nobody was asked about purpose 1, so there is no consent to it.
    """
    given = set(tc.purposes_consent) - ({1} if tc.purpose_one_treatment else set())
    return {str(purpose): purpose in given for purpose in range(1, PURPOSES + 1)}


def _earliest(answers: Sequence[CmpAnswer]) -> int | None:
    days = [found.day for found in answers]
    return None if None in days else min(day for day in days if day is not None)


def _texts(scene: Scene, name: str) -> list[str]:
    """The values of a cookie as latin-1 text, each once."""
    return list(dict.fromkeys(value.decode("latin-1") for value in scene.cookies.get(name.encode(), ())))
