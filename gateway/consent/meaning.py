"""What a source's own categories mean for the policy's purposes.

    the source is in `trust`, with a map   the map answers its purposes; all others can only be refused, by default
    the source is in `trust`, no map       the default answers all purposes
    the source is not in `trust`           the default can refuse, and nothing grants

The two tables below are the default, and the only one. `docs/reference/signals.md` shows them to the officer.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.consent.ballot import Ballot
from gateway.consent.rules import PurposeRule, ReadingRules
from gateway.facts import ConsentSource, Vote

# The categories that CMPs have in common. `unknown` stands for whatever a site made up: it counts for no, never for
# yes. `sale_share` is an opt-out of sale or sharing.
CATEGORIES = (
    "necessary", "functional", "analytics", "advertising", "personalization", "social", "sale_share", "unknown",
)  # fmt: skip


class Meaning(NamedTuple):
    """A purpose is granted when all of `needs` are, and refused when one of `needs` or `vetoes` is."""

    needs: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()


# Family -> categories. `personalization` is answered by its own category, else by advertising, never by preferences.
# `email_open` is asked when somebody signs up, not by a CMP.
CATEGORIES_OF: dict[str, Meaning] = {
    "functional": Meaning(("functional",), ("unknown",)),
    "audience_measurement": Meaning(("analytics",), ("unknown",)),
    "analytics": Meaning(("analytics",), ("unknown",)),
    "advertising": Meaning(("advertising",), ("social", "sale_share", "unknown")),
    "personalization": Meaning(("personalization",), ("unknown",)),
    "sensitive": Meaning((), ("unknown",)),
}

# Family -> TCF purposes, consent bits only. Advertising takes measuring (7) and profiling (2, 3, 4) together, since
# the family holds both; a map may ask for less.
TCF_OF: dict[str, Meaning] = {
    "functional": Meaning(("1",)),
    "audience_measurement": Meaning(("1", "8")),
    "analytics": Meaning(("1", "8")),
    "advertising": Meaning(("1", "2", "3", "4", "7")),
    "personalization": Meaning(("1", "5", "6")),
}


# Family -> the Google consent types that refuse it. Google does not document what its tags are told: it never grants.
GOOGLE_OF: dict[str, Meaning] = {
    "functional": Meaning((), ("functionality_storage",)),
    "audience_measurement": Meaning((), ("analytics_storage",)),
    "analytics": Meaning((), ("analytics_storage",)),
    "advertising": Meaning((), ("ad_storage", "ad_user_data", "ad_personalization")),
    "personalization": Meaning((), ("personalization_storage",)),
}


class Question(NamedTuple):
    """What a source has to say for one purpose, and whether its yes counts. `mapped`: the policy's own mapping."""

    purpose: str
    meaning: Meaning
    may_grant: bool
    mapped: bool


class Answer(NamedTuple):
    """What a source says: category -> yes or no; what it does not say is absent.

    `given` are its own categories, `common` the ones of CATEGORIES. `day` as in Vote.
    """

    given: Mapping[str, bool]
    common: Mapping[str, bool]
    explicit: bool
    day: int | None


def questions(rules: ReadingRules, trust: ConsentSource | None, default: Mapping[str, Meaning]) -> tuple[Question, ...]:
    """The questions to one source, in the policy's order. `trust` is its line of `signals.trust`, if it has one."""
    mapped = _mapped(trust) if trust else {}
    may_grant = trust is not None and not trust.map
    found = []
    for name, rule in rules.purposes.items():
        if name in mapped:
            found.append(Question(name, mapped[name], may_grant=True, mapped=True))
        elif (meaning := _default(rule, default)) is not None:
            found.append(Question(name, meaning, may_grant, mapped=False))
    return tuple(found)


def _mapped(trust: ConsentSource) -> dict[str, Meaning]:
    """Purpose -> all the categories that answer it. A key such as `1+7` needs each of its parts."""
    needs: dict[str, tuple[str, ...]] = {}
    for key, purposes in trust.map:
        parts = tuple(key.split("+")) if trust.kind in ("tcf", "gpp") else (key,)
        for purpose in purposes:
            needs[purpose] = (*needs.get(purpose, ()), *parts)
    return {purpose: Meaning(categories) for purpose, categories in needs.items()}


def _default(rule: PurposeRule, default: Mapping[str, Meaning]) -> Meaning | None:
    """What the purpose's family means, or what the purpose says of itself."""
    meaning = default.get(rule.family)
    if default is TCF_OF:
        return Meaning(tuple(map(str, rule.tcf))) if rule.tcf else meaning
    if default is GOOGLE_OF:
        return Meaning((), rule.google) if rule.google else meaning
    needs, vetoes = meaning or Meaning()
    if rule.cmp:
        needs, vetoes = rule.cmp, ("unknown",)
    if rule.sale_or_share or rule.family == "advertising":
        vetoes = (*vetoes, *(() if "sale_share" in vetoes else ("sale_share",)))
    return Meaning(needs, vetoes) if needs or vetoes else None


def answer(source: str, asked: Iterable[Question], said: Answer) -> Ballot:
    """The votes of one source; a question it says nothing about gets none."""
    votes: list[Vote] = []
    reasons: list[str] = []
    # By far the most visitors accept or refuse everything: where there is no refusal, none is looked for.
    refuses = False in said.given.values() or False in said.common.values()
    for question in asked:
        states = said.given if question.mapped else said.common
        grant, why = _refusal(question, states) if refuses else (None, "")
        if grant is None:
            grant, why = _yes(question, states)
        if grant is None:
            continue
        votes.append(Vote(question.purpose, source, grant, said.explicit, question.may_grant, said.day))
        reasons.append(why)
    return Ballot(tuple(votes), tuple(reasons))


def _refusal(question: Question, said: Mapping[str, bool]) -> tuple[bool | None, str]:
    refused = [
        category for category in (*question.meaning.needs, *question.meaning.vetoes) if said.get(category) is False
    ]
    return (False, f"refused {' '.join(refused)}") if refused else (None, "")


def _yes(question: Question, said: Mapping[str, bool]) -> tuple[bool | None, str]:
    needs = question.meaning.needs
    if not question.may_grant or not needs:
        return None, ""
    for category in needs:
        if not said.get(category):
            return None, ""
    return True, f"accepted {' '.join(needs)}"
