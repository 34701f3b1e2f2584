"""Let TC strings vote: on each purpose, and against each destination that they leave out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.consent.ac import decode_ac
from gateway.consent.ballot import Ballot, Place, Scene, refuse
from gateway.consent.gpp import TCFEU
from gateway.consent.in_force import sections_in_force
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import Question
from gateway.consent.rules import Recipient
from gateway.consent.tcf import PURPOSES, TcString, decode_tcf
from gateway.consent.tcf_validity import MAX_AGE, validity
from gateway.consent.vendor_basis import Interest, may_process, purposes_consented, purposes_of_interest
from gateway.facts import Vote

# Where CMPs put a TC string unless told otherwise, and where the URL and the body carry one.
TCF_COOKIES = ("euconsent-v2", "eupubconsent-v2")
TCF_CARRIER = "gdpr_consent"
AC_PLACES = (Place("addtl_consent"), Place("addtl_consent", carried=True))

_NUMBERS = {str(purpose): purpose for purpose in range(1, PURPOSES + 1)}
_NOTHING: frozenset[int] = frozenset()


class Asked(NamedTuple):
    """A purpose of the policy, the TCF purposes it needs, whether a yes to them counts, and what is said of one."""

    purpose: str
    needs: frozenset[int]
    may_grant: bool
    accepted: str


@dataclass(frozen=True, slots=True)
class TcRules:
    """What a policy asks of the TC strings of one place.

    `recipients` are the destinations that a string may leave out. `answered` are places whose strings a trusted line
    answers: a copy of one of those says nothing more. `reads_ac`: some destination depends on Additional Consent.
    """

    asked: tuple[Asked, ...]
    recipients: tuple[Recipient, ...] = ()
    interest: Interest | None = None
    answered: tuple[Place, ...] = ()
    reads_ac: bool = False

    @classmethod
    def of(
        cls,
        questions: Sequence[Question],
        recipients: Sequence[Recipient] = (),
        interest: Interest | None = None,
        answered: tuple[Place, ...] = (),
    ) -> "TcRules":
        """The rules for some destinations. With legitimate interest, a string may leave out any of them."""
        counts = interest is not None and interest.allowed
        bound = tuple(each for each in recipients if counts or each.tcf_vendor or each.ac_provider)
        reads_ac = any(each.ac_provider and not each.tcf_vendor for each in bound)
        return cls(tuple(map(_asked, questions)), bound, interest, answered, reads_ac)

    @property
    def interest_counts(self) -> bool:
        """Whether legitimate interest is taken for enough."""
        return self.interest is not None and self.interest.allowed

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes of the policy that a string answers."""
        return tuple(each.purpose for each in self.asked)


def _asked(question: Question) -> Asked:
    """A question with its TCF purposes as numbers. A yes to what is no TCF purpose cannot be given."""
    needs = question.meaning.needs
    known = [need for need in needs if need in _NUMBERS]
    may_grant = question.may_grant and len(known) == len(needs) > 0
    numbers = frozenset(_NUMBERS[need] for need in known)
    return Asked(question.purpose, numbers, may_grant, f"accepted {' '.join(needs)}")


def judge_tc(text: str, now: float) -> TcString | Invalid:
    """The TC string, if it counts at `now` (POSIX seconds)."""
    tc = decode_tcf(text)
    return tc if isinstance(tc, Invalid) else validity(tc, now) or tc


def ask_texts(source: str, texts: Sequence[str], scene: Scene, rules: TcRules, acs: Sequence[str] = ()) -> Ballot:
    """The votes of the strings in one place; one that does not count refuses all it would answer.

    `acs` are Additional Consent strings that came with them.
    """
    if not texts:
        return Ballot()
    known = {text for place in rules.answered for text in place.texts(scene)} if rules.answered else ()
    strings: list[TcString] = []
    for text in texts:
        if text in known:
            continue
        tc = judge_tc(text, scene.now)
        if isinstance(tc, Invalid):
            refused = refuse(source, rules.purposes, f"TC string {tc.reason}")
            return refused._replace(tc=True)
        strings.append(tc)
    if not strings:
        return Ballot(tc=bool(texts))
    return ask_strings(source, strings, rules, providers(scene, acs) if rules.reads_ac else ())


def ask_strings(source: str, strings: Sequence[TcString], rules: TcRules, providers: Collection[int]) -> Ballot:
    """The votes of strings that count, at least one. `providers` are those with Additional Consent."""
    oldest = min(tc.last_updated for tc in strings)
    day = oldest // 864_000
    given = frozenset.intersection(*[_given(tc, rules.interest_counts) for tc in strings])
    votes, reasons = answers(source, rules, given, _NOTHING, day)
    standing = [each for each in rules.asked if each.needs <= given]
    needed = _NOTHING.union(*[each.needs for each in standing])
    for recipient in rules.recipients if standing else ():
        allowed = frozenset.intersection(*[_allowed(tc, recipient, rules.interest, providers) for tc in strings])
        if not needed <= allowed:
            left_out = [each for each in standing if not each.needs <= allowed]
            leave_out(source, recipient, left_out, day, (votes, reasons))
    return Ballot(tuple(votes), tuple(reasons), until=(oldest + MAX_AGE) / 10, tc=True)


def answers(
    source: str, rules: TcRules, given: frozenset[int], unsaid: frozenset[int], day: int
) -> tuple[list[Vote], list[str]]:
    """A vote and its reason for each purpose. A TCF purpose is given, refused or, where it is in `unsaid`, neither."""
    votes: list[Vote] = []
    reasons: list[str] = []
    for purpose, needs, may_grant, accepted in rules.asked:
        if needs <= given:
            if may_grant:
                votes.append(Vote(purpose, source, True, True, True, day))
                reasons.append(accepted)
        elif missing := needs - given - unsaid:
            votes.append(Vote(purpose, source, False, True, may_grant, day))
            reasons.append(f"refused {' '.join(map(str, sorted(missing)))}")
    return votes, reasons


def leave_out(
    source: str, recipient: Recipient, asked: Iterable[Asked], day: int, said: tuple[list[Vote], list[str]]
) -> None:
    """Add to what is said that the destination is left out of some purposes."""
    for each in asked:
        if each.purpose in recipient.purposes:
            said[0].append(Vote(each.purpose, source, False, True, False, day, recipient.destination))
            said[1].append(f"leaves {recipient.destination} out")


def _given(tc: TcString, interest: bool) -> frozenset[int]:
    """The TCF purposes that a string gives: by consent or, where that counts, by legitimate interest. What the latter
    is worth for a single destination is looked at afterwards."""
    return purposes_consented(tc) | purposes_of_interest(tc) if interest else purposes_consented(tc)


def _allowed(
    tc: TcString, recipient: Recipient, interest: Interest | None, providers: Collection[int]
) -> frozenset[int]:
    """The TCF purposes that a string lets a destination have. One that nobody lists is bound by the purposes alone."""
    if recipient.tcf_vendor:
        return may_process(tc, recipient.tcf_vendor, interest)
    if recipient.ac_provider and recipient.ac_provider not in providers:
        return _NOTHING
    return purposes_consented(tc)


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
    and what is neither (an unreplaced macro) counts as a yes, as does a `gpp_sid` that cannot be read."""
    if any(value.strip() not in ("", "0", "false") for value in scene.carried.get("gdpr", ())):
        return True
    in_force = sections_in_force(scene)
    return isinstance(in_force, Invalid) or TCFEU in in_force.any
