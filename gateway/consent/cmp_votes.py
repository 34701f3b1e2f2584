"""Let the cookies of consent management platforms vote.

A cookie that is there several times is read as one that says the strictest of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene, Unreadable, joined
from gateway.consent.cmp.plan import CmpAnswer
from gateway.consent.cmps import Cmp
from gateway.consent.gpp_votes import GppRules, ask_gpp
from gateway.consent.meaning import Answer, Question, answer
from gateway.consent.tc_votes import TcRules, ask_texts
from gateway.consent.us_votes import ask_usp


@dataclass(frozen=True, slots=True)
class CmpSource:
    """The cookie of a consent management platform.

    One that cannot be read grants nothing, but what it clearly refuses stays refused. `tc` and `gpp` are put to the
    consent strings inside of it, which grant only where the policy trusts such strings wherever they come.
    """

    cmp: Cmp
    questions: tuple[Question, ...]
    tc: TcRules
    gpp: GppRules
    carriers: frozenset[str] = frozenset()

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

    def vote(self, scene: Scene) -> Ballot:
        """One vote for each purpose that the platform's categories answer."""
        cmp = self.cmp.at(scene.site)
        answers = cmp.answers(self._cookies(scene), scene.now)
        if not answers:
            return Ballot()
        problems = tuple(Unreadable(self.name, found.problem) for found in answers if found.problem)
        taken = _together(answers)
        common = cmp.common(taken.states)
        if "advertising" in common:
            common.setdefault("personalization", common["advertising"])
        said = Answer(taken.states, common, taken.explicit, taken.day)
        ballot = answer(self.name, self.questions, said)
        told = Ballot(ballot.votes, ballot.reasons, problems, taken.gpc, until=taken.until)
        if not any(found.strings for found in answers):
            return told
        return joined([told, self._inner(answers, scene)])

    def _cookies(self, scene: Scene) -> Mapping[bytes, Sequence[bytes]]:
        """The cookies, with what is carried under the name of one: it is read as one more value of it."""
        told = scene.carried.keys() & self.carriers
        if not told:
            return scene.cookies
        cookies = dict(scene.cookies)
        for name in told:
            texts = [text.encode("utf-8", "surrogatepass") for text in scene.carried[name]]
            cookies[name.encode()] = [*cookies.get(name.encode(), ()), *texts]
        return cookies

    def _inner(self, answers: Sequence[CmpAnswer], scene: Scene) -> Ballot:
        """What the strings inside say."""
        found: dict[str, list[str]] = {}
        for each in answers:
            for kind, texts in each.strings.items():
                found.setdefault(kind, []).extend(texts)
        return joined([
            ask_texts(f"tcf:{self.cookie}", found.get("tc", ()), scene, self.tc, found.get("ac", ())),
            ask_gpp(f"gpp:{self.cookie}", found.get("gpp", ()), scene, self.gpp),
            ask_usp(f"usp:{self.cookie}", found.get("usp", ()), self.gpp.sold),
        ])  # fmt: skip


def _together(answers: Sequence[CmpAnswer]) -> CmpAnswer:
    """Several answers of one platform as the strictest of them."""
    if len(answers) == 1:
        return answers[0]
    whole = not any(found.problem for found in answers)
    return CmpAnswer(
        merge_states([found.states for found in answers], whole),
        all(found.explicit for found in answers),
        _earliest(answers),
        any(found.gpc for found in answers),
        until=min(found.until for found in answers),
    )


def merge_states(said: Sequence[Mapping[str, bool]], whole: bool) -> dict[str, bool]:
    """No where one says no; yes where all say yes and nothing was unreadable."""
    refused = {name: False for each in said for name, yes in each.items() if not yes}
    if not whole:
        return refused
    accepted = {name: True for name in said[0] if name not in refused and all(name in each for each in said)}
    return accepted | refused


def _earliest(answers: Sequence[CmpAnswer]) -> int | None:
    days = [found.day for found in answers]
    return None if None in days else min(day for day in days if day is not None)
