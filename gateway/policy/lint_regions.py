"""Check the regions of a policy or of a pack: their names, codes, parents and what they leave open."""

from collections.abc import Collection, Mapping

from gateway.errors import Finding
from gateway.policy.cursor import Cursor, did_you_mean
from gateway.policy.model import Pack, Row
from gateway.policy.places import EVERYWHERE_ELSE
from gateway.policy.regions import Gazetteer, resolve
from gateway.policy.subject import Subject, report
from gateway.taxonomy import FAMILIES


def lint_pack(root: Cursor, pack: Pack) -> None:
    """The same for a pack on its own: it speaks of families, because it knows no purposes."""
    _rows(root, pack.rows, resolve(pack.rows, {}), FAMILIES)


def lint_regions(subject: Subject) -> None:
    """All of P010 to P017 for a policy on top of its pack."""
    draft, gazetteer = subject.draft, subject.gazetteer
    _rows(subject.root, draft.rows, gazetteer, (*draft.purposes, *FAMILIES))
    if not any(EVERYWHERE_ELSE in region.match for region in gazetteer.regions.values()):
        hint = 'add a region with  match: ["*"]'
        subject.warn(subject.key_at("regions"), "P014", "nothing is permitted in countries that no region lists", hint)
    for row in draft.rows.values():
        if subject.today is not None and row.applies_from is not None and row.applies_from > subject.today:
            place = subject.at("regions", row.name, "applies_from")
            subject.warn(place, "P015", f'region "{row.name}" is not yet in force')
    _unknown(subject)


def _unknown(subject: Subject) -> None:
    name, regions = subject.draft.unknown_region, subject.gazetteer.regions
    place = subject.at("unknown_region")
    if name != "strictest" and name not in regions:
        hint = did_you_mean(name, ["strictest", *regions])
        subject.error(place, "P016", f'"{name}" is neither strictest nor a region', hint)
    elif name != "strictest":
        subject.warn(place, "P017", f'visitors whose region is unknown are treated as in "{name}", not as strictest')
    if subject.draft.unknown_subdivision != "strictest":
        place = subject.at("unknown_subdivision")
        subject.warn(place, "P017", "visitors whose state is unknown are not treated as in the strictest state")


def _rows(root: Cursor, rows: Mapping[str, Row], gazetteer: Gazetteer, subjects: Collection[str]) -> None:
    names = gazetteer.regions
    for row in rows.values():
        if row.inherits and row.inherits not in names:
            message = f'region "{row.name}" inherits unknown region "{row.inherits}"'
            hint = did_you_mean(row.inherits, names)
            report(root, row.places["inherits",], Finding("", 0, 0, "P010", message, hint))
        for line in row.basis.keys() - frozenset(subjects):
            place = Cursor(root.document, ("regions", row.name, "basis", line), None).key_place
            message = f'"{line}" is neither a purpose nor a family'
            report(root, place, Finding("", 0, 0, "P021", message, did_you_mean(line, subjects)))
    _circles(root, rows, gazetteer)
    _claims(root, rows, gazetteer)


def _circles(root: Cursor, rows: Mapping[str, Row], gazetteer: Gazetteer) -> None:
    for circle in gazetteer.circles:
        if circle[0] in rows:
            message = f'region "{circle[0]}" inherits from itself ({" -> ".join(circle)})'
            if circle[0] != circle[-1]:
                message = f'region "{circle[0]}" has too many ancestors'
            report(root, rows[circle[0]].places[()], Finding("", 0, 0, "P011", message))


def _claims(root: Cursor, rows: Mapping[str, Row], gazetteer: Gazetteer) -> None:
    """No two regions may claim one code. The parents come first, so the later claim is the one to change."""
    claimed: dict[str, str] = {}
    strangers = [name for name in gazetteer.regions if name not in rows]
    for name in (*strangers, *rows):
        region = gazetteer.regions.get(name)
        for code in region.match if region else ():
            first = claimed.setdefault(code, name)
            if first != name and name in rows and code in rows[name].match:
                message = f'{code} is claimed by both region "{first}" and region "{name}"'
                report(root, rows[name].places["match", code], Finding("", 0, 0, "P013", message))
