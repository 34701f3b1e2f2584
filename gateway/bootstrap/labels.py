"""Say which values each label of a metric may have: from closed lists and from the configuration, never from a hit."""

from collections.abc import Collection

from gateway.anonymise.scrub.labels import KINDS
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.rights_api import OPEN, TOLD
from gateway.bootstrap.storing import ENGINES
from gateway.decision import Reason
from gateway.delivery import RESULTS
from gateway.mail.token import ACTS
from gateway.policy.compare import Difference
from gateway.region.locate import EVIDENCE
from gateway.store.protocols import DURABILITY
from gateway.telemetry import REGION_CLASSES
from gateway.web.guard import REFUSALS
from gateway.web.mail import OUTCOMES, READERS

_STATUSES = (200, 204, 302, 303, 400, 403, 404, 405, 408, 413, 414, 415, 417, 421, 429, 431, 503, 505)


def labels(plan: Plan) -> dict[str, Collection[str]]:
    """The values by label. What is in force of policies is allowed by `Standing`."""
    return {
        "destination": tuple(plan.configured.settings.destinations),
        "reason": (*Reason, *RESULTS),
        "regions": REGION_CLASSES,
        "result": (*RESULTS, *TOLD),
        "status": tuple(map(str, _STATUSES)),
        "limit": REFUSALS,
        "act": ("granted", "refused", "withdrawn", "unrecorded", *ACTS),
        "part": ("public", "admin", "worker", "salt", "store", "reload", "places", "audit", "rights"),
        "state": OPEN,
        "listener": ("public", "admin"),
        "evidence": EVIDENCE,
        "source": ("mmdb", "table"),
        "kind": KINDS,
        "engine": ENGINES,
        "durability": DURABILITY,
        "site": tuple(plan.configured.settings.sites),
        "outcome": ("accepted", "refused", *Difference, *OUTCOMES),
        "reader": READERS,
        "campaign": tuple(plan.configured.settings.mail.campaigns),
    }
