"""Check that what a destination receives says no more about a person than its purposes can carry."""

import re
from collections.abc import Iterator

from gateway.policy.model import DestinationRule, Purpose
from gateway.policy.sends import expand
from gateway.policy.subject import Subject
from gateway.taxonomy import BASES

# Fields that hold what a person typed, or who the person is elsewhere.
TYPED = ("contact.", "engagement.form")

# Names of query parameters whose values people or mail systems fill in with who somebody is.
_PARTS = (
    "email", "phone", "mobile", "token", "passw", "secret", "ssn", "iban", "firstname", "lastname", "surname",
    "fullname", "username", "birth", "address", "apikey", "session",
)  # fmt: skip
_WHOLE = frozenset(("mail", "tel", "pwd", "name", "sid", "auth", "key", "jwt", "otp", "pin", "dob", "user", "login"))


def lint_data(subject: Subject) -> None:
    """P093, P094 and P095 for each destination."""
    for rule in subject.draft.destinations.values():
        if rule.anonymise.get("url") == "allowlist" and not rule.url_params and "page.url" in expand(rule.fields):
            place = subject.at("destinations", rule.name, "anonymise", "url")
            message = f'destination "{rule.name}" asks for url: allowlist and lists no url_params'
            subject.error(place, "P093", message, "url_params: [utm_source], or  url: path")
        _parameters(subject, rule)
        _typed(subject, rule)


def _parameters(subject: Subject, rule: DestinationRule) -> None:
    entry = subject.root.get("destinations")
    entry = entry.get(rule.name) if entry else None
    entry = entry.get("url_params") if entry else None
    for name, place in entry.texts() if entry else ():
        if is_telling(name):
            message = f'url parameter "{name}" of destination "{rule.name}" looks like it names or admits a person'
            subject.error(place.place, "P094", message, "leave it out: its value would be sent as it is")


def is_telling(name: str) -> bool:
    """Whether a query parameter of this name is likely to say who somebody is, or to be a key to something."""
    word = re.sub("[^a-z]", "", name.lower())
    return word in _WHOLE or any(part in word for part in _PARTS)


def _typed(subject: Subject, rule: DestinationRule) -> None:
    typed = [name for name in expand(rule.fields) if name.startswith(TYPED)]
    if not typed:
        return
    for event, names in rule.events.items():
        purposes = [subject.draft.purposes[name] for name in names if name in subject.draft.purposes]
        if purposes and not any(_asks_first(subject, purpose) for purpose in purposes):
            message = f'destination "{rule.name}" receives {typed[0]} with "{event}", which needs no yes everywhere'
            hint = "add a purpose that is opt_in in every region or of the family sensitive, or leave the field out"
            subject.error(subject.key_at("destinations", rule.name, "events", event), "P095", message, hint)


def _asks_first(subject: Subject, purpose: Purpose) -> bool:
    return purpose.family == "sensitive" or all(_bases(subject, purpose))


def _bases(subject: Subject, purpose: Purpose) -> Iterator[bool]:
    """For each region, whether the purpose needs a yes there."""
    for region in subject.gazetteer.regions.values():
        ruling = region.ruling(purpose)
        yield ruling is None or BASES.index(ruling.basis) >= BASES.index("opt_in")
