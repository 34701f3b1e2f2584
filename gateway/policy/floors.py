"""Check that a policy loosens nothing of its pack without saying why. Of what it says itself it may say less."""

from collections.abc import Iterator

from gateway.policy.law import strictest_ruling, valid_for
from gateway.policy.model import Place, Row
from gateway.policy.places import EVERYWHERE_ELSE, expand
from gateway.policy.regions import Atlas, Region, resolve
from gateway.policy.schema import EVERYTHING_ELSE, SALE_OR_SHARE, SIGNAL_LEVELS
from gateway.policy.subject import Subject
from gateway.taxonomy import BASES


def lint_floors(subject: Subject) -> None:
    """P030 and P031 for each region of the policy."""
    pack = subject.pack.rows if subject.pack else {}
    floor = resolve(pack, {}).regions
    atlas = Atlas(floor.values(), "strictest", strict_subdivisions=False)
    for row in subject.draft.rows.values():
        floors = _floors(subject, row, floor, atlas)
        if floors:
            _compare(subject, row, floors)
    _refuses(subject, floor)


def _floors(subject: Subject, row: Row, floor: dict[str, Region], atlas: Atlas) -> tuple[Region, ...]:
    """What the row must not fall below: the pack's region of that name, else its parent in the pack, and what
    governs its codes there."""
    own = [floor[row.name]] if row.name in floor else []
    names = [name for code in row.match for name in _governing(code, floor, atlas) if name in floor]
    if not own and row.inherits in floor:
        own = [floor[row.inherits]]
    return (*own, *(floor[name] for name in dict.fromkeys(names)))


def _governing(code: str, floor: dict[str, Region], atlas: Atlas) -> tuple[str, ...]:
    """The pack's regions in whose place a region is put that claims a code; of a group, for the lands that it gets."""
    claimed = {match for region in floor.values() for match in region.match}
    if code == EVERYWHERE_ELSE:
        return tuple(name for name, region in floor.items() if code in region.match)
    lands = [land for land in expand(code) if land == code or land not in claimed]
    return tuple(name for land in lands for name in atlas.candidates((land,)))


def _compare(subject: Subject, row: Row, floors: tuple[Region, ...]) -> None:
    region = subject.gazetteer.regions[row.name]
    told = {place for place, _ in _binding(subject, row, region, floors)}
    loosened = [*_bases(subject, row, region, floors), *_rest(row, region, floors)]
    for place, change in dict.fromkeys(loosened):
        if not row.explained and place not in told:
            hint = 'add  because: "<reason, who decided, date>"  to the region'
            subject.error(place, "P030", f'region "{row.name}" loosens {change} without saying why', hint)


def _where(row: Row, place: Place | None) -> Place:
    """The place of a value if this row set it, else of what made the row inherit it."""
    if place is not None and place in row.places.values():
        return place
    return row.places.get(("inherits",), row.places[()])


def _binding(subject: Subject, row: Row, region: Region, floors: tuple[Region, ...]) -> Iterator[tuple[Place, str]]:
    for signal in ("gpc", "dnt"):
        level, place = region.signal(signal)
        if level != "binding" and any(floor.signal(signal)[0] == "binding" for floor in floors):
            where = _where(row, place)
            message = f'{signal.upper()} is legally binding in region "{row.name}" and cannot be weakened'
            subject.error(where, "P031", message)
            yield where, signal


def _bases(subject: Subject, row: Row, region: Region, floors: tuple[Region, ...]) -> Iterator[tuple[Place, str]]:
    for purpose in subject.draft.purposes.values():
        ruling = region.ruling(purpose)
        known = tuple(floor for floor in floors if floor.ruling(purpose))
        if not (purpose.family and ruling and known):
            continue
        asked = strictest_ruling(known, purpose).basis
        if BASES.index(ruling.basis) < BASES.index(asked):
            line = purpose.name if purpose.name in row.basis or purpose.family not in row.basis else purpose.family
            yield _where(row, ruling.place), f"{line} from {asked} to {ruling.basis}"


def _rest(row: Row, region: Region, floors: tuple[Region, ...]) -> Iterator[tuple[Place, str]]:
    for signal in ("gpc", "dnt"):
        level, place = region.signal(signal)
        asked = max((floor.signal(signal)[0] for floor in floors), key=SIGNAL_LEVELS.index)
        if SIGNAL_LEVELS.index(level) < SIGNAL_LEVELS.index(asked):
            yield _where(row, place), f"{signal} from {asked} to {level}"
    days = min(map(valid_for, floors))
    if valid_for(region) > days:
        yield _where(row, region.duration("consent", "valid_for")[1]), f"valid_for from {days}d to {valid_for(region)}d"
    age, asked_age = region.under()[0], max((floor.under()[0] or 0 for floor in floors), default=0)
    if age is not None and age < asked_age:
        yield _where(row, region.under()[1]), f"the age of consent from {asked_age} to {age}"


def _refuses(subject: Subject, floor: dict[str, Region]) -> None:
    """Where GPC binds, it must at least be able to refuse sale and sharing."""
    refused = subject.draft.signals["gpc"].refuses if subject.draft.signals else ()
    words = (*subject.draft.purposes, SALE_OR_SHARE, EVERYTHING_ELSE)
    if SALE_OR_SHARE in refused or EVERYTHING_ELSE in refused or any(word not in words for word in refused):
        return
    bound = [region.name for region in floor.values() if region.signal("gpc")[0] == "binding"]
    if bound:
        message = f"GPC is legally binding in {len(bound)} regions and must refuse {SALE_OR_SHARE}"
        subject.error(subject.at("signals", "gpc", "refuses"), "P031", message, f"add {SALE_OR_SHARE} to refuses")
