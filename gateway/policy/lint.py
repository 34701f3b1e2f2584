"""Check what a policy says against itself and against its pack."""

from gateway.policy.cursor import did_you_mean
from gateway.policy.floors import lint_floors
from gateway.policy.lint_age import lint_age
from gateway.policy.lint_cases import lint_cases
from gateway.policy.lint_data import lint_data
from gateway.policy.lint_regions import lint_regions
from gateway.policy.lint_terms import lint_terms
from gateway.policy.model import DestinationRule, Purpose
from gateway.policy.places import expand
from gateway.policy.sends import effective
from gateway.policy.subject import Subject
from gateway.taxonomy import LEVELS

# CNIL, exemption for audience measurement: what a profile must at least do to need no consent.
AUDIENCE_FLOOR = {"ip": "truncate", "id": "daily_hash", "url": "path", "referrer": "origin"}

# 28 CFR 202.601: China with Hong Kong and Macau, Cuba, Iran, North Korea, Russia, Venezuela.
COUNTRIES_OF_CONCERN = frozenset(("CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"))
MOST_NAMES = 5


def lint(subject: Subject) -> None:
    """Add everything that is wrong or doubtful to the findings of the policy's document."""
    _head(subject)
    lint_regions(subject)
    lint_floors(subject)
    lint_terms(subject)
    lint_data(subject)
    lint_cases(subject)
    lint_age(subject.root.get("extends"), subject.pack, subject.today)
    for purpose in subject.draft.purposes.values():
        _purpose(subject, purpose)
    for rule in subject.draft.destinations.values():
        _destination(subject, rule)


def _head(subject: Subject) -> None:
    root = subject.root
    for key in ("name", "purposes", "destinations") if isinstance(root.value, dict) else ():
        if root.get(key) is None:
            root.fail("P004", f"the policy has no {key}")
    if not subject.draft.cases:
        say = subject.error if subject.require_tests else subject.warn
        hint = "tests: [{name: …, given: {region: FR}, expect: {destination: deny}}]"
        say(root.place, "P080", "the policy has no tests", hint)


def _purpose(subject: Subject, purpose: Purpose) -> None:
    if not purpose.family:
        return
    if purpose.profile and purpose.profile not in subject.draft.profiles:
        place = subject.at("purposes", purpose.name, "profile")
        hint = did_you_mean(purpose.profile, subject.draft.profiles)
        subject.error(place, "P021", f'unknown profile "{purpose.profile}"', hint)
    _exemption(subject, purpose)
    _open(subject, purpose)


def _exempt_in(subject: Subject, purpose: Purpose) -> str:
    """The first region in which a purpose needs no consent, or nothing."""
    rulings = (region.ruling(purpose) for region in subject.gazetteer.regions.values())
    return next((ruling.region for ruling in rulings if ruling and ruling.basis == "exempt"), "")


def _exemption(subject: Subject, purpose: Purpose) -> None:
    """P032: what is exempt must be weakened enough. The necessary is exempt by its nature, not by its weakness."""
    region = _exempt_in(subject, purpose) if purpose.family != "necessary" else ""
    profile = subject.draft.profiles.get(purpose.profile, {})
    weak = [
        transform
        for transform, least in AUDIENCE_FLOOR.items()
        if transform not in profile or LEVELS[transform].index(profile[transform]) < LEVELS[transform].index(least)
    ]
    if region and weak:
        message = f'purpose "{purpose.name}" is exempt from consent in "{region}" but its profile is too weak for: '
        hint = "needs at least " + ", ".join(f"{transform}: {level}" for transform, level in AUDIENCE_FLOOR.items())
        subject.error(subject.key_at("purposes", purpose.name), "P032", message + ", ".join(weak), hint)


def _open(subject: Subject, purpose: Purpose) -> None:
    """P023, P024: a purpose without a basis somewhere, a purpose that nobody serves."""
    place = subject.key_at("purposes", purpose.name)
    missing = [region.name for region in subject.gazetteer.regions.values() if region.ruling(purpose) is None]
    if missing:
        names = ", ".join(missing[:MOST_NAMES]) + ", …" * (len(missing) > MOST_NAMES)
        message = f'no basis for purpose "{purpose.name}" in {len(missing)} region(s) ({names}): it is prohibited there'
        subject.warn(place, "P023", message)
    rules = subject.draft.destinations.values()
    served = any(purpose.name in rule.served for rule in rules)
    if not served and purpose.family != "necessary":
        subject.warn(place, "P024", f'no destination serves purpose "{purpose.name}"')


def _destination(subject: Subject, rule: DestinationRule) -> None:
    key = subject.key_at("destinations", rule.name)
    if not rule.events:
        hint = "events: {page_view: [purpose], purchase: [purpose]}"
        message = f'destination "{rule.name}" lists no events, so nothing says why it may receive data'
        subject.error(key, "P051", message, hint)
    _events(subject, rule)
    if rule.party == "third":
        _third_party(subject, rule)
    blocked = {country for code in rule.block_regions for country in expand(code)}
    if rule.controller_country in COUNTRIES_OF_CONCERN and not blocked & {"US", "*"}:
        place = subject.at("destinations", rule.name, "controller_country")
        message = f'destination "{rule.name}" is controlled from {rule.controller_country}: US visitors must be blocked'
        hint = "add  block_regions: [US]"
        subject.error(place, "P071", f"{message} (28 CFR 202; hashing does not exempt)", hint)


def _events(subject: Subject, rule: DestinationRule) -> None:
    purposes = subject.draft.purposes
    for event, names in rule.events.items():
        path = ("destinations", rule.name, "events", event)
        if not names:
            message = f'event "{event}" of destination "{rule.name}" serves no purpose'
            subject.error(subject.key_at(*path), "P051", message)
        for index, name in enumerate(names):
            if name not in purposes:
                hint = did_you_mean(name, purposes)
                subject.error(subject.at(*path, index), "P021", f'unknown purpose "{name}"', hint)
            elif rule.party == "third" and (region := _exempt_in(subject, purposes[name])):
                message = f'purpose "{name}" is exempt from consent in "{region}"'
                message += f', but destination "{rule.name}" is a third party'
                subject.error(subject.at(*path, index), "P033", message)


def _third_party(subject: Subject, rule: DestinationRule) -> None:
    if not rule.controller_country:
        message = f'third-party destination "{rule.name}" needs controller_country'
        subject.error(subject.key_at("destinations", rule.name), "P070", message)
    draft = subject.draft
    served = [names for names in rule.events.values() if names] or [()]
    for names in served:
        used = [draft.purposes[name].profile for name in names if name in draft.purposes]
        profiles = [draft.profiles[profile] for profile in used if profile in draft.profiles]
        if effective("ip", rule.anonymise, *profiles) == "full":
            place = subject.at("destinations", rule.name, "anonymise")
            message = f'destination "{rule.name}" would send the full IP address to a third party'
            subject.error(place, "P061", message)
