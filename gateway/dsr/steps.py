"""Say which targets a request has, in the order they are seen to: pure, from what is asked and what there is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.dsr.request import Request, Scope, Task, TaskState, Type
from gateway.policy.model import Purpose


class World(NamedTuple):
    """What there is: the destinations that are connected, those among them that are files of the operator, the purposes
    of the policy, and for how many seconds copies of the store are kept (0: nobody says that there are any)."""

    destinations: Sequence[str]
    archives: frozenset[str]
    purposes: Mapping[str, Purpose]
    backups: int


def planned(request: Request, world: World) -> tuple[Task, ...]:
    """The tasks of a request that work begins on."""
    match request.type:
        case Type.ERASURE:
            return _erasure(request, world)
        case Type.ACCESS | Type.PORTABILITY:
            return (Task("package", "package"),)
        case Type.OPT_IN:
            return (Task("suppression", "lift"),)
        case Type.RECTIFICATION:
            note = "the gateway keeps no profile: what is wrong is put right where the site keeps it"
            return (Task("rectification", "manual", TaskState.MANUAL, note=note),)
        case _:
            return Task("suppression", "withdrawal"), Task("in_flight", "drain")


def refused_by(type: Type, purposes: Mapping[str, Purpose]) -> tuple[str, ...] | None:
    """The purposes that a request refuses; None for each there is and will be.

    An opt-out is from advertising, from being told apart for it, and from whatever is sold or shared. An objection is
    against everything but what is necessary, and a restriction against that as well.
    """
    if type is Type.RESTRICTION:
        return None
    if type is Type.OPT_OUT:
        sold = ("advertising", "personalization")
        return tuple(name for name, each in purposes.items() if each.sale_or_share or each.family in sold)
    return tuple(name for name, each in purposes.items() if each.family != "necessary")


def _erasure(request: Request, world: World) -> tuple[Task, ...]:
    names = [name for name in world.destinations if _is_meant(name, request.scope)]
    outside = [
        Task(f"archive:{name}", "rewrite") if name in world.archives else Task(f"destination:{name}", "api_delete")
        for name in names
    ]
    until = request.history[-1].at + world.backups
    copies = [Task("backups", "retention_expiry", completes_by=until)] if world.backups else []
    # Nothing is under way any more before what was sent to whom is looked up and its keys are destroyed.
    inside = [("journal", "append"), ("suppression", "tombstone"), ("in_flight", "drain"), ("store", "crypto_shred")]
    return (*(Task(*each) for each in inside), *outside, Task("files", "compaction"), *copies)


def _is_meant(name: str, scope: Scope) -> bool:
    return not scope.destinations or name in scope.destinations
