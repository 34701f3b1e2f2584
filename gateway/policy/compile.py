"""Make a policy out of the texts of its file and its pack, or say everything that is wrong with them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from gateway.errors import Finding
from gateway.policy.cursor import Cursor
from gateway.policy.decide import Policy
from gateway.policy.law import Lawbook
from gateway.policy.lint import lint
from gateway.policy.lint_age import lint_age
from gateway.policy.lint_regions import lint_pack
from gateway.policy.load import open_document, read_draft
from gateway.policy.load_regions import read_pack
from gateway.policy.model import DestinationRule, Draft, Pack, Purpose
from gateway.policy.places import expand
from gateway.policy.regions import Gazetteer
from gateway.policy.regions import resolve as resolve_regions
from gateway.policy.subject import Subject

# Gives the text and the file name of what `extends` names, or None where there is no such pack.
Resolver = Callable[[str], tuple[str, str] | None]

# As many packs as a policy, its candidate and their predecessors may have.
_PACKS = 4


@dataclass(slots=True)
class Reading:
    """What became of a file: a policy unless a finding is an error. `findings` are in the order of the file."""

    findings: list[Finding] = field(default_factory=list)
    policy: Policy | None = None
    pack: Pack | None = None

    @property
    def errors(self) -> int:
        """How many findings keep the policy from being used."""
        return sum(finding.severity == "error" for finding in self.findings)


def read_policy(
    text: str, file: str, resolve: Resolver, *, today: int | None = None, require_tests: bool = False
) -> Reading:
    """Read, check and compile. `today` (days since 1970-01-01) only adds warnings about what is not yet in force."""
    root = open_document(text, file)
    if isinstance(root, list):
        return Reading(root)
    draft = read_draft(root)
    pack_text, pack, pack_findings = _pack(root.get("extends"), resolve)
    gazetteer = resolve_regions(pack.rows if pack else {}, draft.rows)
    subject = Subject(root, draft, pack, gazetteer, today, require_tests)
    lint(subject)
    findings = _in_order([*root.document.findings, *pack_findings], file)
    reading = Reading(findings, None, pack)
    if not reading.errors:
        digest = hashlib.sha256((text + pack_text).encode()).hexdigest()
        reading.policy = _build(draft, pack, gazetteer, digest)
    return reading


def read_pack_file(text: str, file: str, *, today: int | None = None) -> Reading:
    """Check a pack on its own. `today` (days since 1970-01-01) only adds a warning where it is old."""
    root = open_document(text, file)
    if isinstance(root, list):
        return Reading(root)
    pack = read_pack(root)
    lint_pack(root, pack)
    lint_age(root.get("reviewed"), pack, today)
    return Reading(_in_order(root.document.findings, file), None, pack)


def _pack(extends: Cursor | None, resolve: Resolver) -> tuple[str, Pack | None, list[Finding]]:
    """The pack's text, the pack, and what is wrong with it."""
    if extends is None or not extends.text():
        return "", None, []
    found = resolve(extends.value)
    if found is None:
        extends.fail("P003", f'pack "{extends.value}" was not found', "like packs/baseline-2026.11.yaml")
        return "", None, []
    text, file = found
    pack, findings = _read_pack(text, file)
    return text, pack, list(findings)


@lru_cache(_PACKS)
def _read_pack(text: str, file: str) -> tuple[Pack | None, tuple[Finding, ...]]:
    """A pack is ten times the size of a policy, and stays while policies come and go. Nothing changes what was read."""
    root = open_document(text, file)
    if isinstance(root, list):
        return None, tuple(root)
    pack = read_pack(root)
    lint_pack(root, pack)
    return pack, tuple(root.document.findings)


def _in_order(findings: list[Finding], file: str) -> list[Finding]:
    """Each finding once, by place, errors before warnings; those of the policy itself before those of its pack."""
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda one: (one.file != file, one.file, one.line, one.column, one.severity, one.code))


def _build(draft: Draft, pack: Pack | None, gazetteer: Gazetteer, digest: str) -> Policy:
    purposes = {name: replace(purpose, terms=terms(purpose, draft)) for name, purpose in draft.purposes.items()}
    strict = draft.unknown_subdivision == "strictest"
    return Policy(
        name=draft.name,
        version=draft.version,
        fingerprint=digest[:16],
        digest=digest,
        mode=draft.mode,
        file=draft.file.rpartition("/")[2],
        pack=pack,
        purposes=purposes,
        profiles=draft.profiles,
        trust=draft.trust,
        signals=draft.signals,
        destinations={name: _destination(rule) for name, rule in draft.destinations.items()},
        lawbook=Lawbook(gazetteer.regions, purposes.values(), draft.unknown_region, strict),
        cases=tuple(draft.cases),
        promises=tuple(draft.promises),
    )


def _destination(rule: DestinationRule) -> DestinationRule:
    blocked = tuple(country for code in rule.block_regions for country in expand(code))
    return replace(rule, block_regions=blocked)


def terms(purpose: Purpose, draft: Draft) -> str:
    """A digest of what a visitor agrees to: the label, the family and who receives data for it."""
    served = sorted(rule.name for rule in draft.destinations.values() if purpose.name in rule.served)
    told = json.dumps([purpose.label, purpose.family, served], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
