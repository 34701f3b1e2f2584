"""Check that a policy keeps data no longer, and answers people no later, than its pack and its own words allow."""

from collections.abc import Iterator

from gateway.policy.durations import Duration
from gateway.policy.law import valid_for
from gateway.policy.model import Place, Row
from gateway.policy.regions import Region, resolve
from gateway.policy.schema import DSR, RETENTION
from gateway.policy.subject import Subject


def lint_terms(subject: Subject) -> None:
    """P090, P091 and P092 for each region of the policy."""
    floor = resolve(subject.pack.rows if subject.pack else {}, {}).regions
    for row in subject.draft.rows.values():
        region = subject.gazetteer.regions.get(row.name)
        if region is None:
            continue
        least = floor.get(row.name) or floor.get(row.inherits)
        if least:
            _retention(subject, row, least)
            _deadlines(subject, row, least)
        _receipts(subject, row, region)


def _own(row: Row, section: str, keys: tuple[str, ...]) -> Iterator[tuple[str, Duration, Place]]:
    """The durations that this row itself sets."""
    values = row.retention if section == "retention" else row.dsr
    for key in keys:
        if key in values:
            yield key, values[key], row.places[section, key]


def _retention(subject: Subject, row: Row, least: Region) -> None:
    for key, kept, place in _own(row, "retention", RETENTION):
        asked = least.duration("retention", key)[0]
        # A receipt is evidence: to keep it longer loosens nothing, and P091 speaks of what is too short.
        if asked and key != "receipts" and kept.days > asked.days and not row.explained:
            message = f'region "{row.name}" keeps {key} for {kept}, longer than the {asked} that its pack advises'
            subject.error(place, "P090", message, 'add  because: "<reason, who decided, date>"  to the region')


def _deadlines(subject: Subject, row: Row, least: Region) -> None:
    for key, promised, place in _own(row, "dsr", DSR):
        legal = least.duration("dsr", key)[0]
        if legal and _is_later(promised, legal):
            message = f'region "{row.name}" promises {key}: {promised}, but the law asks for {legal}'
            subject.error(place, "P092", message, f"at most {legal}")


def _is_later(promised: Duration, legal: Duration) -> bool:
    """Whether a promise may end after the legal term: each is taken at its worst."""
    if promised.unit == legal.unit:
        return promised.amount > legal.amount
    return promised.longest > legal.days


def _receipts(subject: Subject, row: Row, region: Region) -> None:
    kept, place = region.duration("retention", "receipts")
    spoken = row.places.get(("retention", "receipts")) or row.places.get(("consent", "valid_for"))
    if kept is None or place is None or spoken is None or kept.days >= valid_for(region):
        return
    message = f'region "{row.name}" keeps receipts for {kept}, but a yes lasts {valid_for(region)}d'
    subject.error(spoken, "P091", message, "a receipt is the proof of a yes: keep it at least as long")
