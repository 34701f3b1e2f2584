"""What a destination receives when it may: which fields, how weakened, and which consent types are granted."""

from collections.abc import Iterable, Mapping

from gateway.decision import Sends
from gateway.policy.model import DestinationRule, Purpose
from gateway.taxonomy import GRANTS_OF, GROUPS, LEVELS, OPEN_GROUPS, TRANSFORM_OF, strictest, transform_of

AD_PERSONALIZATION = "ad_personalization"


def expand(fields: Iterable[str]) -> tuple[str, ...]:
    """Fields as single names: a group becomes its fields, and `group.*` where further ones may be named in it."""
    names: dict[str, None] = {}
    for name in fields:
        members = [f"{name}.{member}" for member in GROUPS[name]] if name in GROUPS else [name]
        names.update(dict.fromkeys(members + [f"{name}.*"] * (name in OPEN_GROUPS)))
    return tuple(names)


def effective(transform: str, *sources: Mapping[str, str]) -> str:
    """The strictest level that the sources set for a transform. What nobody set is the strictest there is.

    A click identifier is either sent or not: it is named in `fields` so that it is sent, and `raw` unless a source
    drops it.
    """
    levels = [source[transform] for source in sources if transform in source]
    return "raw" if transform == "click" and not levels else strictest(transform, *levels)


def levels(rule: DestinationRule, profiles: Iterable[Mapping[str, str]], ceiling: Mapping[str, str]) -> dict[str, str]:
    """Each field that is sent, with its level; empty for a field that has no weakening.

    A level of `drop` leaves the field out, and a place weakened to its country leaves out the region in it.
    """
    sources = (rule.anonymise, *profiles, ceiling)
    at = {transform: effective(transform, *sources) for transform in LEVELS}
    sent: dict[str, str] = {}
    for field in expand(rule.fields):
        transform = transform_of(field)
        level = at[transform] if transform else ""
        if level != "drop" and not (field == "geo.region" and level == "country"):
            sent[field] = level
    return sent


def grants(purposes: Iterable[Purpose], personalised: bool) -> frozenset[str]:
    """The Google consent types that these purposes grant. `personalised`: nothing speaks against personal ads."""
    granted = {grant for purpose in purposes for grant in GRANTS_OF[purpose.family]}
    return frozenset(granted if personalised else granted - {AD_PERSONALIZATION})


def describe(rule: DestinationRule, sends: Sends) -> str:
    """The fields in the order and the words of the policy: `page.url=path, order.value`."""
    return ", ".join(part for name in rule.fields if (part := _describe(name, sends.levels))) or "nothing"


def _describe(name: str, sent: Mapping[str, str]) -> str:
    """One entry of `fields`; a group that TRANSFORM_OF weakens as a whole is shown as one."""
    members = [field for field in expand([name]) if field in sent]
    if name in GROUPS and name not in TRANSFORM_OF:
        return ", ".join(_labelled(field, sent[field]) for field in members)
    return _labelled(name, sent[members[0]]) if members else ""


def _labelled(name: str, level: str) -> str:
    return f"{name}={level}" if level and transform_of(name) != "click" else name
