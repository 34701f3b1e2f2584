"""Let GPP strings vote: the European section as a TC string, the Canadian one likewise, the US sections as opt-outs.

Rule 1: an opt-out counts in whichever section it stands, in force or not; a US section never grants.
Rule 2: a section in force (`gpp_sid`) that is not there refuses what it would have answered.
Rule 3: what cannot be read refuses all that can be refused, whichever sections are in force: anything may hide in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Place, Scene, joined, refuse
from gateway.consent.gpp import TCFCA, TCFEU, USP, GppString, decode_gpp
from gateway.consent.gpp_fields import CHILDREN, SENSITIVE, US_LAYOUTS
from gateway.consent.gpp_us import UsSection
from gateway.consent.in_force import SIDS, InForce, sections_in_force
from gateway.consent.invalid import Invalid
from gateway.consent.tc_votes import TcRules, answers, ask_strings, leave_out, providers
from gateway.consent.tcf_ca import TcfCaString
from gateway.consent.tcf_validity import MAX_AGE, SKEW, validity
from gateway.consent.vendor_basis import REQUIRE_CONSENT

GPP_COOKIES = ("__gpp", "OTGPPConsent")
GPP_CARRIER = "gpp"
_KNOWN = frozenset({TCFEU, TCFCA, USP, *US_LAYOUTS})


@dataclass(frozen=True, slots=True)
class GppRules:
    """What a policy asks of a GPP string: the purposes an opt-out refuses, those a visitor can refuse at all, and those
    that rest on sensitive data. `tc` is put to the European and the Canadian section."""

    sold: tuple[str, ...]
    refusable: tuple[str, ...]
    sensitive: tuple[str, ...]
    tc: TcRules


_UNSAID = InForce()


@dataclass(frozen=True, slots=True)
class GppSource:
    """The GPP strings of one place."""

    place: Place
    rules: GppRules

    @property
    def cookies(self) -> frozenset[bytes]:
        """The one cookie, where it is one."""
        return frozenset() if self.place.carried else frozenset({self.place.name.encode()})

    @property
    def carriers(self) -> frozenset[str]:
        """The string and the sections in force, where they are carried."""
        return frozenset({self.place.name, SIDS}) if self.place.carried else frozenset()

    def vote(self, scene: Scene) -> Ballot:
        """What all the strings there say, taken together."""
        in_force = sections_in_force(scene) if self.place.carried else InForce()
        return ask_gpp(f"gpp:{self.place.name}", self.place.texts(scene), scene, self.rules, in_force)


def ask_gpp(
    source: str, texts: Sequence[str], scene: Scene, rules: GppRules, in_force: InForce | Invalid = _UNSAID
) -> Ballot:
    """The votes of the strings in one place. Beside one that cannot be read the others still refuse."""
    named = InForce() if isinstance(in_force, Invalid) else in_force
    asking = _Asking(source, rules, scene, named)
    decoded = [decode_gpp(text) for text in texts if text]
    strings = [string for string in decoded if not isinstance(string, Invalid)]
    said = asking.read(strings) if strings else joined([Ballot(), *asking.missing(frozenset())])
    broken = [Invalid(f"GPP string {string.reason}") for string in decoded if isinstance(string, Invalid)]
    problems = [in_force, *broken] if isinstance(in_force, Invalid) else broken
    if not problems:
        return said
    unread = refuse(source, rules.refusable, problems[0].reason)
    return joined([unread._replace(tc=bool(broken)), _without_grants(said)])


@dataclass(frozen=True, slots=True)
class _Asking:
    """One place being asked at one time, with the sections in force there."""

    source: str
    rules: GppRules
    scene: Scene
    in_force: InForce

    def read(self, strings: Sequence[GppString]) -> Ballot:
        """What all the strings say, taken together."""
        ballots = [self._europe(strings), self._canada(strings)]
        ballots += [self._us(section) for string in strings for section in string.us]
        if any(string.usp is not None and string.usp.opted_out for string in strings):
            ballots.append(self._sold("opted out of sale"))
        ids = [frozenset(string.section_ids) for string in strings]
        unknown = frozenset.union(*ids) - _KNOWN
        return joined([*ballots, *self.missing(frozenset.intersection(*ids) | unknown)])

    def missing(self, present: frozenset[int]) -> list[Ballot]:
        """Rules 2 and 3. The European section may also be a TC string of its own; then it is not missing."""
        absent = self.in_force.any - present
        found = []
        if not absent.isdisjoint({USP, *US_LAYOUTS}):
            found.append(refuse(self.source, self.rules.sold, "a section in force is not there"))
        if TCFCA in absent:
            found.append(refuse(self.source, self.rules.tc.purposes, "no Canadian section"))
        if not (self.in_force.any | present) <= _KNOWN:
            found.append(refuse(self.source, self.rules.refusable, "a section that nobody knows"))
        return found

    def _sold(self, why: str) -> Ballot:
        return refuse(self.source, self.rules.sold, why, unreadable=False)

    def _us(self, section: UsSection) -> Ballot:
        """GPC in a section is GPC: the policy says what it refuses."""
        found = []
        if section.sale or section.sharing or section.targeted_advertising or any(section.withheld(CHILDREN)):
            found.append(self._sold(f"opted out in {section.name}"))
        if self.rules.sensitive and any(section.withheld(SENSITIVE)):
            why = f"no consent to sensitive data in {section.name}"
            found.append(refuse(self.source, self.rules.sensitive, why, unreadable=False))
        return joined(found)._replace(gpc=section.gpc) if found else Ballot(gpc=section.gpc)

    def _europe(self, strings: Sequence[GppString]) -> Ballot:
        found = [string.tcf for string in strings if string.tcf is not None]
        if not found:
            return Ballot()
        for tc in found:
            problem = validity(tc, self.scene.now)
            if problem:
                return self._unread(f"TC string {problem.reason}")._replace(tc=True)
        ballot = ask_strings(self.source, found, self.rules.tc, providers(self.scene) if self.rules.tc.reads_ac else ())
        return _if_in_force(ballot, TCFEU, self.in_force)

    def _canada(self, strings: Sequence[GppString]) -> Ballot:
        """Express consent is consent. An implied one is none, and no refusal either."""
        found = [string.canada for string in strings if string.canada is not None]
        if not found:
            return Ballot()
        tenths = int(self.scene.now * 10)
        if any(not tenths - MAX_AGE <= each.last_updated <= tenths + SKEW for each in found):
            return self._unread("Canadian section out of date")
        if any(each.created > each.last_updated + SKEW for each in found):
            return self._unread("Canadian section updated before it was created")
        express, unsaid = _express(found)
        oldest = min(each.last_updated for each in found)
        day = oldest // 864_000
        said = answers(self.source, self.rules.tc, express, unsaid, day)
        standing = [each for each in self.rules.tc.asked if each.needs <= express]
        for recipient in self.rules.tc.recipients:
            vendor = recipient.tcf_vendor
            if vendor:
                out = [each for each in standing if not all(_is_express(one, vendor, each.needs) for one in found)]
                leave_out(self.source, recipient, out, day, said)
        return _if_in_force(Ballot(tuple(said[0]), tuple(said[1]), until=(oldest + MAX_AGE) / 10), TCFCA, self.in_force)

    def _unread(self, why: str) -> Ballot:
        return refuse(self.source, self.rules.tc.purposes, why)


def _if_in_force(ballot: Ballot, section: int, in_force: InForce) -> Ballot:
    """A section that others are in force instead of can refuse, and does not grant."""
    return ballot if not in_force.any or section in in_force.every else _without_grants(ballot)


def _without_grants(ballot: Ballot) -> Ballot:
    kept = [pair for pair in zip(ballot.votes, ballot.reasons, strict=True) if not pair[0].grant]
    return ballot._replace(votes=tuple(vote for vote, _ in kept), reasons=tuple(why for _, why in kept))


def _express(found: Sequence[TcfCaString]) -> tuple[frozenset[int], frozenset[int]]:
    """The TCF purposes with express consent in all of them, and those with an implied one in some."""
    express = frozenset.intersection(*(frozenset(each.purposes_express) for each in found))
    either = (frozenset((*each.purposes_express, *each.purposes_implied)) for each in found)
    return express, frozenset.intersection(*either) - express


def _is_express(section: TcfCaString, vendor: int, purposes: Collection[int]) -> bool:
    shown = section.vendors_disclosed is None or vendor in section.vendors_disclosed
    named = (each for each in section.restrictions if each.purpose in purposes and vendor in each.vendors)
    restricted = any(each.kind != REQUIRE_CONSENT for each in named)  # 2: on implied consent alone
    return shown and not restricted and vendor in section.vendors_express
