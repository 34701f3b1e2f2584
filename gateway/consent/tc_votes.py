"""Let TC strings vote: on each purpose, and against each destination that they leave out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.consent.ac import decode_ac
from gateway.consent.ballot import Ballot, Place, Scene, refuse
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import Answer, Question, answer
from gateway.consent.rules import Recipient
from gateway.consent.tcf import PURPOSES, TcString, decode_tcf
from gateway.consent.tcf_validity import validity
from gateway.consent.vendor_basis import Interest, may_process, purposes_consented, purposes_of_interest
from gateway.facts import Vote

# Where CMPs put a TC string unless told otherwise, and where the URL and the body carry one.
TCF_COOKIES = ("euconsent-v2", "eupubconsent-v2")
TCF_CARRIER = "gdpr_consent"
AC_PLACES = (Place("addtl_consent"), Place("addtl_consent", carried=True))

_NAMES = tuple((str(purpose), purpose) for purpose in range(1, PURPOSES + 1))


class _Check(NamedTuple):
    """A purpose of the policy, the TCF purposes it rests on, and the destinations it is served by."""

    purpose: str
    needs: tuple[int, ...]
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class TcRules:
    """What a policy asks of the TC strings of one place: its `checks` are drawn from the other two.

    `answered` are places whose strings a trusted line answers: a copy of one of those says nothing more.
    """

    questions: tuple[Question, ...]
    interest: Interest | None = None
    answered: tuple[Place, ...] = ()
    checks: tuple[_Check, ...] = ()
    reads_ac: bool = False

    @classmethod
    def of(
        cls,
        questions: tuple[Question, ...],
        recipients: Sequence[Recipient] = (),
        interest: Interest | None = None,
        answered: tuple[Place, ...] = (),
    ) -> "TcRules":
        """The rules for some destinations."""
        checks = [
            _Check(question.purpose, _numbers(question.meaning.needs), _served(question, recipients, interest))
            for question in questions
        ]
        reads_ac = any(each.ac_provider and not each.tcf_vendor for each in recipients)
        return cls(questions, interest, answered, tuple(check for check in checks if check.recipients), reads_ac)

    @property
    def interest_counts(self) -> bool:
        """Whether legitimate interest is taken for enough."""
        return self.interest is not None and self.interest.allowed


def _numbers(needs: Iterable[str]) -> tuple[int, ...]:
    return tuple(int(need) for need in needs if need.isascii() and need.isdigit())


def _served(question: Question, recipients: Sequence[Recipient], interest: Interest | None) -> tuple[Recipient, ...]:
    """The destinations of a purpose that a string may leave out: with legitimate interest, any."""
    counts = interest is not None and interest.allowed
    return tuple(
        each
        for each in recipients
        if question.purpose in each.purposes and (counts or each.tcf_vendor or each.ac_provider)
    )


def judge_tc(text: str, now: float) -> TcString | Invalid:
    """The TC string, if it counts at `now` (POSIX seconds)."""
    tc = decode_tcf(text)
    return tc if isinstance(tc, Invalid) else validity(tc, now) or tc


def ask_texts(source: str, texts: Sequence[str], scene: Scene, rules: TcRules, acs: Sequence[str] = ()) -> Ballot:
    """The votes of the strings in one place; one that does not count refuses all it would answer.

    `acs` are Additional Consent strings that came with them.
    """
    known = {text for place in rules.answered for text in place.texts(scene)} if rules.answered else ()
    strings: list[TcString] = []
    for text in texts:
        if text in known:
            continue
        tc = judge_tc(text, scene.now)
        if isinstance(tc, Invalid):
            refused = refuse(source, (question.purpose for question in rules.questions), f"TC string {tc.reason}")
            return refused._replace(tc=True)
        strings.append(tc)
    if not strings:
        return Ballot(tc=bool(texts))
    return ask_strings(source, strings, rules, providers(scene, acs) if rules.reads_ac else ())


def ask_strings(source: str, strings: Sequence[TcString], rules: TcRules, providers: Collection[int]) -> Ballot:
    """The votes of strings that count, at least one. `providers` are those with Additional Consent."""
    said = _said(strings, rules.interest_counts)
    day = min(tc.last_updated for tc in strings) // 864_000
    ballot = answer(source, rules.questions, Answer(said, said, explicit=True, day=day))
    refused = {vote.purpose for vote in ballot.votes if not vote.grant}
    votes, reasons = list(ballot.votes), list(ballot.reasons)
    for purpose, needs, recipients in rules.checks:
        if purpose in refused:
            continue
        for recipient in recipients:
            if not all(_passes(tc, recipient, needs, rules.interest, providers) for tc in strings):
                votes.append(Vote(purpose, source, False, True, False, day, recipient.destination))
                reasons.append(f"leaves {recipient.destination} out")
    return Ballot(tuple(votes), tuple(reasons), tc=True)


def _said(strings: Sequence[TcString], interest: bool) -> Mapping[str, bool]:
    """TCF purpose -> whether each string gives it: by consent or, where that counts, by legitimate interest.

    What the one of them counts for single destinations is looked at afterwards.
    """
    given = [purposes_consented(tc) | (purposes_of_interest(tc) if interest else frozenset()) for tc in strings]
    common = given[0].intersection(*given[1:])
    return {name: purpose in common for name, purpose in _NAMES}


def _passes(
    tc: TcString, recipient: Recipient, needs: tuple[int, ...], interest: Interest | None, providers: Collection[int]
) -> bool:
    """Whether a string lets a destination have a purpose. One that nobody lists is bound by the purposes alone."""
    if recipient.tcf_vendor:
        return may_process(tc, recipient.tcf_vendor, needs, interest)
    return purposes_consented(tc).issuperset(needs) and (
        not recipient.ac_provider or recipient.ac_provider in providers
    )


def providers(scene: Scene, more: Sequence[str] = ()) -> frozenset[int]:
    """The Google providers with consent in every Additional Consent string there is; none where one is unreadable."""
    found: list[frozenset[int]] = []
    for text in {*more, *(text for place in AC_PLACES for text in place.texts(scene))}:
        ac = decode_ac(text)
        found.append(frozenset() if isinstance(ac, Invalid) else frozenset(ac.consented))
    return frozenset.intersection(*found) if found else frozenset()


@dataclass(frozen=True, slots=True)
class TcfSource:
    """The TC strings of one place."""

    place: Place
    rules: TcRules

    @property
    def cookies(self) -> frozenset[bytes]:
        """The one cookie, where it is one."""
        return frozenset() if self.place.carried else frozenset({self.place.name.encode(), b"addtl_consent"})

    @property
    def carriers(self) -> frozenset[str]:
        """The one carrier, where it is one."""
        return frozenset({self.place.name}) if self.place.carried else frozenset()

    def vote(self, scene: Scene) -> Ballot:
        """One vote for each purpose that TCF purposes answer."""
        texts = self.place.texts(scene)
        if self.place.carried and not gdpr_applies(scene):
            texts = [text for text in texts if text]
        return ask_texts(f"tcf:{self.place.name}", texts, scene, self.rules)


def gdpr_applies(scene: Scene) -> bool:
    """Whether the page says that the GDPR applies. It can only be stricter than the policy: `gdpr=0` says nothing,
    and what is neither (an unreplaced macro) counts as a yes."""
    sections = [section for text in scene.carried.get("gpp_sid", ()) for section in text.replace("_", ",").split(",")]
    return any(value.strip() not in ("", "0", "false") for value in scene.carried.get("gdpr", ())) or "2" in sections
